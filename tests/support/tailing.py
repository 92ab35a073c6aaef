"""Writers that dawdle, change their minds and overtake each other, and readers that follow them.

Each runs in a process of its own, as roles do. A writer's way: "append" is the recorder inside a
transaction of its own, "execute" is the whole command from several threads, and "bare" inserts the
same rows without the lock that readers look for. A reader is bounded, as ours are, or bare.
"""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from typing import Any, Final, Literal
from uuid import UUID

import psycopg

from domain.catalogue import AGGREGATES
from domain.contact_choice.commands import RecordConsent
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Ledger
from infrastructure.store.recorder import Fresh, LedgerRecorder, read_after
from tests.support.appended import fresh
from tests.support.ledgers import TENANT, calendars

SPAWN: Final = get_context("spawn")
STREAMS: Final = 20
THREADS: Final = 4
_BARE_INSERT: Final = (
    "insert into ledger (originator_id, originator_version, topic, state, tenant, event_version,"
    " occurred_at, recorded_at, actor, command_id, correlation)"
    " select i, v, 'case.tier_raised', '{\"tier\":2}', %s, 1, clock_timestamp(),"
    " clock_timestamp(), 'staff:test', i, i from unnest(%s::uuid[], %s::bigint[]) as u (i, v)"
)
_BARE_READ: Final = (
    "select notification_id, originator_id, originator_version from ledger"
    " where notification_id > %s order by notification_id limit %s"
)
Way = Literal["append", "execute", "bare"]
Reading = Literal["bounded", "bare"]


@dataclass(frozen=True, slots=True)
class Writing:
    """What one writer does; every number is a share of its transactions or in seconds."""

    url: str
    way: Way
    facts: int
    seed: int
    rolled_back: float = 0.1
    held: float = 0.01
    held_for: tuple[float, float] = (0.2, 2.0)
    dawdling: float = 0.3
    dawdles_for: float = 0.01


@dataclass(slots=True)
class Written:
    """What a writer says at its end."""

    commits: int = 0
    facts: int = 0
    rollbacks: int = 0
    held: int = 0


@dataclass(slots=True)
class Seen:
    """What a reader saw: positions in the order of reading, and streams that did not add up."""

    positions: list[int] = field(default_factory=list)
    versions: dict[UUID, int] = field(default_factory=dict)
    broken: int = 0

    def take(self, position: int, stream: UUID, version: int) -> None:
        """Take one fact; a stream's versions must come as 1, 2, 3."""
        self.positions.append(position)
        self.broken += version != self.versions.get(stream, 0) + 1
        self.versions[stream] = version

    def faults(self, there: set[int]) -> dict[str, int]:
        """Compare with what is there in the end."""
        pairs = zip(self.positions, self.positions[1:], strict=False)
        return {
            "skipped": len(there - set(self.positions)),
            "repeated": len(self.positions) - len(set(self.positions)),
            "out_of_order": sum(later <= earlier for earlier, later in pairs),
            "streams_broken": self.broken,
        }


def write(work: Writing, out: "Queue[Written]") -> None:
    """Write until the facts are there."""
    database = Database(work.url)
    recorder = LedgerRecorder(work.url)
    try:
        if work.way == "execute":
            out.put(_execute(work, database))
        else:
            out.put(_append(work, database, recorder))
    finally:
        recorder.datastore.close()
        database.close()


class _ChangedMind(Exception):
    """Ends a transaction that is to be rolled back."""


def _append(work: Writing, database: Database, recorder: LedgerRecorder) -> Written:
    dice = random.Random(work.seed)
    streams = {UUID(int=dice.getrandbits(128), version=4): 0 for _ in range(STREAMS)}
    store = recorder.append if work.way == "append" else _bare_append
    done = Written()
    while done.facts < work.facts:
        stream = dice.choice(list(streams))
        count = dice.choice((1, 1, 2, 3, 3, 60 if dice.random() < 0.1 else 3))
        first = streams[stream] + 1
        with suppress(_ChangedMind), database.worker() as conn:
            store(conn, [fresh(stream, version) for version in range(first, first + count)])
            done.held += _dawdle(dice, work)
            if dice.random() < work.rolled_back:
                done.rollbacks += 1
                raise _ChangedMind
            streams[stream] += count
            done.facts += count
            done.commits += 1
    return done


def _bare_append(conn: Connection, facts: Sequence[Fresh]) -> object:
    return conn.execute(
        _BARE_INSERT, (TENANT, [one.stream for one in facts], [one.version for one in facts])
    )


def _execute(work: Writing, database: Database) -> Written:
    """Change minds through the whole command path, several callers at once."""
    ledger = Ledger(database, AGGREGATES, calendars)
    each = work.facts // THREADS

    def caller(number: int) -> None:
        guardian = GuardianId(UUID(int=work.seed * THREADS + number + 1))
        for turn in range(each):
            wish = RecordConsent(
                guardian_id=guardian, channel=Channel.SMS, given=turn % 2 == 0, source="GUARDIAN"
            )
            ledger.execute(wish, tenant=TENANT, by="staff:test")

    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(caller, number) for number in range(THREADS)]:
            future.result()
    ledger.close()
    return Written(commits=each * THREADS, facts=each * THREADS)


def _dawdle(dice: random.Random, work: Writing) -> bool:
    """Take some time between insert and commit, as a slow machine or a slow decision does."""
    held = dice.random() < work.held
    if held:
        time.sleep(dice.uniform(*work.held_for))
    elif dice.random() < work.dawdling:
        time.sleep(dice.uniform(0, work.dawdles_for))
    return held


def read(url: str, reading: Reading, limit: int, over: Event, out: "Queue[Seen]") -> None:
    """Follow from the first fact until the writers are over and nothing is left."""
    seen = Seen()
    take = _bounded if reading == "bounded" else _bare
    database = Database(url)
    while True:
        ended = over.is_set()
        after = seen.positions[-1] if seen.positions else 0
        with database.worker() as conn:  # a transaction a batch, as every follower has
            rows = take(conn, after, limit)
        for row in rows:
            seen.take(*row)
        if ended and not rows:
            break
    database.close()
    out.put(seen)


def _bounded(conn: Connection, after: int, limit: int) -> list[tuple[int, UUID, int]]:
    return [(row[3], row[1], row[2]) for row in read_after(conn, after, limit)]


def _bare(conn: Connection, after: int, limit: int) -> list[tuple[int, UUID, int]]:
    return conn.execute(_BARE_READ, (after, limit)).fetchall()


@dataclass(frozen=True, slots=True)
class Race:
    """What came of writers and readers that ran at once."""

    there: set[int]
    written: Written
    seen: dict[str, Seen]

    def faults(self, reader: str) -> dict[str, int]:
        """Return what one reader got wrong."""
        return self.seen[reader].faults(self.there)


class Readers:
    """Reading processes of one race, by name."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._over = SPAWN.Event()
        self._running: dict[str, tuple[Any, Queue[Seen]]] = {}

    def start(self, name: str, reading: Reading = "bounded", limit: int = 500) -> None:
        """Start one, now."""
        out: Queue[Seen] = SPAWN.Queue()
        process = SPAWN.Process(target=read, args=(self._url, reading, limit, self._over, out))
        process.start()
        self._running[name] = (process, out)

    def finish(self) -> dict[str, Seen]:
        """Say that nothing more will come, and collect."""
        self._over.set()
        found = {name: out.get(timeout=120) for name, (_, out) in self._running.items()}
        for process, _ in self._running.values():
            process.join(30)
        return found


def race(
    url: str, works: Sequence[Writing], readers: Readers, later: Callable[[], None] = lambda: None
) -> Race:
    """Let writers run beside readers; `later` is called when half of the facts are there."""
    out: Queue[Written] = SPAWN.Queue()
    writers = [SPAWN.Process(target=write, args=(work, out)) for work in works]
    for process in writers:
        process.start()
    with psycopg.connect(url, autocommit=True) as conn:
        _half_way(conn, sum(work.facts for work in works) // 2)
        later()
        total = Written()
        for _ in writers:
            one = out.get(timeout=280)
            total.commits += one.commits
            total.facts += one.facts
            total.rollbacks += one.rollbacks
            total.held += one.held
        for process in writers:
            process.join(30)
        seen = readers.finish()
        there = {row[0] for row in conn.execute("select notification_id from ledger")}
    return Race(there, total, seen)


def _half_way(conn: Connection, facts: int) -> None:
    query = "select count(*) >= %s from (select 1 from ledger limit %s) as part"
    reached = wait_until(
        lambda: conn.execute(query, (facts, facts)).fetchone() == (True,), 240, 0.1
    )
    assert reached, f"{facts} facts were not reached"

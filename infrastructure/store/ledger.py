"""The one write path: look up the command, load, decide, append, answer, commit."""

import struct
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

import psycopg

from domain.kernel import facts
from domain.kernel.aggregate import Aggregate
from domain.kernel.commands import Command, Link
from domain.kernel.facts import Event
from domain.kernel.recorded import Recorded
from domain.kernel.refusals import Conflict, Refusal
from domain.shared.calendar import SchoolCalendar
from domain.shared.recipients import Contact
from infrastructure.clock import machine_now
from infrastructure.crash_points import crash_point
from infrastructure.store import arrays, recorder
from infrastructure.store.database import Connection, Cursor, Database
from infrastructure.store.deciding import (
    Aggregates,
    Batch,
    Intent,
    Opened,
    Outcome,
    Receipt,
    Stream,
    settled,
)
from infrastructure.store.errors import Unavailable
from infrastructure.store.group_commit import GroupCommit
from infrastructure.store.recorder import positions_of

__all__ = ["Calendars", "Contacts", "Intent", "Ledger", "Outcome", "Receipt", "unknown_names"]

Calendars = Callable[[Connection, UUID, Sequence[UUID]], Mapping[UUID, SchoolCalendar]]
Contacts = Callable[[Connection, UUID, Sequence[Link]], Mapping[Link, Contact]]
A = TypeVar("A", bound=Aggregate[Any, Any])
_PATIENCE_SECONDS: Final = 15.0
_LOCK_KEY: Final = struct.Struct(">ii")
_OPEN: Final = f"select * from open_commands({', '.join(['%b'] * 7)})"


class Ledger:
    """Executes commands. `calendars` and `contacts` answer what a decision's world needs to know.

    `committed` is called after each transaction of the ledger's own, when its facts can be seen.
    """

    def __init__(
        self,
        database: Database,
        aggregates: Aggregates,
        calendars: Calendars,
        committed: Callable[[], None] = lambda: None,
        contacts: Contacts = lambda *_: {},
    ) -> None:
        self.database = database
        self._aggregates = aggregates
        self.recorder = recorder.LedgerRecorder(database.url)
        self.calendars = calendars
        self.contacts = contacts
        self._committed = committed
        self._group = GroupCommit[Intent, Outcome](
            database.session, self._together, lambda intent: self.execute_many([intent])[0]
        )

    def close(self) -> None:
        """Close what the ledger and its recorder opened; the database belongs to the caller."""
        self._group.close()
        self.recorder.datastore.close()

    def execute(
        self,
        command: Command,
        *,
        tenant: UUID,
        by: str,
        command_id: UUID | None = None,
        expecting: int | None = None,
        correlation: UUID | None = None,
        told: list[Event] | None = None,
    ) -> Receipt:
        """Execute one command durably and return its receipt; `told` is filled with its facts.

        Raises:
            Refusal: the rules, or an expected version, say no; nothing was stored.
            Unavailable: PostgreSQL stayed away; the same command id may be sent again safely.
        """
        intent = Intent(
            tenant, command, by, command_id or uuid4(), None, correlation, expecting, told
        )
        outcome = self._group.submit(intent)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome

    def execute_many(self, intents: Sequence[Intent]) -> list[Outcome]:
        """Execute commands in one transaction; each succeeds or is refused alone.

        A lost connection is met by asking again under the same command ids: when our own commit
        had reached the server, the stored answers are found, and no conflict is reported.
        """
        deadline = time.monotonic() + _PATIENCE_SECONDS
        wait = 0.05
        while True:
            try:
                with self.database.worker() as conn:
                    outcomes = self.within(conn, intents)
            except (Unavailable, psycopg.errors.UniqueViolation) as error:
                # A unique violation is a writer that took neither our stream lock nor our command
                # id's row first: reading again decides whether it was our own commit.
                if time.monotonic() + wait > deadline:
                    if isinstance(error, Unavailable):
                        raise
                    raise Conflict from error
            else:
                self._committed()
                return outcomes
            time.sleep(wait)
            wait = min(wait * 2, 1.0)

    def within(self, conn: Connection, intents: Sequence[Intent]) -> list[Outcome]:
        """Decide and append inside the caller's transaction (reactions, ticks, imports)."""
        if not intents:
            return []
        opened = _read(_open(conn, intents, waits=True))
        batch = self._batch(conn, opened, intents)
        decided = [batch.decide(intent) for intent in intents]
        return list(settled(decided, self.recorder.append(conn, batch.fresh, batch.answers)))

    def _together(self, conn: Connection, intents: Sequence[Intent]) -> list[Outcome | None]:
        """Do the same in a transaction of its own, in two round trips, waiting for no lock.

        A command whose stream is held by another process is left to its caller: one stream that is
        slow would otherwise hold up everybody in this group.
        """
        with conn.pipeline():
            conn.execute("BEGIN", prepare=False)
            looked = _open(conn, intents, waits=False)
        opened = _read(looked)
        mine = [intent for intent in intents if opened.free(intent)]
        batch = self._batch(conn, opened, mine)
        decided = [batch.decide(intent) for intent in mine]
        with conn.pipeline():
            sent = self.recorder.send(conn, batch.fresh, batch.answers)
            crash_point("group.before_commit")
            ended = conn.execute("COMMIT", prepare=False)
        crash_point("group.after_commit")
        if ended.statusmessage != "COMMIT":  # PostgreSQL answers so when it rolled back instead
            raise Unavailable(f"COMMIT was answered by {ended.statusmessage}")
        self._committed()
        done = iter(settled(decided, positions_of(sent)))
        return [next(done) if opened.free(intent) else None for intent in intents]

    def load(self, conn: Connection, cls: type[A], stream: UUID) -> A:
        """Return the present state of one stream."""
        rows = conn.execute(
            "select topic, event_version, state from ledger where originator_id = %s"
            " order by originator_version",
            (stream,),
        ).fetchall()
        return cls.replay(facts.read(*row) for row in rows)

    def load_many(self, conn: Connection, cls: type[A], streams: Iterable[UUID]) -> dict[UUID, A]:
        """Return the present state of each of some streams, in one query."""
        found: dict[UUID, list[Event]] = {stream: [] for stream in streams}
        rows = conn.execute(
            "select originator_id, topic, event_version, state from ledger"
            " where originator_id = any(%b) order by originator_id, originator_version",
            (arrays.uuids(found),),
        )
        for stream, *row in rows:
            found[stream].append(facts.read(*row))
        return {stream: cls.replay(told) for stream, told in found.items()}

    def history(self, conn: Connection, stream: UUID) -> list[Recorded]:
        """Return one stream's facts in order."""
        rows = conn.execute(
            f"select {recorder.COLUMNS} from ledger where originator_id = %s"
            " order by originator_version",
            (stream,),
        ).fetchall()
        return [recorder.open_row(row) for row in rows]

    def histories(self, conn: Connection, streams: Iterable[UUID]) -> dict[UUID, list[Recorded]]:
        """Return the facts of some streams in order; a stream without facts is left out."""
        rows = conn.execute(
            f"select {recorder.COLUMNS} from ledger where originator_id = any(%b)"
            " order by originator_id, originator_version",
            (arrays.uuids(streams),),
        ).fetchall()
        found: dict[UUID, list[Recorded]] = {}
        for fact in map(recorder.open_row, rows):
            found.setdefault(fact.stream, []).append(fact)
        return found

    def _batch(self, conn: Connection, opened: Opened, intents: Sequence[Intent]) -> Batch:
        schools: dict[UUID, set[UUID]] = {}
        links: dict[UUID, set[Link]] = {}
        for intent in intents:
            schools.setdefault(intent.tenant, set()).update(intent.command.schools)
            links.setdefault(intent.tenant, set()).update(intent.command.links)
        return Batch(
            opened,
            self._aggregates,
            {
                tenant: self.calendars(conn, tenant, sorted(wanted)) if wanted else {}
                for tenant, wanted in schools.items()
            },
            {
                tenant: self.contacts(conn, tenant, sorted(wanted))
                for tenant, wanted in links.items()
                if wanted
            },
        )


def _open(conn: Connection, intents: Sequence[Intent], *, waits: bool) -> Cursor:
    """Lock the streams of some commands, and ask for all that their decisions need.

    Targets are locked alone and consulted streams together, in one order for everybody: so a
    consulted stream cannot move between the look and the commit, and two writers of one stream wait
    for each other instead of meeting at the primary key.
    """
    wanted: dict[UUID, bool] = {}
    for intent in intents:
        for consulted in intent.command.consults:
            wanted.setdefault(consulted.stream, False)
    for intent in intents:
        wanted[intent.command.stream] = True
    streams = sorted(wanted, key=_lock_key)
    keys = [_LOCK_KEY.unpack_from(stream.bytes, 8) for stream in streams]
    return conn.execute(
        _OPEN,
        (
            arrays.uuids(streams),
            arrays.integers([high for high, _ in keys]),
            arrays.integers([low for _, low in keys]),
            arrays.booleans([wanted[stream] for stream in streams]),
            waits,
            arrays.uuids([intent.tenant for intent in intents]),
            arrays.uuids([intent.command_id for intent in intents]),
        ),
        prepare=True,
        binary=True,
    )


def _lock_key(stream: UUID) -> bytes:
    return stream.bytes[8:]


def _read(looked: Cursor) -> Opened:
    """Return what the server found."""
    row = looked.fetchone()
    assert row is not None  # noqa: S101  a function without a set gives one row
    busy, now, tenants, commands, hashes, answers, *columns = row
    streams: dict[UUID, Stream] = defaultdict(lambda: Stream(None, 0, []))
    for stream, version, tenant, name, event_version, state in _rows(*columns):
        found = streams[stream]
        found.version, found.tenant = version, tenant
        found.rows.append((name, event_version, state))
    return Opened(
        now=machine_now() if now is None else now.astimezone(UTC),
        streams=streams,
        answers={
            (tenant, command): (body_hash, answer)
            for tenant, command, body_hash, answer in _rows(tenants, commands, hashes, answers)
        },
        busy=frozenset(busy or ()),
    )


def _rows(*columns: list[Any] | None) -> Iterator[tuple[Any, ...]]:
    return zip(*(column or () for column in columns), strict=True)


def unknown_names(conn: Connection) -> list[str]:
    """Return stored names and versions that this release cannot read; checked before following."""
    known = {name: facts.version_of(cls) for name, cls in facts.known_names().items()}
    rows = conn.execute("select distinct topic, event_version from ledger").fetchall()
    return sorted(f"{name}@{version}" for name, version in rows if known.get(name, 0) < version)

"""A relay as a process, a broker behind a way that can be cut, and what befalls both of them."""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol
from uuid import UUID

from infrastructure.relay import wire
from infrastructure.relay.publishing import BrokerAway
from infrastructure.relay.reference_consumer import ReferenceConsumer, count_published
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from tests.support.cutting import Way
from tests.support.relaying import position, store, walks
from tests.support.rig import Rig

PREFIX: Final = "chaos"
POINTS: Final = ("relay.after_publish", "relay.after_position")
HASTY: Final = (sys.executable, "-m", "tests.support.hasty_relay")
RELAY: Final = "relay-0"
SLICE: Final = 100  # runs a transaction, two facts each
PATIENCE: Final = 120.0


class Node(Protocol):
    """A broker that may be killed and started again."""

    behind: int

    @property
    def bootstrap(self) -> str:
        """Where to read what it holds."""
        ...

    def advertise(self, outside: int) -> None:
        """Say through which port clients are to come."""
        ...

    def start(self) -> None:
        """Start, and return when it answers."""
        ...

    def kill(self) -> None:
        """End at once."""
        ...


@dataclass(frozen=True, slots=True)
class Dose:
    """How much is published, and how often each thing goes wrong."""

    facts: int
    kills: int
    pauses: int
    restarts: int
    partitions: int
    longest: float

    def blows(self) -> list[str]:
        """Return what will happen, not yet in its order."""
        return [
            *(["kill"] * self.kills + ["pause"] * self.pauses),
            *(["restart"] * self.restarts + ["partition"] * self.partitions),
        ]


class Witness(ReferenceConsumer):
    """The reference consumer, which also looks whether first times come in a stream's order."""

    def __init__(self, bootstrap: str) -> None:
        super().__init__(bootstrap, PREFIX)
        self.last: Counter[bytes] = Counter()
        self.applied: Counter[tuple[UUID, int]] = Counter()
        self.out_of_order = 0

    def take(self, record: wire.Received) -> None:
        before = self.repeated
        super().take(record)
        if self.repeated > before:
            return
        told = dict(record.headers)
        stream, version = told["ce_subject"], int(told["ce_streamversion"])
        self.out_of_order += version != self.last[stream] + 1
        self.last[stream] = version
        self.applied[UUID(stream.decode()), version] += 1


@dataclass(slots=True)
class Seen:
    """What the topics hold in the end, beside what the ledger holds."""

    lost: int
    strange: int
    out_of_order: int
    received: int
    repeated: int


@dataclass(slots=True)
class Stage:
    """Everything that stands."""

    database: Database
    recorder: LedgerRecorder
    node: Node
    way: Way
    rig: Rig
    recoveries: list[tuple[float, str]] = field(default_factory=list)
    last: int = 0
    facts: int = 0
    runs: int = 0
    longest: float = 0.0

    def go_through(self, dose: Dose, *, complete: bool = True) -> None:
        """Write facts while one thing after the other goes wrong; wait each time until it is over.

        Half of a run's facts are written under one blow and the other half under the next.
        """
        blows = dose.blows()
        self.rig.dice.shuffle(blows)
        self.longest = dose.longest
        share = dose.facts // len(blows) // 4
        for blow in [*blows, "none"]:
            writing = threading.Thread(target=self._write, args=(share, blow == "none"))
            writing.start()
            getattr(self, f"_{blow}")()
            over = time.monotonic()
            writing.join()
            assert wait_until(lambda: self._reached(complete=complete), PATIENCE, 0.1), blow
            self.recoveries.append((time.monotonic() - over, blow))

    def _write(self, share: int, ending: bool) -> None:
        before, self.runs = self.runs, self.runs + (0 if ending else share)
        old = range(max(before - share, 0), before)
        new = range(before, self.runs)
        for runs, versions in ((old, (3, 4)), (new, (1, 2))):
            for first in range(runs.start, runs.stop, SLICE):
                some = range(first, min(first + SLICE, runs.stop))
                self.last = store(self.database, self.recorder, walks(some, versions))[-1]
                self.facts += 2 * len(some)

    def _reached(self, *, complete: bool) -> bool:
        if (position(self.database, self.recorder) or 0) < self.last:
            return False
        with suppress(BrokerAway):
            # A broker that forgot has everything again only when all of it was published again.
            return not complete or count_published(self.node.bootstrap, PREFIX) >= self.facts
        return False

    def _none(self) -> None:
        """Let it end in peace."""

    def _kill(self) -> None:
        if self.rig.dice.random() < 0.5:
            self.rig.arm(RELAY, f"{self.rig.deal('relay', POINTS)}:{self.rig.dice.randint(1, 2)}")
        self.rig.kill(RELAY)

    def _pause(self) -> None:
        seconds = self.rig.dice.uniform(1, 4)
        self.rig.pause(RELAY, seconds)
        threading.Event().wait(seconds)

    def _restart(self) -> None:
        self.node.kill()
        self.node.start()

    def _partition(self) -> None:
        self.way.shut()
        threading.Event().wait(self.rig.dice.uniform(1, self.longest))
        self.way.reopen()

    def look(self) -> Seen:
        """Read every topic from its first record, and the ledger with plain SQL."""
        with self.database.owner() as conn:
            rows = conn.execute("select originator_id, originator_version from ledger").fetchall()
        there = set(rows)
        with Witness(self.node.bootstrap) as witness:
            witness.catch_up(600)
        assert set(witness.applied.values()) <= {1}
        return Seen(
            lost=len(there - witness.applied.keys()),
            strange=len(witness.applied.keys() - there),
            out_of_order=witness.out_of_order,
            received=witness.received,
            repeated=witness.repeated,
        )

    def figures(self, seen: Seen) -> dict[str, Any]:
        """Return what belongs into the report."""
        return {
            "facts": self.facts,
            "received": seen.received,
            "repeated": seen.repeated,
            "lost": seen.lost,
            "out of order": seen.out_of_order,
            "blows": dict(Counter(blow for _, blow in self.recoveries if blow != "none")),
            "deaths": dict(self.rig.deaths),
            "slowest recovery": "{:.1f} s after {}".format(*max(self.recoveries)),
        }


@contextmanager
def staged(
    database: Database, folder: Path, seed: int, make: Callable[[Path], Node], *command: str
) -> Iterator[Stage]:
    """Start the broker, the way to it and the relay."""
    home, logs = folder / "broker", folder / "logs"
    home.mkdir()
    logs.mkdir()
    recorder = LedgerRecorder(database.url)
    with ExitStack() as stack:
        stack.callback(recorder.datastore.close)
        node = make(home)
        way = stack.enter_context(Way(node.behind))
        node.advertise(way.port)
        stack.callback(node.kill)
        node.start()
        environment = {
            "ANSEO_HOME": str(folder / "home"),
            "DATABASE_URL": database.url,
            "KAFKA_BOOTSTRAP": f"127.0.0.1:{way.port}",
            "KAFKA_TOPIC_PREFIX": PREFIX,
            "KAFKA_FORGETS": "1",
            "ANSEO_POLL_MS": "10",
        }
        rig = stack.enter_context(Rig(logs, environment, seed))
        rig.command(RELAY, *command) if command else rig.role(RELAY, "relay")
        yield Stage(database, recorder, node, way, rig)

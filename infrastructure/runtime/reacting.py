"""Runs process managers: react, decide, append and track in one transaction."""

from collections.abc import Callable, Sequence
from typing import Final

import psycopg
import structlog

from domain.kernel.recorded import Recorded
from domain.kernel.refusals import Refusal
from domain.shared.ids import TenantId, derived_id
from infrastructure.crash_points import crash_point
from infrastructure.runtime import parking
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import all_positions, checkpoint_of
from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import Unavailable
from infrastructure.store.ledger import Intent, Ledger
from infrastructure.store.recorder import newest, read_after
from processmanagers.kit import ProcessManager, ReactionWorld
from projections.all import READ_MODELS

log = structlog.get_logger()
BATCH: Final = 200
Worlds = Callable[[Connection, TenantId], ReactionWorld]


def tracking_of(manager: ProcessManager) -> str:
    """Return the name under which a process manager's position is kept for ever."""
    return f"react:{manager.name}"


class Reactor:
    """All process managers, each with a position of its own.

    None reads past what the read models have folded: so a look-up is never older than the fact
    reacted to, and a run is not missed because a table was a moment behind.
    """

    name = "react"
    exclusive: str | None = "react"

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        managers: Sequence[ProcessManager],
        worlds: Worlds,
        bell: Bell,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._managers = managers
        self._worlds = worlds
        self._bell = bell

    def step(self) -> int:
        """Let every process manager react to one batch."""
        with self._database.worker() as conn:
            known = self._begin_new(conn, all_positions(conn))
            places = {m.name: known.get(tracking_of(m), 0) for m in self._managers}
            folded = min(known.get(checkpoint_of(model), 0) for model in READ_MODELS)
            if folded <= min(places.values()):
                return 0
            rows = read_after(conn, min(places.values()), BATCH)
            rows = [row for row in rows if row[3] <= folded]
            if not rows:
                return 0
            facts, unreadable = parking.open_all(rows)
            last = rows[-1][3]
            idle = [m for m in self._managers if places[m.name] < last]
            heard = {m.name: _heard(m, facts, places[m.name]) for m in idle}
            quiet = [m for m in idle if not heard[m.name]]
            for manager in quiet:
                self._park_unreadable(conn, manager, unreadable, places[manager.name])
            self._ledger.recorder.track_all(conn, [tracking_of(m) for m in quiet], last)
        for manager in [m for m in idle if heard[m.name]]:
            self._react(manager, heard[manager.name], unreadable, places[manager.name], last)
        self._bell.ring("project")
        return len(rows)

    def _begin_new(self, conn: Connection, known: dict[str, int]) -> dict[str, int]:
        """A process manager that is new here begins now: history must not send old letters again.

        Where none has begun yet, the ledger is young and all begin at its first fact.
        """
        new = [name for m in self._managers if (name := tracking_of(m)) not in known]
        if not new or len(new) == len(self._managers):
            return known
        now = newest(conn)
        self._ledger.recorder.track_all(conn, new, now)
        return known | dict.fromkeys(new, now)

    def _position(self, conn: Connection, manager: ProcessManager) -> int:
        return self._ledger.recorder.position_of(conn, tracking_of(manager)) or 0

    def _react(
        self,
        manager: ProcessManager,
        facts: Sequence[Recorded],
        unreadable: Sequence[parking.Unreadable],
        seen: int,
        last: int,
    ) -> None:
        """React to a batch as a whole; when that fails, fact by fact, and park what fails alone."""
        try:
            with self._database.worker() as conn:
                self._park_unreadable(conn, manager, unreadable, seen)
                self._commit(conn, manager, facts, last)
        except (Unavailable, psycopg.OperationalError):
            raise
        except Exception as error:  # noqa: BLE001  a fault in one fact must not stop the others
            log.warning("batch failed", manager=manager.name, error=repr(error))
            with self._database.worker() as conn:
                self._park_unreadable(conn, manager, unreadable, seen)
            self._one_by_one(manager, facts, last)
        crash_point("react.after_commit")

    def _commit(
        self, conn: Connection, manager: ProcessManager, facts: Sequence[Recorded], last: int
    ) -> None:
        follower = tracking_of(manager)
        parked = parking.parked_streams(conn, follower)
        for fact in [f for f in facts if f.stream in parked]:
            _park(conn, follower, fact, "an earlier fact of this stream is parked")
        intents = [
            intent
            for fact in facts
            if fact.stream not in parked
            for intent in self._intents(conn, manager, fact)
        ]
        for intent, outcome in zip(intents, self._ledger.within(conn, intents), strict=True):
            if isinstance(outcome, Refusal):
                log.info(
                    "refused",
                    manager=manager.name,
                    command=type(intent.command).__name__,
                    code=outcome.code,
                )
        self._ledger.recorder.track(conn, follower, last)
        crash_point("react.before_commit")

    def _intents(self, conn: Connection, manager: ProcessManager, fact: Recorded) -> list[Intent]:
        world = self._worlds(conn, fact.tenant)
        return [
            Intent(
                tenant=fact.tenant,
                command=command,
                actor=f"process:{manager.name}",
                command_id=derived_id("reaction", fact.id, manager.name, number),
                cause=fact.id,
                correlation=fact.correlation,
            )
            for number, command in enumerate(manager.react(fact, world))
        ]

    def _one_by_one(self, manager: ProcessManager, facts: Sequence[Recorded], last: int) -> None:
        follower = tracking_of(manager)
        for fact in facts:
            try:
                with self._database.worker() as conn:
                    self._commit(conn, manager, [fact], fact.position)
            except (Unavailable, psycopg.OperationalError):
                raise
            except Exception as error:
                log.exception("parked", follower=follower, position=fact.position)
                with self._database.worker() as conn:
                    _park(conn, follower, fact, repr(error))
                    self._ledger.recorder.track(conn, follower, fact.position)
        with self._database.worker() as conn:
            if (self._position(conn, manager)) < last:
                self._ledger.recorder.track(conn, follower, last)

    def _park_unreadable(
        self,
        conn: Connection,
        manager: ProcessManager,
        unreadable: Sequence[parking.Unreadable],
        seen: int,
    ) -> None:
        for bad in unreadable:
            if bad.position > seen:
                follower = tracking_of(manager)
                parking.park(conn, follower, bad.tenant, bad.stream, bad.position, bad.error)

    def retry(self, manager: ProcessManager) -> int:
        """React to parked facts again, in order; return how many are no longer parked."""
        follower = tracking_of(manager)
        done = 0
        with self._database.worker() as conn:
            facts = parking.ready(parking.parked_rows(conn, follower))
        stuck = set()
        for fact in facts:
            if fact.stream in stuck:
                continue
            try:
                with self._database.worker() as conn:
                    parking.release(conn, follower, [fact.position])
                    heard = _heard(manager, [fact], 0)
                    intents = [i for f in heard for i in self._intents(conn, manager, f)]
                    self._ledger.within(conn, intents)
                done += 1
            except (Unavailable, psycopg.OperationalError):
                raise
            except Exception as error:  # noqa: BLE001  it stays parked with its latest error
                stuck.add(fact.stream)
                with self._database.worker() as conn:
                    _park(conn, follower, fact, repr(error))
        return done


def _heard(manager: ProcessManager, facts: Sequence[Recorded], seen: int) -> list[Recorded]:
    return [f for f in facts if f.position > seen and isinstance(f.event, manager.listens)]


def _park(conn: Connection, follower: str, fact: Recorded, error: str) -> None:
    parking.park(conn, follower, fact.tenant, fact.stream, fact.position, error)

"""Runs process managers: react, decide, append, park and track in one transaction a batch."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import psycopg
import structlog

from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.kernel.refusals import Refusal
from domain.shared.ids import derived_id
from infrastructure.crash_points import crash_point
from infrastructure.runtime import parking
from infrastructure.runtime.alone import all_but_the_bad
from infrastructure.runtime.folding import unhurried
from infrastructure.runtime.look_ups import Firsts, reactions
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.parking import Unreadable
from infrastructure.runtime.projecting import all_positions, checkpoint_of
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Intent, Ledger, Outcome
from infrastructure.store.recorder import newest
from processmanagers.kit import ProcessManager
from projections.all import READ_MODELS

log = structlog.get_logger()
BATCH: Final = 500
BEHIND: Final = "an earlier fact of this stream is parked"
# The role's lock lives on a session of its own, which can be lost while a batch is in hand, and a
# retry runs in another process: whoever reacts holds the position itself.
_HOLD: Final = (
    "insert into follower_position as f (application_name, notification_id) values (%s, 0)"
    " on conflict (application_name) do update set notification_id = f.notification_id"
    " returning notification_id"
)
Heard = Recorded | Unreadable
Ready = tuple[Recorded, list[Intent]]


def tracking_of(manager: ProcessManager) -> str:
    """Return the name under which a process manager's position is kept for ever."""
    return f"react:{manager.name}"


@dataclass(slots=True)
class _Turn:
    """One process manager's transaction, and the streams that wait for it."""

    conn: Connection
    manager: ProcessManager
    known: Firsts = field(default_factory=dict)
    parked: set[UUID] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)

    @property
    def follower(self) -> str:
        return tracking_of(self.manager)

    def hold(self) -> int:
        """Keep everybody else from reacting for this manager, and return its position."""
        row = self.conn.execute(_HOLD, (self.follower,)).fetchone()
        return int(row[0]) if row else 0

    def park(self, one: Heard, error: str) -> None:
        """Set a fact aside, and with it what follows in its stream."""
        log.error("parked", follower=self.follower, position=one.position, error=error)
        self.parked.add(one.stream)
        self.failed.add(one.position)
        parking.park(self.conn, self.follower, one.tenant, one.stream, one.position, error)


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
        bell: Bell,
        batch: int = BATCH,
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._managers = managers
        self._bell = bell
        self._batch = batch

    def step(self) -> int:
        """Let every process manager react to one batch.

        One that cannot have its locks does not hold up the others: each goes on from its own
        position, and the first trouble is raised when all have had their turn.
        """
        with self._database.worker() as conn:
            known = self._begin_new(conn, all_positions(conn))
        folded = min(known.get(checkpoint_of(model), 0) for model in READ_MODELS)
        together: dict[int, list[ProcessManager]] = defaultdict(list)
        for manager in self._managers:
            together[known.get(tracking_of(manager), 0)].append(manager)
        troubles: list[psycopg.Error] = []
        done = []
        for place in sorted(together):
            if place < folded:
                with unhurried():
                    done.append(self._batch_behind(place, folded, together[place], troubles))
        if any(done):
            self._bell.ring("project")
        if troubles:
            raise troubles[0]
        return max(done, default=0)

    def _batch_behind(
        self,
        seen: int,
        folded: int,
        managers: Sequence[ProcessManager],
        troubles: list[psycopg.Error],
    ) -> int:
        with self._database.worker() as conn:
            batch = parking.read_batch(conn, seen, self._batch)
            last = min(batch.last, folded)
            if last <= seen:
                return 0
            heard = {m.name: _heard(m, batch.facts, batch.unreadable, last) for m in managers}
            quiet = [tracking_of(m) for m in managers if not heard[m.name]]
            self._ledger.recorder.track_all(conn, quiet, last)
        known: Firsts = defaultdict(dict)
        for fact in batch.facts:
            if fact.version == 1:
                known[fact.tenant][fact.stream] = fact.event
        for manager in managers:
            if heard[manager.name]:
                try:
                    self._react(manager, heard[manager.name], known, seen, last)
                except psycopg.Error as error:
                    log.warning("put off", manager=manager.name, error=repr(error))
                    troubles.append(error)
        return batch.count

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

    def _react(
        self, manager: ProcessManager, heard: list[Heard], known: Firsts, seen: int, last: int
    ) -> None:
        """React to a batch: what follows, what is parked and the position commit together."""
        with self._database.worker() as conn:
            turn = _Turn(conn, manager, known)
            if turn.hold() != seen:
                return  # another one was here: the lock's session was lost, and it took over
            turn.parked |= parking.parked_streams(conn, turn.follower)
            self._handle(turn, heard)
            self._ledger.recorder.track(conn, turn.follower, last)
            crash_point("react.before_commit")
        crash_point("react.after_commit")

    def _handle(self, turn: _Turn, heard: Sequence[Heard]) -> None:
        """React to facts in order; park those that fail, and what lies behind them."""
        asked = [f for f in heard if isinstance(f, Recorded) and f.stream not in turn.parked]
        answers = reactions(turn.conn, turn.manager, asked, turn.known)
        ready: list[Ready] = []
        for one in heard:
            if isinstance(one, Unreadable):
                turn.park(one, one.error)
            elif one.stream in turn.parked:
                turn.park(one, BEHIND)
            elif isinstance(answer := answers[one.position], Exception):
                turn.park(one, repr(answer))
            else:
                ready.append((one, _intents(turn.manager, one, answer)))
        self._append(turn, ready)

    def _append(self, turn: _Turn, ready: Sequence[Ready]) -> None:
        bad: dict[UUID, int] = {}

        def behind(fact: Recorded) -> bool:
            return fact.position > bad.get(fact.stream, fact.position)

        def decide(some: Sequence[Ready]) -> list[tuple[Intent, Outcome]]:
            intents = [i for fact, wanted in some if not behind(fact) for i in wanted]
            return list(zip(intents, self._ledger.within(turn.conn, intents), strict=True))

        def failed(one: Ready, error: Exception) -> None:
            turn.park(one[0], repr(error))
            bad[one[0].stream] = one[0].position

        for some in all_but_the_bad(turn.conn, ready, decide, failed) if ready else ():
            _tell_refused(turn.manager, some)
        for fact, _ in ready:
            if behind(fact):
                turn.park(fact, BEHIND)

    def retry(self, manager: ProcessManager) -> int:
        """React to parked facts again, in order; return how many are no longer parked."""
        done = 0
        stuck: set[UUID] = set()
        with self._database.worker() as conn:
            left = parking.ready(parking.parked_rows(conn, tracking_of(manager)))
        while left:
            some, left = left[: self._batch], left[self._batch :]
            with self._database.worker() as conn:
                turn = _Turn(conn, manager)
                turn.hold()
                still = parking.parked_positions(conn, turn.follower)
                mine = [f for f in some if f.position in still and f.stream not in stuck]
                self._handle(turn, _heard(manager, mine, (), some[-1].position))
                freed = [f.position for f in mine if f.position not in turn.failed]
                parking.release(conn, turn.follower, freed)
            stuck |= turn.parked
            done += len(freed)
        self._bell.ring("project")
        return done


def _heard(
    manager: ProcessManager,
    facts: Sequence[Recorded],
    unreadable: Sequence[Unreadable],
    last: int,
) -> list[Heard]:
    """What cannot be read might have been for anybody."""
    mine: list[Heard] = [fact for fact in facts if isinstance(fact.event, manager.listens)]
    heard = sorted([*mine, *unreadable], key=lambda one: one.position)
    return [one for one in heard if one.position <= last]


def _intents(manager: ProcessManager, fact: Recorded, commands: Sequence[Command]) -> list[Intent]:
    """Name each command after its cause, so that a reaction which is repeated is recognised."""
    cause = fact.id if commands else None
    return [
        Intent(
            tenant=fact.tenant,
            command=command,
            actor=f"process:{manager.name}",
            command_id=derived_id("reaction", cause, manager.name, number),
            cause=cause,
            correlation=fact.correlation,
        )
        for number, command in enumerate(commands)
    ]


def _tell_refused(manager: ProcessManager, outcomes: Sequence[tuple[Intent, Outcome]]) -> None:
    for intent, outcome in outcomes:
        if isinstance(outcome, Refusal):
            command = type(intent.command).__name__
            log.info("refused", manager=manager.name, command=command, code=outcome.code)

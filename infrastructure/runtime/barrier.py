"""The barrier before the school clock moves: every follower at the last position, nothing due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from infrastructure.clock import move_school_clock, school_now
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import all_positions, checkpoint_of
from infrastructure.runtime.reacting import tracking_of
from infrastructure.runtime.role import wait_until
from infrastructure.store import reads
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import bound, newest
from processmanagers.kit import ProcessManager
from projections import due_steps, letter_work, outbox
from projections.all import READ_MODELS

RELAY: Final = "relay"


@dataclass(frozen=True, slots=True)
class Stillness:
    """What still moves, by name; nothing moves when it is empty."""

    head: int
    moving: tuple[str, ...]

    @property
    def still(self) -> bool:
        """Say whether nothing moves."""
        return not self.moving


class NotStill(Exception):
    """Something kept moving for longer than was granted."""


class Barrier:
    """Looks at positions and work tables; moves the clock only when all is still."""

    def __init__(
        self,
        database: Database,
        managers: Sequence[ProcessManager],
        evaluator: Evaluator,
        bell: Bell,
        extra: Iterable[str] = (),
    ) -> None:
        self._database = database
        self._evaluator = evaluator
        self._bell = bell
        self._followers = [checkpoint_of(model) for model in READ_MODELS]
        self._followers += [tracking_of(manager) for manager in managers]
        self._followers += list(extra)

    def look(self) -> Stillness:
        """Return what moves. Positions are read before the head: a late commit shows as moving."""
        with self._database.worker() as conn:
            places = all_positions(conn)
            moving = list(self._work(conn))
            head = bound(conn)
            last = newest(conn)
            if not moving and head == last and not self._behind(places, last):
                moving = list(self._looks(conn))  # it costs most to ask, so it is asked last
                last = newest(conn)
        behind = self._behind(places, last)
        if head < last:
            behind.append("writers")
        return Stillness(last, (*behind, *moving))

    def _behind(self, places: Mapping[str, int], last: int) -> list[str]:
        return [name for name in self._followers if places.get(name, 0) < last]

    def _work(self, conn: Connection) -> Iterable[str]:
        now = school_now(conn)
        if reads.count(conn, due_steps.WAITING, {"now": now}):
            yield "due steps"
        if reads.count(conn, outbox.WAITING, {}):
            yield "outbox"
        if reads.count(conn, letter_work.WAITING, {}):
            yield "letters"

    def _looks(self, conn: Connection) -> Iterable[str]:
        if self._evaluator.due(conn):
            yield "evaluations"
        if self._evaluator.clocks(conn):
            yield "clocks"

    def wait(self, seconds: float) -> None:
        """Wait until all is still.

        Raises:
            NotStill: naming what kept moving.
        """
        if not wait_until(lambda: self.look().still, seconds):
            raise NotStill(", ".join(self.look().moving))

    def move(self, to: datetime, seconds: float = 60.0) -> None:
        """Move the school clock once all is still at its present time."""
        self.wait(seconds)
        with self._database.worker() as conn:
            move_school_clock(conn, to)
        self._bell.ring("tick", "evaluate")

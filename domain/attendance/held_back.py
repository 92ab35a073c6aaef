"""What holds a stage back on an evening, and in which order that is asked: said here only.

The evening asks it of one pupil's ladder, whoever simulates asks it of one pupil, and a what-if of
many pupils on arrays. They differ in how they know who stands where, never in what follows.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple, Protocol, TypeVar

from domain.attendance.ladder import CASE_CLOSED, EXEMPTION, Rung

ENDS: Final = {
    CASE_CLOSED: CASE_CLOSED,
    "ATTENDANCE_IMPROVED": "ATTENDANCE_IMPROVED",
    "VALID_REASON": "VALID_REASON",
    "EXEMPTION_FLAG": EXEMPTION,
}
"""What ends a ladder in facts, and what rule sets call it. Who left the roll stands nowhere."""
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Why(StrEnum):
    """What holds a stage back, in the order in which it is asked."""

    ALREADY = "ALREADY"
    STOPPED = "STOPPED"
    PREREQUISITE_MISSING = "PREREQUISITE_MISSING"
    TOO_SOON = "TOO_SOON"
    GUARD = "GUARD"
    EARLIER_IN_TRACK = "EARLIER_IN_TRACK"


class Held(NamedTuple):
    """What holds a stage back, and by which name: where it stands, a stop, a stage, a guard."""

    why: Why
    name: str = ""

    @property
    def code(self) -> str:
        """The reason as the account of a look counts it."""
        named = self.why in {Why.ALREADY, Why.STOPPED, Why.GUARD}
        return f"{self.why}_{self.name}" if named else str(self.why)


class Seen(Protocol[T_co]):
    """What is known on an evening: yes or no, of one pupil, or of many as an array."""

    def stopped(self, reason: str) -> T_co:
        """Say whether the ladder has ended for a reason that still holds."""
        ...

    def lacks(self, stage: str) -> T_co:
        """Say whether a stage has not been entered, or carries no other."""
        ...

    def too_soon(self, rung: Rung) -> T_co:
        """Say whether too few school days lie behind the last other stage of the track."""
        ...

    def unmet(self, rung: Rung, guard: str) -> T_co:
        """Say whether a guard is not met that the register or facts answer."""
        ...

    def taken(self, rung: Rung) -> T_co:
        """Say whether an earlier stage of the track comes on this evening."""
        ...


def held_back(rung: Rung, seen: Seen[T]) -> Iterator[tuple[Held, T]]:
    """Yield everything that may hold a stage back, and whether it does.

    What nothing of this holds back takes its track for the evening: it is proposed, or withheld
    where an exemption stops it. So a bereaved family's ladder stands still, and does not go on with
    the stage behind.
    """
    for reason, condition in ENDS.items():
        if rung.stopped_by(condition):
            yield Held(Why.STOPPED, reason), seen.stopped(reason)
    for name in rung.needs:
        yield Held(Why.PREREQUISITE_MISSING, name), seen.lacks(name)
    if rung.gap:
        yield Held(Why.TOO_SOON), seen.too_soon(rung)
    for guard in rung.stage.guards:
        yield Held(Why.GUARD, guard), seen.unmet(rung, guard)
    yield Held(Why.EARLIER_IN_TRACK), seen.taken(rung)

"""One pupil's ladder on one evening: what is held back by what, in the words of facts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, NamedTuple, Protocol

from domain.attendance.held_back import Held, Why, held_back
from domain.attendance.ladder import EXEMPTION, Rung
from domain.attendance.rules import Retraction
from domain.attendance.school_days import SchoolDays

_DECIDED: Final = frozenset({"PROPOSED", "ENTERED", "DECLINED"})
_REARMED: Final = frozenset({"WITHDRAWN", "WITHHELD", "DROPPED"})
_DAY: Final = timedelta(days=1)


def _nothing_unmet(rung: Rung, guard: str) -> bool:  # noqa: ARG001  every guard is asked alike
    return False


Armed = Callable[[Rung, date], date | None]
"""The first day of what a stage that fired on a day is armed for now; None: not again."""


class Line(Protocol):
    """Where one stage of one pupil stands, as facts say."""

    @property
    def status(self) -> str:
        """PROPOSED, ENTERED, DECLINED, or what else became of it."""
        ...

    @property
    def track(self) -> str:
        """The track of the stage when it was proposed."""
        ...

    @property
    def entered_on(self) -> date | None:
        """The day of the latest entry."""
        ...

    @property
    def evaluated_on(self) -> date | None:
        """The day of the latest firing."""
        ...

    @property
    def unsupported(self) -> bool:
        """Whether the register supports the latest entry no longer."""
        ...

    @property
    def stood_on(self) -> date | None:
        """The day of the latest entry that later stages may stand on."""
        ...

    @property
    def fired_on(self) -> date | None:
        """The day of the latest firing that was decided about and keeps its cause."""
        ...


@dataclass(frozen=True)
class Stood:
    """What facts say of one pupil on one evening.

    `before` are the stages of the year before, `ended` the reason of a stop that still holds.
    `unmet` are guards that the register or facts answer with no.
    """

    lines: Mapping[str, Line] = field(default_factory=dict)
    before: Mapping[str, Line] = field(default_factory=dict)
    ended: str = ""
    exempt: bool = False
    unmet: Callable[[Rung, str], bool] = _nothing_unmet

    def line(self, stage: str) -> Line | None:
        """Return where a stage stands: in this year, or in the one before."""
        return self.lines.get(stage) or self.before.get(stage)

    @property
    def entered(self) -> dict[str, date]:
        """On which day the pupil entered which stage: what `after` in a trigger refers to."""
        return {
            name: line.stood_on for name, line in self.lines.items() if line.stood_on is not None
        }


class Asked(NamedTuple):
    """What an evening says of a stage: what it is armed for anew, and what holds it back."""

    since: date | None
    held: Sequence[Held]


class OneEvening:
    """Where one pupil stands while the stages of one evening are asked in their order."""

    def __init__(self, on: date, calendar: SchoolDays, stood: Stood, armed: Armed) -> None:
        self.stood = stood
        self._on, self._calendar, self._armed = on, calendar, armed
        self._taken: dict[str, str] = {}

    def ask(self, rung: Rung, *, holds: bool = True) -> Asked:
        """Return what is held back by what. A stage that comes takes its track this evening."""
        since, held = self._again(rung)
        reasons = [*held, *(why for why, so in held_back(rung, self) if so)]
        if holds and not reasons:
            self._taken[rung.track] = rung.name
        return Asked(since, reasons)

    def withheld(self, rung: Rung) -> bool:
        """Say whether an exemption stops a stage that nothing else holds back."""
        return self.stood.exempt and rung.stopped_by(EXEMPTION)

    def first_in(self, track: str) -> str:
        """Return the stage that has taken a track this evening."""
        return self._taken[track]

    def stopped(self, reason: str) -> bool:
        """Say whether the ladder has ended for a reason that still holds."""
        return reason == self.stood.ended

    def lacks(self, stage: str) -> bool:
        """Say whether a stage has not been entered, or carries no other."""
        line = self.stood.lines.get(stage)
        return line is None or line.stood_on is None

    def too_soon(self, rung: Rung) -> bool:
        """Say whether too few school days lie behind the last other stage of the track."""
        return self.left(rung) > 0

    def left(self, rung: Rung) -> int:
        """Return how many school days must still pass since the last stage of the track."""
        last = self.last_of_track(rung)
        if last is None:
            return 0
        return rung.gap - self._calendar.open_days(last + _DAY, self._on)

    def last_of_track(self, rung: Rung) -> date | None:
        """Return when another stage of the track was entered last."""
        days = (
            line.stood_on
            for name, line in self.stood.lines.items()
            if name != rung.name and line.track == rung.track
        )
        return max((day for day in days if day is not None), default=None)

    def unmet(self, rung: Rung, guard: str) -> bool:
        """Say whether a guard is not met that the register or facts answer."""
        return self.stood.unmet(rung, guard)

    def taken(self, rung: Rung) -> bool:
        """Say whether an earlier stage of the track comes on this evening."""
        return rung.track in self._taken

    def _again(self, rung: Rung) -> tuple[date | None, Iterator[Held]]:
        """Return what a stage that has fired is armed for anew, and else where it stands."""
        line = self.stood.line(rung.name)
        nothing: Iterator[Held] = iter(())
        if rung.same_day:
            if line is None or line.evaluated_on != self._on or line.unsupported:
                return self._on, nothing
            return self._on, self._stands(line) if line.status in _DECIDED else nothing
        if line is None or line.evaluated_on is None:
            return None, nothing
        if line.status == "PROPOSED":
            return None, nothing if self.withheld(rung) else self._stands(line)
        lost = line.status == "WITHDRAWN" or line.unsupported
        fired_on: date | None = line.evaluated_on
        if (lost or line.status in _REARMED) and not (lost and _keeps(rung)):
            fired_on = line.fired_on
        if fired_on is None:
            return None, nothing
        began = self._armed(rung, fired_on)
        if began is None or began <= fired_on:
            return None, self._stands(line)
        return began, nothing

    def _stands(self, line: Line) -> Iterator[Held]:
        yield Held(Why.ALREADY, line.status)


def _keeps(rung: Rung) -> bool:
    return rung.stage.retraction is Retraction.KEEP

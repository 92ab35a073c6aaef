"""One pupil against a rule set on a day: what fires, by which numbers, and what is missing.

Whatever is held back says by what. Nothing is decided here that an evening does not decide alike:
the same conditions are asked of the same lines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

from domain.attendance.conditions import Threshold
from domain.attendance.findings import Decided, Finding
from domain.attendance.ladder import Rung, rungs
from domain.attendance.metrics import Numbers, in_days
from domain.attendance.register_line import RegisterLine
from domain.attendance.rule_parts import Unit
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import EVER, sheet_of
from domain.attendance.standing import StageDays, entered_days, over_days
from domain.attendance.tally import SchoolFacts
from domain.attendance.triggers import Metric

_DAY: Final = timedelta(days=1)
_UNITS: Final = {Unit.SESSION: "session", Unit.DAY: "day", Unit.OCCASION: "occasion"}
_WHAT: Final = {
    Metric.COUNT: "with one of the codes",
    Metric.CONSECUTIVE_DAYS: "of absence in a row",
    Metric.TARDY_COUNT: "of coming late",
    Metric.OCCASIONS: "of the kind that counts",
    Metric.UNEXPLAINED_TODAY: "without a reason today",
    Metric.CODE_TODAY: "with one of the codes today",
}


class Standstill(StrEnum):
    """Where a stage stands already, as far as facts say."""

    PROPOSED = "PROPOSED"
    ENTERED = "ENTERED"
    DECLINED = "DECLINED"


class Stood(NamedTuple):
    """What facts say of one pupil: stages as they stand, and what keeps rules away on the day."""

    stages: dict[str, tuple[Standstill, date | None]]
    exempt: bool = False
    case_closed: bool = False


@dataclass(frozen=True, eq=False)
class Simulated:
    """The answer for one stage."""

    rung: Rung
    days: StageDays
    held_back: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the condition of the stage surely holds."""
        return bool(self.days.holds[0, 0])

    @property
    def fires(self) -> bool:
        """Whether this evening would propose the stage."""
        return self.holds and not self.held_back

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as it is printed."""
        undecided = bool(self.days.finding.open[0, 0]) and not self.holds
        stage = self.rung.stage
        return {
            "stage": self.rung.name,
            "order": stage.order,
            "track": stage.track,
            "approval": stage.approval.value,
            "settle_days": stage.settle_days,
            "condition_holds": None if undecided else self.holds,
            "fires": self.fires,
            "conditions": [_told(leaf) for leaf in self.days.finding.leaves()],
            "held_back_by": list(self.held_back),
            "not_computed": self.days.not_computed,
        }


def simulate(
    rule_set: RuleSet, on: date, line: RegisterLine, facts: SchoolFacts, stood: Stood
) -> list[Simulated]:
    """Return for each stage in order what an evening would say of one pupil."""
    evening = _Evening(rule_set, on, facts, stood)
    sheet = sheet_of([line])
    known = entered_days({line.student: evening.entered}, sheet.pupils)
    found = over_days(rule_set, [on], sheet, facts, known)
    off_roll = () if line.on_roll(on) else ("the pupil is not on the roll on this day",)
    answers: list[Simulated] = []
    for rung, days in zip(evening.ladder, found, strict=True):
        one = Simulated(rung, days, (*off_roll, *evening.guards(rung)))
        evening.ready(one)
        answers.append(one)
    return answers


class _Evening:
    """What holds stages back on one evening, in the words of the person who asks."""

    def __init__(self, rule_set: RuleSet, on: date, facts: SchoolFacts, stood: Stood) -> None:
        self.ladder = rungs(rule_set)
        self.entered = {
            name: day
            for name, (state, day) in stood.stages.items()
            if state is Standstill.ENTERED and day is not None
        }
        self._on, self._calendar, self._stood = on, facts.calendar, stood
        self._tracks = {rung.name: rung.stage.track for rung in self.ladder}
        self._first: dict[str, str] = {}

    def ready(self, one: Simulated) -> None:
        """Remember which stage of a track comes first this evening."""
        if one.fires:
            self._first[one.rung.stage.track] = one.rung.name

    def guards(self, rung: Rung) -> Iterator[str]:
        """Yield what would hold the stage back, were its condition to hold."""
        state, day = self._stood.stages.get(rung.name, (None, None))
        if state is not None:
            when = "" if day is None else f" on {day.isoformat()}"
            yield f"the stage stands already: {state.value.lower()}{when}"
        for name in rung.needs:
            if name not in self.entered:
                yield f"{name} was not entered yet"
        if rung.stage.track in self._first:
            yield f"{self._first[rung.stage.track]} of the same track comes first this evening"
        yield from self._gap(rung)
        if self._stood.exempt:
            yield "an exemption covers this day"
        if self._stood.case_closed:
            yield "the pupil's case is closed"

    def _gap(self, rung: Rung) -> Iterator[str]:
        track = rung.stage.track
        before = [
            day
            for name, day in self.entered.items()
            if self._tracks.get(name) == track and name != rung.name
        ]
        if not before or not rung.gap:
            return
        passed = self._calendar.open_days(max(before) + _DAY, self._on)
        if passed < rung.gap:
            left = _many(rung.gap - passed, "school day")
            yield f"{left} must still pass since {max(before).isoformat()}"


def _told(leaf: Finding) -> dict[str, Any]:
    """Return a count or a rate with its numbers, and what is missing in words."""
    threshold, tally = leaf.threshold, leaf.tally
    assert threshold is not None  # noqa: S101  leaves are thresholds
    assert tally is not None  # noqa: S101  and counted
    if threshold.since is not None and int(tally.span.first.max()) >= EVER:
        return {
            "metric": threshold.metric.value,
            "threshold": threshold.words,
            "counted": None,
            "holds": False,
            "missing": f"it is counted from the day after {threshold.since} was entered",
        }
    numbers = tally.numbers(0, 0)
    holds = bool(leaf.holds[0, 0])
    return {
        **Decided(threshold, numbers).as_dict(),
        "counted": _counted(threshold, numbers),
        "holds": holds,
        "missing": None if holds else missing(threshold, numbers),
    }


def _counted(threshold: Threshold, numbers: Numbers) -> int | str:
    return numbers.absent if threshold.unit is Unit.SESSION else in_days(numbers.absent)


def missing(threshold: Threshold, numbers: Numbers) -> str:
    """Say in words what is missing to a threshold that is not reached."""
    if not threshold.is_rate:
        left = threshold.least - numbers.absent
        amount = left if threshold.unit is Unit.SESSION else in_days(left)
        return f"{_many(amount, _UNITS[threshold.unit])} more {_what(threshold)}"
    if numbers.possible < max(threshold.min_possible, 1):
        left = max(threshold.min_possible, 1) - numbers.possible
        return f"no rate yet: {_many(in_days(left), 'possible day')} more are needed first"
    above, below = threshold.value
    if above == below:
        return "every possible half-day would have to be an absence"
    # (absent + k) / (possible + k) reaches above / below: solved for k, in whole half-days.
    short = above * numbers.possible - below * numbers.absent
    k = -(-short // (below - above))
    if threshold.exclusive and short % (below - above) == 0:
        k += 1
    return f"{_many(in_days(k), 'day')} more of absence, were the next days all absences"


def _what(threshold: Threshold) -> str:
    if threshold.counting.only_codes and threshold.metric is Metric.ABSENT_DAYS:
        return f"of absence with {', '.join(sorted(threshold.counting.only_codes))}"
    return _WHAT.get(threshold.metric, "of absence")


def _many(amount: int | str, what: str) -> str:
    return f"{amount} {what}" if amount == 1 else f"{amount} {what}s"

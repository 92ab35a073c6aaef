"""One pupil against a rule set on a day: what fires, by which numbers, and what is missing.

Whatever is held back says by what. Nothing is decided here that an evening does not decide alike:
the same conditions are asked of the same lines, and the same questions of the same ladder.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple, assert_never

import numpy as np

from domain.attendance.conditions import Threshold
from domain.attendance.findings import Decided, Finding
from domain.attendance.guards import taken_as_met
from domain.attendance.held_back import Held, Why
from domain.attendance.ladder import Rung
from domain.attendance.metrics import Numbers, in_days
from domain.attendance.one_evening import OneEvening
from domain.attendance.populations import why_outside
from domain.attendance.register_line import Pupil, RegisterLine
from domain.attendance.rule_parts import Unit
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import EVER, sheet_of
from domain.attendance.standing import StageDays, entered_days, over_days
from domain.attendance.tally import SchoolFacts
from domain.attendance.triggers import Metric

_ENDED: Final = {
    "CASE_CLOSED": "the pupil's case is closed",
    "ATTENDANCE_IMPROVED": "the ladder has ended: attendance improved",
    "VALID_REASON": "the ladder has ended: the school accepted a reason",
    "EXEMPTION_FLAG": "the ladder has ended: an exemption was granted",
}
_UNITS: Final = {Unit.SESSION: "session", Unit.DAY: "day", Unit.OCCASION: "occasion"}
_WHAT: Final = {
    Metric.COUNT: "with one of the codes",
    Metric.CONSECUTIVE_DAYS: "of absence in a row",
    Metric.TARDY_COUNT: "of coming late",
    Metric.OCCASIONS: "of the kind that counts",
    Metric.UNEXPLAINED_TODAY: "without a reason today",
    Metric.CODE_TODAY: "with one of the codes today",
}


@dataclass(frozen=True, eq=False)
class Simulated:
    """The answer for one stage."""

    rung: Rung
    days: StageDays
    held_back: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the condition of the stage surely holds, whomever the rule set is about."""
        return bool(self.days.finding.holds[0, 0])

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
            "approval": self.rung.approval.value,
            "settle_days": stage.settle_days,
            "condition_holds": None if undecided else self.holds,
            "fires": self.fires,
            "conditions": [_told(leaf) for leaf in self.days.finding.leaves()],
            "held_back_by": list(self.held_back),
            "taken_as_met": list(taken_as_met(stage)),
            "not_computed": self.days.not_computed,
            "not_known": list(self.days.members.not_known(0, 0)) if self.days.members else [],
        }


class Asking(NamedTuple):
    """Who is asked about when, by which ladder of which rules."""

    rule_set: RuleSet
    ladder: Sequence[Rung]
    on: date
    line: RegisterLine
    facts: SchoolFacts


def simulate(asking: Asking, ladder_of: OneEvening, today: OneEvening) -> list[Simulated]:
    """Return for each stage in order what an evening would say of one pupil.

    Contacts `today` have stages of their own, beside the ladder.
    """
    rule_set, ladder, on, line, facts = asking
    sheet = sheet_of([line])
    known = entered_days({line.student: ladder_of.stood.entered}, sheet.pupils)
    found = over_days(rule_set, [on], sheet, facts, known)
    off_roll = _outside(rule_set, on, line, facts)
    answers: list[Simulated] = []
    for rung, days in zip(ladder, found, strict=True):
        evening = today if rung.same_day else ladder_of
        _, held = evening.ask(rung, holds=bool(days.holds[0, 0]))
        words = [_in_words(one, rung, evening) for one in held]
        exempt = ("an exemption covers this day",) if evening.withheld(rung) else ()
        answers.append(Simulated(rung, days, (*off_roll, *words, *exempt)))
    return answers


def _outside(
    rule_set: RuleSet, on: date, line: RegisterLine, facts: SchoolFacts
) -> tuple[str, ...]:
    """Return why the rule set is not about a pupil on a day."""
    pupil = Pupil(line.student, line.school, line.source_id)
    day = np.array([on.toordinal()], np.int32)
    because = why_outside(rule_set.population, facts.years, pupil, day)
    roll = () if line.on_roll(on) else ("the pupil is not on the roll on this day",)
    return (*roll, *(f"outside the population, because {one}" for one in because))


def _in_words(held: Held, rung: Rung, evening: OneEvening) -> str:
    """Say what holds a stage back to the person who asks."""
    match held.why:
        case Why.ALREADY:
            line = evening.stood.line(rung.name)
            day = None if line is None else line.entered_on or line.evaluated_on
            when = "" if day is None else f" on {day.isoformat()}"
            return f"the stage stands already: {held.name.lower()}{when}"
        case Why.STOPPED:
            return _ENDED[held.name]
        case Why.PREREQUISITE_MISSING:
            return f"{held.name} was not entered yet"
        case Why.TOO_SOON:
            left = _many(evening.left(rung), "school day")
            return f"{left} must still pass since {evening.last_of_track(rung)}"
        case Why.GUARD:
            return f"the guard {held.name} is not met"
        case Why.EARLIER_IN_TRACK:
            return f"{evening.first_in(rung.track)} of the same track comes first this evening"
        case _:
            assert_never(held.why)


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

"""Who has reached which stage on a day, with the numbers that decided. A pure function."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple, assert_never

from domain.attendance.conditions import (
    AllOf,
    AnyOf,
    Condition,
    NotComputed,
    Threshold,
    condition_of,
    reasons_not_computed,
)
from domain.attendance.metrics import Denominator, Numbers, measure
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet, Stage, Window, WindowType
from domain.attendance.school_days import SchoolDays
from domain.shared.ids import SchoolId, StudentId

_ESTIMATED: Final = "possible days are estimated: a term was still running or cut by a window"
_NO_RATE: Final = "some pupils have no possible day in a window: no rate, so they do not qualify"


class SchoolFacts(NamedTuple):
    """What an evaluation must know of a school beside its pupils' lines."""

    calendar: SchoolDays
    denominator: Denominator


class Decided(NamedTuple):
    """One condition that held, with its numbers."""

    threshold: Threshold
    numbers: Numbers

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers beside the condition that they met."""
        return {
            **self.numbers.as_dict(),
            "metric": self.threshold.metric,
            "reasons": self.threshold.counting.reasons.value,
            "threshold": self.threshold.words,
        }


@dataclass(frozen=True, slots=True)
class Qualifier:
    """A pupil who has reached a stage, and every condition that said so."""

    student: StudentId
    school: SchoolId
    source_id: str
    decided: tuple[Decided, ...]

    def numbers(self) -> dict[str, Any]:
        """Return the numbers that decided: the first condition's, and all when several held."""
        first = self.decided[0].as_dict()
        if len(self.decided) == 1:
            return first
        return {**first, "conditions": [one.as_dict() for one in self.decided]}


@dataclass(frozen=True, slots=True)
class StageAnswer:
    """Who has reached one stage. `not_computed` says why others may have, too."""

    stage: Stage
    pupils: tuple[Qualifier, ...]
    not_computed: str | None = None

    @property
    def count(self) -> int | None:
        """How many pupils qualify; None where the trigger is not computed in full."""
        return len(self.pupils) if self.not_computed is None else None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The answer of a rule set about a day."""

    rule_set: str
    on: date
    stages: tuple[StageAnswer, ...]
    denominators: tuple[Denominator, ...]
    pupils_looked_at: int
    warnings: tuple[str, ...]


def evaluate(
    rule_set: RuleSet,
    on: date,
    lines: Iterable[RegisterLine],
    schools: Mapping[SchoolId, SchoolFacts],
) -> Evaluation:
    """Return, for each stage in order, the pupils who have reached it on a day."""
    wanted = rule_set.population.on_roll and rule_set.population.enrolled
    looked_at = sorted(
        (line for line in lines if not wanted or line.on_roll(on)),
        key=lambda line: (line.source_id, line.school, line.student),
    )
    judges = [_Judge(rule_set, stage, on, schools) for stage in _in_order(rule_set)]
    answers = tuple(judge.answer(looked_at) for judge in judges)
    used = sorted({schools[line.school].denominator for line in looked_at})
    notes = set[str]().union(*(judge.notes for judge in judges))
    return Evaluation(
        rule_set=rule_set.id,
        on=on,
        stages=answers,
        denominators=tuple(used),
        pupils_looked_at=len(looked_at),
        warnings=(*_remarks(rule_set, on), *_only_absences(looked_at, schools), *sorted(notes)),
    )


def _in_order(rule_set: RuleSet) -> list[Stage]:
    return sorted(rule_set.stages, key=lambda stage: stage.order)


class _Judge:
    """Decides one stage for many pupils; windows are worked out once for each school."""

    def __init__(
        self, rule_set: RuleSet, stage: Stage, on: date, schools: Mapping[SchoolId, SchoolFacts]
    ) -> None:
        self._stage = stage
        self._on = on
        self._schools = schools
        self._year = rule_set.school_year.begins
        self._condition = condition_of(stage.trigger, rule_set.unit)
        self._windows: dict[tuple[SchoolId, Window], tuple[date, date]] = {}
        self.notes: set[str] = set()

    def answer(self, lines: list[RegisterLine]) -> StageAnswer:
        found = []
        for line in lines:
            holds, decided = self._holds(self._condition, line)
            if holds:
                found.append(Qualifier(line.student, line.school, line.source_id, tuple(decided)))
        why = "; ".join(reasons_not_computed(self._condition)) or None
        return StageAnswer(self._stage, tuple(found), why)

    def _holds(self, condition: Condition, line: RegisterLine) -> tuple[bool | None, list[Decided]]:
        """Return true, false or not known, and the conditions that held."""
        match condition:
            case Threshold():
                return self._reaches(condition, line)
            case NotComputed():
                return None, []
            case AnyOf(parts) | AllOf(parts):
                answers = [self._holds(part, line) for part in parts]
                said = [holds for holds, _ in answers]
                decided = [one for holds, several in answers if holds for one in several]
                return _any(said) if isinstance(condition, AnyOf) else _all(said), decided
            case _:
                assert_never(condition)

    def _reaches(self, threshold: Threshold, line: RegisterLine) -> tuple[bool, list[Decided]]:
        calendar, denominator = self._schools[line.school]
        window = self._window(line.school, calendar, threshold.window)
        numbers = measure(line, calendar, window, threshold.counting, denominator)
        if threshold.is_rate and numbers.estimated:
            self.notes.add(_ESTIMATED)
        if threshold.is_rate and not numbers.possible:
            self.notes.add(_NO_RATE)
        compare = numbers.rate_at_least if threshold.is_rate else numbers.absent_at_least
        holds = numbers.possible >= threshold.min_possible and compare(
            threshold.value, exclusive=threshold.exclusive
        )
        return holds, [Decided(threshold, numbers)] if holds else []

    def _window(self, school: SchoolId, calendar: SchoolDays, window: Window) -> tuple[date, date]:
        key = school, window
        if key not in self._windows:
            last = calendar.settled_until(self._on, self._stage.settle_days)
            if window.type is WindowType.ROLLING_CALENDAR_DAYS:
                first = self._on - timedelta(days=(window.n or 1) - 1)
            else:
                first = calendar.year_begins(self._on, self._year)
            self._windows[key] = first, last
        return self._windows[key]


def _any(said: list[bool | None]) -> bool | None:
    return True if True in said else None if None in said else False


def _all(said: list[bool | None]) -> bool | None:
    return False if False in said else None if None in said else True


def _only_absences(lines: list[RegisterLine], schools: Mapping[SchoolId, SchoolFacts]) -> list[str]:
    """Warn where every counted mark is an absence: the rates there would all be 100 %."""
    marked = {line.school for line in lines if line.has_absence}
    present = {line.school for line in lines if line.has_presence}
    alone = sum(schools[one].denominator is Denominator.MARKS for one in marked - present)
    return [f"{alone} schools mark only absences: no rate means anything there"] if alone else []


def _remarks(rule_set: RuleSet, on: date) -> list[str]:
    """Say what the rule set asks for that an evaluation of the register does not look at."""
    remarks = []
    if rule_set.effective_from is not None and on < rule_set.effective_from:
        remarks.append(f"{rule_set.id} is in force from {rule_set.effective_from.isoformat()} only")
    if rule_set.effective_to is not None and on > rule_set.effective_to:
        remarks.append(f"{rule_set.id} was in force until {rule_set.effective_to.isoformat()} only")
    ages = rule_set.population
    if ages.min_age is not None or ages.max_age is not None or ages.compulsory_age:
        remarks.append("ages are not applied: birth dates are not part of the register")
    return remarks

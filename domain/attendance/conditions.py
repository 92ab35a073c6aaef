"""A trigger as something that can be decided, or the reason in words why it is not decided here."""

import re
from dataclasses import dataclass, replace
from typing import Final, assert_never

from domain.attendance.codes import normalised
from domain.attendance.metrics import Counting
from domain.attendance.rule_parts import Occasion, Unit
from domain.attendance.triggers import OF_TODAY, RATES, Metric, Trigger, Window, fraction

LATER_THAN: Final = re.compile(r"TARDY_OR_PART_ABSENCE_UNEXCUSED_MINUTES_GT_([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Occasions:
    """What counts as one occasion, and how many there may be on one day."""

    full_day: bool = False  # without excuse
    part_day: bool = False  # a half-day without excuse
    any_part: bool = False  # leaving early, or away for a part, however short, without excuse
    tardy: bool = False
    later_than: int | None = None  # minutes of any part of a day without excuse
    per_day: int = 1


@dataclass(frozen=True, slots=True)
class Threshold:
    """A count or a rate that must reach a value."""

    metric: Metric
    counting: Counting
    value: tuple[int, int]
    exclusive: bool
    window: Window
    min_possible: int  # half-days
    unit: Unit = Unit.DAY
    occasions: Occasions = Occasions()
    since: str | None = None  # a stage: only what came after it was entered
    going_on: bool = False  # of runs: only the one that lasts until the end of the window

    @property
    def is_rate(self) -> bool:
        """Whether the value is a share of what was possible."""
        return self.metric in RATES

    @property
    def least_possible(self) -> int:
        """The fewest half-days that must have been possible: without any there is no rate."""
        return max(self.min_possible, 1) if self.is_rate else self.min_possible

    @property
    def words(self) -> str:
        """The condition as it is printed beside the numbers."""
        above, below = self.value
        amount = f"{above}/{below}" if self.is_rate or below != 1 else str(above)
        return f"{'>' if self.exclusive else '>='} {amount}"

    @property
    def least(self) -> int:
        """The smallest number of half units that reaches a count. Whole numbers, no float."""
        above, below = self.value
        halves = above * (1 if self.unit is Unit.SESSION else 2)
        return halves // below + 1 if self.exclusive else -(-halves // below)


@dataclass(frozen=True, slots=True)
class Following:
    """The stage was entered before the day, at most so many school days ago."""

    stage: str
    within_school_days: int | None


@dataclass(frozen=True, slots=True)
class During:
    """The day lies between two dates."""

    window: Window


@dataclass(frozen=True, slots=True)
class EnrolledFor:
    """The pupil has been on the roll of an open school on so many days of this school year."""

    school_days: int


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one must hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every one must hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class NotComputed:
    """A condition that this release accepts but cannot decide. It is never taken as false."""

    reason: str


Condition = Threshold | Following | During | EnrolledFor | AnyOf | AllOf | NotComputed


def condition_of(
    trigger: Trigger, unit: Unit, occasion: Occasion | None = None, *, following: bool = False
) -> Condition:
    """Return the trigger as a condition that can be decided, part by part.

    `following` says that whoever asks knows which pupils have entered which stage, and when.
    """
    reason = _reason(trigger, occasion, following=following)
    if reason is not None:
        return NotComputed(reason)
    parts: list[Condition] = []
    if trigger.after is not None:
        parts.append(Following(trigger.after, trigger.within_school_days))
    if trigger.during is not None:
        parts.append(During(trigger.during))
    if trigger.min_enrolled_days is not None:
        parts.append(EnrolledFor(trigger.min_enrolled_days))
    parts += _further(trigger, occasion)
    if trigger.metric is not None:
        reached = _threshold(trigger, unit, occasion)
        expected = NotComputed("a person may expect it before it is reached")
        parts.append(AnyOf((reached, expected)) if trigger.or_expected else reached)
    several = trigger.any if trigger.any is not None else trigger.all
    if several is not None:
        made = tuple(condition_of(one, unit, occasion, following=following) for one in several)
        parts.append(AnyOf(made) if trigger.any is not None else AllOf(made))
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def reasons_not_computed(condition: Condition) -> list[str]:
    """Return, in order and once each, why parts of a condition are not decided here."""
    match condition:
        case NotComputed(reason):
            return [reason]
        case AnyOf(parts) | AllOf(parts):
            found = [reason for part in parts for reason in reasons_not_computed(part)]
            return list(dict.fromkeys(found))
        case Threshold() | Following() | During() | EnrolledFor():
            return []
        case _:
            assert_never(condition)


def thresholds(condition: Condition) -> list[Threshold]:
    """Return every count and rate that a condition asks for."""
    match condition:
        case Threshold():
            return [condition]
        case AnyOf(parts) | AllOf(parts):
            return [one for part in parts for one in thresholds(part)]
        case Following() | During() | EnrolledFor() | NotComputed():
            return []
        case _:
            assert_never(condition)


def going_on(condition: Condition) -> Condition:
    """Return a condition that takes only those runs that have not ended. Else it is the same."""
    match condition:
        case Threshold(metric=Metric.CONSECUTIVE_DAYS):
            return replace(condition, going_on=True)
        case AnyOf(parts) | AllOf(parts):
            return replace(condition, parts=tuple(map(going_on, parts)))
        case _:
            return condition


def while_ill(condition: Condition) -> Condition:
    """Return a condition that holds only while a run of whole days with its codes goes on."""
    codes = frozenset[str]().union(*(one.counting.only_codes for one in thresholds(condition)))
    ill = Threshold(
        metric=Metric.CONSECUTIVE_DAYS,
        counting=Counting(only_codes=codes),
        value=(1, 1),
        exclusive=False,
        window=Window(),
        min_possible=0,
        going_on=True,
    )
    return AllOf((condition, ill))


def _threshold(trigger: Trigger, unit: Unit, occasion: Occasion | None) -> Threshold:
    metric = Metric(trigger.metric or "")
    default = 1 if metric in OF_TODAY else 0
    return Threshold(
        metric=metric,
        counting=Counting(
            trigger.reasons,
            frozenset(map(normalised, trigger.codes)),
            frozenset(map(normalised, trigger.exclude_codes)),
        ),
        value=fraction(default if trigger.value is None else trigger.value),
        exclusive=trigger.exclusive,
        window=trigger.window,
        min_possible=trigger.min_possible * (1 if unit is Unit.SESSION else 2),
        unit=_unit(metric, unit),
        occasions=_occasions(metric, occasion),
    )


def _unit(metric: Metric, unit: Unit) -> Unit:
    if metric in OF_TODAY:
        return Unit.SESSION
    if metric is Metric.COUNT:
        return Unit.SESSION if unit is Unit.SESSION else Unit.DAY
    if metric in {Metric.OCCASIONS, Metric.TARDY_COUNT}:
        return Unit.OCCASION
    return Unit.DAY


def _further(trigger: Trigger, occasion: Occasion | None) -> list[Threshold]:
    """Return what must have come since a stage was entered."""
    asked = {
        Metric.ABSENT_DAYS: trigger.further_absent_days,
        Metric.OCCASIONS: trigger.further_occasions,
    }
    return [
        Threshold(
            metric=metric,
            counting=Counting(trigger.reasons),
            value=(value, 1),
            exclusive=False,
            window=Window(),
            min_possible=0,
            unit=_unit(metric, Unit.DAY),
            occasions=_occasions(metric, occasion),
            since=trigger.after,
        )
        for metric, value in asked.items()
        if value is not None
    ]


def _occasions(metric: Metric, occasion: Occasion | None) -> Occasions:
    per_day = occasion.max_per_day if occasion is not None and occasion.max_per_day else 1
    if metric is Metric.TARDY_COUNT:
        return Occasions(tardy=True, per_day=per_day)
    if metric is not Metric.OCCASIONS or occasion is None:
        return Occasions()
    later = [int(found[1]) for name in occasion.any_of if (found := LATER_THAN.fullmatch(name))]
    return Occasions(
        full_day="FULL_DAY_UNEXCUSED" in occasion.any_of,
        part_day="PART_DAY_UNEXCUSED" in occasion.any_of or bool(later),
        any_part="PART_DAY_UNEXCUSED" in occasion.any_of,
        tardy="TARDY" in occasion.any_of,
        later_than=min(later, default=None),
        per_day=per_day,
    )


def _reason(trigger: Trigger, occasion: Occasion | None, *, following: bool) -> str | None:
    """Say why a trigger is not computed, or None when this level of it is."""
    if trigger.manual:
        return "a person decides this stage"
    if trigger.after is not None and not following:
        return f"it follows {trigger.after}, which an evaluation of the register does not know"
    beside = _beside(trigger)
    if beside:
        return f"{', '.join(beside)} is not computed here"
    if trigger.metric is None:
        shapes = (trigger.any, trigger.all, trigger.after, trigger.during)
        alone = all(shape is None for shape in shapes)
        return "a condition without a metric is not computed here" if alone else None
    if trigger.metric not in set(Metric):
        return f"{trigger.metric} is not computed here"
    if trigger.metric == Metric.OCCASIONS or trigger.further_occasions is not None:
        return _no_occasion(occasion)
    return None


def _no_occasion(occasion: Occasion | None) -> str | None:
    if occasion is None:
        return "OCCASIONS needs the rule set to say what one occasion is"
    known = {"FULL_DAY_UNEXCUSED", "PART_DAY_UNEXCUSED", "TARDY"}
    strange = [n for n in occasion.any_of if n not in known and not LATER_THAN.fullmatch(n)]
    return f"the occasion {strange[0]} is not computed here" if strange else None


def _beside(trigger: Trigger) -> list[str]:
    """Return the written names of conditions that would change the answer and are not computed."""
    further = {
        "furtherAbsentDays": trigger.further_absent_days,
        "furtherOccasions": trigger.further_occasions,
        "withinSchoolDays": trigger.within_school_days,
    }
    written = {
        **(further if trigger.after is None else {}),
        "guards": trigger.guards,
        "notWhenOnlyCodes": trigger.not_when_only_codes,
    }
    return [name for name, value in written.items() if value not in (None, False, ())]

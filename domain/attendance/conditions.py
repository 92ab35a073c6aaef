"""A trigger as something that can be decided, or the reason in words why it is not decided here."""

from dataclasses import dataclass
from typing import Final, assert_never

from domain.attendance.codes import normalised
from domain.attendance.metrics import Counting
from domain.attendance.rules import (
    ABSENCE_RATE,
    COMPUTED_METRICS,
    Trigger,
    Unit,
    Window,
    WindowType,
    fraction,
)

COMPUTED_WINDOWS: Final = frozenset({WindowType.SCHOOL_YEAR, WindowType.ROLLING_CALENDAR_DAYS})


@dataclass(frozen=True, slots=True)
class Threshold:
    """A count or a rate that must reach a value."""

    metric: str
    counting: Counting
    value: tuple[int, int]
    exclusive: bool
    window: Window
    min_possible: int  # half-days

    @property
    def is_rate(self) -> bool:
        """Whether the value is a share of the possible days."""
        return self.metric == ABSENCE_RATE

    @property
    def words(self) -> str:
        """The condition as it is printed beside the numbers."""
        above, below = self.value
        amount = f"{above}/{below}" if self.is_rate or below != 1 else str(above)
        return f"{'>' if self.exclusive else '>='} {amount}"


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


Condition = Threshold | AnyOf | AllOf | NotComputed


def condition_of(trigger: Trigger, unit: Unit) -> Condition:
    """Return the trigger as a condition that can be decided, part by part."""
    reason = _reason(trigger)
    if reason is not None:
        return NotComputed(reason)
    if trigger.any is not None:
        return AnyOf(tuple(condition_of(part, unit) for part in trigger.any))
    if trigger.all is not None:
        return AllOf(tuple(condition_of(part, unit) for part in trigger.all))
    return Threshold(
        metric=trigger.metric or "",
        counting=Counting(
            trigger.reasons,
            frozenset(map(normalised, trigger.codes)),
            frozenset(map(normalised, trigger.exclude_codes)),
        ),
        value=fraction(trigger.value or 0),
        exclusive=trigger.exclusive,
        window=trigger.window,
        min_possible=trigger.min_possible * (1 if unit is Unit.SESSION else 2),
    )


def reasons_not_computed(condition: Condition) -> list[str]:
    """Return, in order and once each, why parts of a condition are not decided here."""
    match condition:
        case NotComputed(reason):
            return [reason]
        case AnyOf(parts) | AllOf(parts):
            found = [reason for part in parts for reason in reasons_not_computed(part)]
            return list(dict.fromkeys(found))
        case Threshold():
            return []
        case _:
            assert_never(condition)


def _reason(trigger: Trigger) -> str | None:
    """Say why a trigger is not computed, or None when this level of it is."""
    if trigger.manual:
        return "a person decides this stage"
    if trigger.after is not None:
        return f"it follows {trigger.after}, which an evaluation of the register does not know"
    beside = _beside(trigger)
    if beside:
        return f"{', '.join(beside)} is not computed here"
    if trigger.any is not None or trigger.all is not None:
        return None
    if trigger.metric not in COMPUTED_METRICS:
        named = trigger.metric or "a condition without a metric"
        return f"{named} is not computed here"
    if trigger.window.type not in COMPUTED_WINDOWS:
        return f"the window {trigger.window.type} is not computed here"
    return None


def _beside(trigger: Trigger) -> list[str]:
    """Return the written names of conditions that would change the answer and are not computed."""
    written = {
        "furtherAbsentDays": trigger.further_absent_days,
        "furtherOccasions": trigger.further_occasions,
        "withinSchoolDays": trigger.within_school_days,
        "afterRollCall": trigger.after_roll_call,
        "afterRegisterClose": trigger.after_register_close,
        "orExpected": trigger.or_expected,
        "minEnrolledDays": trigger.min_enrolled_days,
        "requires": trigger.requires,
        "guards": trigger.guards,
        "prerequisites": trigger.prerequisites,
        "notWhenOnlyCodes": trigger.not_when_only_codes,
    }
    return [name for name, value in written.items() if value not in (None, False, ())]

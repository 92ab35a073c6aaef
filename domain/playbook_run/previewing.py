"""What a run through a playbook would look like at a school: which step when, and why moved."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from domain.playbook_run.timing import Hours, day_of, hours_of, step_day
from domain.shared.calendar import SchoolCalendar
from domain.shared.playbooks import OffsetUnit, Playbook, Step, WaitStep

_DAY: Final = timedelta(days=1)
_FRIDAY: Final = 5


class Why(StrEnum):
    """Why a step does not fall on the day that plain counting gives."""

    SCHOOL_CLOSED = "SCHOOL_CLOSED"
    NOT_A_DAY_OF_THE_WINDOW = "NOT_A_DAY_OF_THE_WINDOW"
    HOURS_OVER = "HOURS_OVER"
    STEP_BEFORE = "STEP_BEFORE"
    CALENDAR_ENDS = "CALENDAR_ENDS"


class Shift(msgspec.Struct, frozen=True):
    """One reason, and the days that it took out; none where the reason names no day."""

    why: Why
    days: tuple[date, ...] = ()


class Moment(msgspec.Struct, frozen=True):
    """When a step falls, as if all before it went at once and nothing stood against it.

    `plain_on` counts without a calendar: days, or weekdays where school days are meant.
    `local_at` is what a clock on the family's wall shows.
    """

    step_id: str
    order: int
    plain_on: date
    due_at: datetime
    local_at: datetime
    moved: tuple[Shift, ...]


def timeline(
    playbook: Playbook,
    calendar: SchoolCalendar,
    triggered_at: datetime,
    zone: str | None = None,
) -> list[Moment]:
    """Return the moment of each step, in order."""
    hours = hours_of(playbook, calendar, zone)
    place = ZoneInfo(zone or calendar.zone)
    found: list[Moment] = []
    after = triggered_at
    for step in playbook.steps:
        day = step_day(step, triggered_at, calendar)
        due_at = hours.first_moment(day, after)
        plain = _plain(step, calendar.local(triggered_at).date())
        local = due_at.astimezone(place)
        looks = _Looks(calendar, hours, day, local.date(), after.astimezone(place).date())
        begun = calendar.local(triggered_at).date()
        moved = tuple(looks.shifts(step, begun, plain))
        found.append(Moment(step.step_id, step.order, plain, due_at, local, moved))
        after = due_at
    return found


def escalation_day(
    playbook: Playbook, calendar: SchoolCalendar, triggered_at: datetime
) -> date | None:
    """Return the day on which a person takes over, should nothing come of it."""
    rule = playbook.escalation
    if rule is None:
        return None
    return day_of(rule.after, rule.unit, triggered_at, calendar)


class _Looks(msgspec.Struct, frozen=True):
    """Where a step was to fall, where it falls, and the day on which it could be taken first."""

    calendar: SchoolCalendar
    hours: Hours
    day: date
    falls_on: date
    possible_from: date

    def shifts(self, step: Step, begun: date, plain: date) -> Iterator[Shift]:
        """Say why the plain day is not the day."""
        by_school = step.unit is OffsetUnit.SCHOOL_DAYS
        first = begun + _DAY if by_school and self.falls_on > begun else plain
        closed = tuple(
            on
            for on in _days(first, self.falls_on)
            if not self.calendar.is_open(on) and (not by_school or on.isoweekday() <= _FRIDAY)
        )
        past = self.calendar.open_days[-1] if self.calendar.open_days else begun
        if inside := tuple(on for on in closed if on <= past):
            yield Shift(Why.SCHOOL_CLOSED, inside)
        if self.falls_on > past:
            yield Shift(Why.CALENDAR_ENDS)
        if self.day < self.possible_from:
            yield Shift(Why.STEP_BEFORE)
        yield from self._held_up()

    def _held_up(self) -> Iterator[Shift]:
        """Say which open days were passed over, from the day that was counted to the one taken."""
        usable = [
            on
            for on in _days(max(self.day, self.possible_from), self.falls_on)
            if self.calendar.is_open(on)
        ]
        window = self.hours.window.days
        if other := tuple(on for on in usable if on.isoweekday() not in window):
            yield Shift(Why.NOT_A_DAY_OF_THE_WINDOW, other)
        if late := tuple(on for on in usable if on.isoweekday() in window):
            yield Shift(Why.HOURS_OVER, late)


def _plain(step: Step, begun: date) -> date:
    days = step.offset + (step.wait if isinstance(step, WaitStep) else 0)
    if step.unit is OffsetUnit.CALENDAR_DAYS:
        return begun + days * _DAY
    on = begun
    for _ in range(days):
        on += _DAY
        while on.isoweekday() > _FRIDAY:
            on += _DAY
    return on


def _days(first: date, end: date) -> Iterator[date]:
    """Yield the days from one up to another, which is out."""
    for number in range((end - first).days):
        yield first + number * _DAY

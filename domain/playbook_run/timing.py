"""When a step may happen: D+n in school or calendar days, inside the hours of all concerned.

Days are the school's. Hours are those of the place where the guardian lives. A school and a
playbook each say when families may be reached; both must agree.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.shared.calendar import SchoolCalendar
from domain.shared.playbooks import OffsetUnit, Playbook, SendWindow, Step, WaitStep

_DAY: Final = timedelta(days=1)
_FAR: Final = 400
"""Days that are looked at before the days of the week that a playbook asks for are given up."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a family may be reached: the school's calendar, a playbook's window, their own zone.

    `quiet` are hours in which the guardian wants to be left alone, on the clock where they live.
    """

    calendar: SchoolCalendar
    window: SendWindow
    zone: str | None = None
    quiet: tuple[time, time] | None = None

    @property
    def _bounds(self) -> tuple[time, time]:
        opens = max(self.calendar.sends_from, self.window.opens)
        closes = min(self.calendar.sends_until, self.window.closes)
        if opens < closes:
            return opens, closes
        return self.calendar.sends_from, self.calendar.sends_until  # they never agree: the school's

    @property
    def _place(self) -> ZoneInfo:
        return ZoneInfo(self.zone or self.calendar.zone)

    def lawful(self, at: datetime) -> bool:
        """Say whether a family may be reached at a moment."""
        local = at.astimezone(self._place)
        opens, closes = self._bounds
        inside = opens <= local.time() < closes and not self._is_quiet(local.time())
        return inside and self._day_fits(local.date())

    def _is_quiet(self, clock: time) -> bool:
        """Say whether a time is among the quiet hours, as far as those leave anything of a day."""
        if self.quiet is None:
            return False
        opens, closes = self._bounds
        begins, ends = self.quiet
        if _between(begins, opens, ends) and not opens < ends < closes:
            return False  # they would never hear: the school's hours hold
        return _between(begins, clock, ends)

    def first_moment(self, on: date, not_before: datetime) -> datetime:
        """Return the first lawful moment of a day or a later one, in UTC, never before another."""
        local = not_before.astimezone(self._place)
        day = max(on, local.date())
        if day == local.date() and self.lawful(not_before):
            return not_before.astimezone(UTC)
        for number in range(_FAR):
            for moment in self._openings(day + number * _DAY):
                if moment >= not_before and self.lawful(moment):
                    return moment
        return self.calendar.lawful_moment(on, not_before)

    def day_there(self, at: datetime) -> date:
        """Return the date where the family lives."""
        return at.astimezone(self._place).date()

    def end_of(self, day: date) -> datetime:
        """Return the moment at which a date is over where the family lives, in UTC."""
        return datetime.combine(day + _DAY, time(0), self._place).astimezone(UTC)

    def _openings(self, day: date) -> Iterator[datetime]:
        """Yield the moments of a day from which on a family may be reached."""
        begins = (self._bounds[0], *(self.quiet or ())[1:])
        for clock in sorted(begins):
            yield datetime.combine(day, clock, self._place).astimezone(UTC)

    def _day_fits(self, day: date) -> bool:
        known = self.calendar.open_days
        if known and day <= known[-1]:
            return self.calendar.is_open(day) and day.isoweekday() in self.window.days
        return day.isoweekday() <= 5 and day.isoweekday() in self.window.days  # noqa: PLR2004  Friday


def _between(begins: time, clock: time, ends: time) -> bool:
    """Say whether a time lies in hours that may go past midnight; the end is out."""
    if begins < ends:
        return begins <= clock < ends
    return clock >= begins or clock < ends


def hours_of(
    playbook: Playbook,
    calendar: SchoolCalendar,
    zone: str | None,
    quiet: tuple[time, time] | None = None,
) -> Hours:
    """Return when a family of a run may be reached."""
    return Hours(calendar, playbook.window, zone, quiet)


def day_of(offset: int, unit: OffsetUnit, triggered_at: datetime, calendar: SchoolCalendar) -> date:
    """Return D+n. D+0 is the day of the trigger or the next open day.

    Where the known calendar ends before the n-th school day, the rest is counted in weekdays past
    its end instead of being lost.
    """
    start = calendar.local(triggered_at).date()
    if unit is OffsetUnit.CALENDAR_DAYS:
        return start + timedelta(days=offset)
    found = calendar.school_days_after(start, offset)
    return found or calendar.weekday_past_the_end(start, offset)


def step_day(step: Step, triggered_at: datetime, calendar: SchoolCalendar) -> date:
    """Return the day of a step; of a wait, the day on which it is over."""
    days = step.offset + (step.wait if isinstance(step, WaitStep) else 0)
    return day_of(days, step.unit, triggered_at, calendar)

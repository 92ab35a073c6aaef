"""The days and hours on which a school is open."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class SchoolCalendar:
    """One school's open days, in its own zone.

    `open_days` is sorted. `sends_from` and `sends_until` bound the hours in which families may be
    contacted (local wall time; the end is exclusive). Before and after the known days nothing is
    open: a step that falls there waits for the next version of the calendar.
    """

    zone: str
    open_days: tuple[date, ...]
    sends_from: time = time(9, 0)
    sends_until: time = time(18, 0)

    def local(self, at: datetime) -> datetime:
        """Return an instant as the wall clock at the school shows it."""
        return at.astimezone(ZoneInfo(self.zone))

    def is_open(self, on: date) -> bool:
        """Say whether the school is open on a day."""
        place = bisect_left(self.open_days, on)
        return place < len(self.open_days) and self.open_days[place] == on

    def school_days_after(self, on: date, count: int) -> date | None:
        """Return the count-th open day after a day; count 0 is that day or the next open one.

        None where the known calendar ends before.
        """
        first = bisect_left(self.open_days, on) if count == 0 else bisect_right(self.open_days, on)
        place = first + max(count - 1, 0)
        return self.open_days[place] if place < len(self.open_days) else None

    def weekday_past_the_end(self, on: date, count: int) -> date:
        """Return the count-th day after a day where the known calendar ends before.

        Known open days count first, then weekdays: later steps stay behind earlier ones.
        """
        day = max((on, *self.open_days[-1:]))
        for _ in range(count - self.school_days_between(on, day)):
            day = _weekday(day + timedelta(days=1))
        return day

    def school_days_between(self, after: date, until: date) -> int:
        """Count the open days later than `after` and not later than `until`."""
        return bisect_right(self.open_days, until) - bisect_right(self.open_days, after)

    def lawful_moment(self, on: date, not_before: datetime) -> datetime:
        """Return the first moment on or after a day when a family may be contacted, in UTC.

        The opening hour of that day if it lies ahead; else now, when inside the hours of an open
        day; else the opening hour of the next open day. Past the known calendar: the same hour on
        the next weekday.
        """
        local_now = self.local(not_before)
        day = max(on, local_now.date())
        if day == local_now.date():
            if self.is_open(day) and self.sends_from <= local_now.time() < self.sends_until:
                return not_before.astimezone(UTC)
            if local_now.time() > self.sends_from:
                day += timedelta(days=1)
        return self._opening(self.school_days_after(day, 0) or _weekday(day))

    def _opening(self, day: date) -> datetime:
        return datetime.combine(day, self.sends_from, ZoneInfo(self.zone)).astimezone(UTC)


def _weekday(day: date) -> date:
    while day.weekday() > 4:  # noqa: PLR2004  Monday is 0, Friday is 4
        day += timedelta(days=1)
    return day

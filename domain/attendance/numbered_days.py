"""A school's calendar day by day: open or not, and which school day and school week it is."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final, NamedTuple

from domain.attendance.school_days import MonthDay, SchoolDays

_DAY: Final = timedelta(days=1)


class NumberedDay(NamedTuple):
    """One day. The numbers count from the first day of the school year; a closed day has none.

    A school week is a week, from Monday, with at least one open day.
    """

    on: date
    morning: bool
    afternoon: bool
    school_day: int | None
    school_week: int | None

    @property
    def is_open(self) -> bool:
        """Whether the school was open for any part of the day."""
        return self.morning or self.afternoon


def numbered(
    calendar: SchoolDays, first: date, last: date, year: MonthDay
) -> Iterator[NumberedDay]:
    """Yield the days from the first to the last, numbered within their school years."""
    begins = calendar.year_begins(first, year)
    days, weeks, week_of = 0, 0, None
    on = begins
    while on <= last:
        if (begun := calendar.year_begins(on, year)) != begins:
            begins, days, weeks, week_of = begun, 0, 0, None
        is_open = calendar.is_open(on)
        if is_open:
            days += 1
            monday = on - on.weekday() * _DAY
            weeks += monday != week_of
            week_of = monday
        if on >= first:
            yield NumberedDay(
                on,
                is_open and calendar.is_open_half(on, "AM"),
                is_open and calendar.is_open_half(on, "PM"),
                days if is_open else None,
                weeks if is_open else None,
            )
        on += _DAY

"""When the marks of a day have settled, and on which evenings the rules must look to see that.

Marks settle while school is open: so many school days later. After the last day of a school year
there are no more, so weekdays take their place until the next one. Where the new year begins
before the last marks can settle, the last look of the old year takes them as they are: what they
lead to waits for a person, and a correction takes it back. They would else never be looked at.

What is counted in a term or half-term settles likewise after its last day: when school opens again,
the window is the next one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from domain.attendance.school_days import MonthDay, SchoolDays, Term

_WEEK: Final = 7
_SATURDAY: Final = 5
_LONGEST_YEAR: Final = 430  # days: a school year that began early


class Closing(NamedTuple):
    """The end of a school year, in day numbers: the weekdays after its last open day."""

    begins: int
    ends: int
    weekdays: tuple[int, ...]
    last_look: int


def year_starts(calendar: SchoolDays, year: MonthDay, first: int, last: int) -> list[int]:
    """Return the first days of the school years around some days; one of them lies after them."""
    years = range(date.fromordinal(first).year - 1, date.fromordinal(last).year + 2)
    return sorted(calendar.year_of(one, year).toordinal() for one in years)


def stretch_starts(stretches: Sequence[Term], years: Sequence[int]) -> list[int]:
    """Return the first days of terms or half-terms, and of the year that begins after them."""
    begins = sorted({one.begins_on.toordinal() for one in stretches})
    after = [year for year in years if begins and year > begins[-1]]
    return [*begins, *after]


def closings(calendar: SchoolDays, begins: list[int], first: int, last: int) -> Iterator[Closing]:
    """Yield how each year, term or half-term that some days lie in comes to its end.

    `begins` are the first days of all of them; the one before the first day is told, too.
    """
    if not begins:
        return
    begins = begins[max(bisect_right(begins, first) - 2, 0) :]
    following = [*begins[1:], begins[-1] + _LONGEST_YEAR]
    taught = calendar.open_ordinals(begins[0], next(one for one in following if one > last) - 1)
    for begin, end in zip(begins, following, strict=True):
        place = bisect_left(taught, end)
        if begin > last or not place or taught[place - 1] < begin:
            continue
        closes = taught[place - 1]
        until = taught[place] if place < len(taught) else max(end, last + 1)
        weekdays = tuple(d for d in range(closes + 1, until) if (d - 1) % _WEEK < _SATURDAY)
        last_look = max([closes, *(day for day in weekdays if day < end)])
        yield Closing(begin, end - 1, weekdays, last_look)


def look_days(
    calendar: SchoolDays,
    year: MonthDay,
    settle_days: int,
    first: date,
    last: date,
    *others: tuple[Sequence[Term], int],
) -> list[date]:
    """Return the days on whose evening rules look that let marks settle for so many days.

    Every open day; and after the last one of a year, weekdays until its marks have settled. So
    after the last one of `others`: terms or half-terms, each kind with its own number of days.
    """
    begin, end = first.toordinal(), last.toordinal()
    years = year_starts(calendar, year, begin - _LONGEST_YEAR, end)
    asked = [(years, settle_days)]
    asked += [(stretch_starts(stretches, years), days) for stretches, days in others]
    after = {
        day
        for begins, days in asked
        for closing in closings(calendar, begins, begin, end)
        for day in closing.weekdays[:days]
        if begin <= day <= min(closing.ends, end)
    }
    found = after.union(calendar.open_ordinals(begin, end))
    return [date.fromordinal(day) for day in sorted(found)]

"""Windows as first and last days, for many days of asking at once; day numbers are ordinals."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from domain.attendance.school_days import MonthDay, SchoolDays, Term
from domain.attendance.settling import Closing, closings, stretch_starts, year_starts
from domain.attendance.triggers import Window, WindowType

Days = npt.NDArray[np.int32]
"""Proleptic ordinals, as `date.toordinal` counts them: day 1 was a Monday."""

_WEEK: Final = 7
_LONGEST_LOOK_BACK: Final = 430  # days: a school year that began early, and its summer
_HOLIDAYS: Final = 140  # days that a window of school days or weeks may have to jump over
_DECEMBER: Final = 12
_STRETCHES: Final = frozenset({WindowType.TERM, WindowType.HALF_TERM})
_LONG_AGO: Final = 2  # the day where nothing was ever open


class Span(NamedTuple):
    """The first and the last day of a window for each day of asking. first > last: empty."""

    first: Days
    last: Days


class Timetable:
    """The open days, weeks, terms and years of one school, as far as some days look back."""

    def __init__(self, calendar: SchoolDays, year: MonthDay, on: Days, back: int = 0) -> None:
        self.on = on
        self._earliest = int(on[0]) - max(back, _LONGEST_LOOK_BACK)
        last = int(on[-1])
        self.open: Days = np.array(calendar.open_ordinals(self._earliest, last), np.int32)
        self._weeks = np.unique((self.open - 1) // _WEEK)
        self._years = year_starts(calendar, year, self._earliest, last)
        self._begins: Days = np.array(self._years, np.int32)
        self._calendar = calendar
        self._known: dict[WindowType, tuple[list[Closing], Days]] = {}

    def span(self, window: Window, settle_days: int = 0) -> Span:
        """Return the window of each day of asking.

        Rolling windows end with the last day whose marks have settled, and go back from there: a
        window that went back from the day of asking would lose days before they were looked at.
        """
        last = self.settled(settle_days, window.type)
        match window.type:
            case WindowType.SCHOOL_YEAR | WindowType.ENROLMENT_TO_DATE:
                first = self.year_begins()
            case WindowType.TERM | WindowType.HALF_TERM:
                return self._stretch(window, last)
            case WindowType.DATE_WINDOW:
                dates = self.dates(window)
                return Span(dates.first, np.minimum(dates.last, last))
            case _:
                first = self._rolling(window, last)
                if window.stays_in_its_year:
                    first = np.maximum(first, self.year_begins())
        return Span(first, last)

    def settled(self, settle_days: int, window: WindowType = WindowType.SCHOOL_YEAR) -> Days:
        """Return the last day whose marks are at least so many school days old.

        After a school year weekdays count; its last look takes what is there. So they do after a
        term or half-term where the window is one. See `settling`.
        """
        if settle_days == 0:
            return self.on
        endings, settling = self._settling(window)
        place = np.searchsorted(settling, self.on, "right") - settle_days
        last = self._at(settling, place) - 1
        for ending in endings:
            over = (ending.last_look <= self.on) & (self.on <= ending.ends)
            last = np.where(over, self.on, last).astype(np.int32)
        return last

    def _settling(self, window: WindowType) -> tuple[list[Closing], Days]:
        """How what a window lies in ends, and the days with which its marks grow older.

        Open days, and weekdays after each ending.
        """
        kind = window if window in _STRETCHES else WindowType.SCHOOL_YEAR
        if kind not in self._known:
            begins = self._years
            if kind is not WindowType.SCHOOL_YEAR:
                begins = stretch_starts(self._found(kind), self._years)
            ends = [*closings(self._calendar, begins, int(self.on[0]), int(self.on[-1]))]
            after = np.array([day for one in ends for day in one.weekdays], np.int32)
            self._known[kind] = ends, np.union1d(self.open, after).astype(np.int32)
        return self._known[kind]

    def _found(self, kind: WindowType) -> Sequence[Term]:
        halves = kind is WindowType.HALF_TERM
        return self._calendar.half_terms if halves else self._calendar.stretches

    def year_begins(self) -> Days:
        """Return the first day of the school year that each day lies in."""
        return self._begins[np.searchsorted(self._begins, self.on, "right") - 1]

    def school_days_since(self, days: Days) -> Days:
        """Count the open days after each of some days, up to each day of asking (a row each)."""
        until = np.searchsorted(self.open, self.on, "right")
        since = np.searchsorted(self.open, days, "right")
        return (until[:, None] - since[None, :]).astype(np.int32)

    def dates(self, window: Window) -> Span:
        """Return the two dates of a window that names them; days of a year are of this year."""
        if isinstance(window.begins, date) and isinstance(window.ends, date):
            first, last = window.begins.toordinal(), window.ends.toordinal()
            return Span(np.full_like(self.on, first), np.full_like(self.on, last))
        ends = [self._of_year(int(begin), window) for begin in self.year_begins()]
        return Span(*np.array(ends, np.int32).reshape(-1, 2).T)

    def _of_year(self, begin: int, window: Window) -> tuple[int, int]:
        """Return days such as 09-01 to 01-31 within the school year that begins on a day."""
        first = _next(str(window.begins), date.fromordinal(begin))
        return first.toordinal(), _next(str(window.ends), first).toordinal()

    def _rolling(self, window: Window, last: Days) -> Days:
        n = window.n or 1
        match window.type:
            case WindowType.ROLLING_SCHOOL_WEEKS:
                # A week counts from its first open day on, not from a Monday that was closed.
                newest = self._at(self.open, np.searchsorted(self.open, last, "right") - 1)
                place = np.searchsorted(self._weeks, (newest - 1) // _WEEK, "right") - n
                weeks = self._weeks * _WEEK + 1
                return self._at(weeks, place)
            case WindowType.ROLLING_SCHOOL_DAYS:
                return self._at(self.open, np.searchsorted(self.open, last, "right") - n)
            case WindowType.ROLLING_MONTHS:
                begins = [months_before(int(day), n) + 1 for day in last]
                return np.array(begins, np.int32)
            case _:
                return last - n + 1

    def _at(self, days: Days, place: npt.NDArray[np.intp]) -> Days:
        """Return the day at each place; the first one where there are not so many."""
        known = np.concatenate([days, [_LONG_AGO]]).astype(np.int32)
        return known[np.clip(place, 0, len(days))]

    def _stretch(self, window: Window, last: Days) -> Span:
        found = self._found(window.type)
        begins = np.array([one.begins_on.toordinal() for one in found], np.int32)
        ends = np.array([one.ends_on.toordinal() for one in found], np.int32)
        place = np.searchsorted(begins, self.on, "right") - 1 - (window.which == "PREVIOUS")
        if not len(found):
            return Span(last + 1, last)
        there, place = place >= 0, np.maximum(place, 0)
        first = np.where(there, begins[place], last + 1).astype(np.int32)
        return Span(first, np.where(there, np.minimum(ends[place], last), last).astype(np.int32))


@cache
def months_before(day: int, months: int) -> int:
    """Return the same day of an earlier month, or that month's last day where it is shorter."""
    on = date.fromordinal(day)
    year, month = divmod(on.year * _DECEMBER + on.month - 1 - months, _DECEMBER)
    after = date(year + (month == _DECEMBER - 1), (month + 1) % _DECEMBER + 1, 1)
    return min(date(year, month + 1, 1).toordinal() + on.day - 1, after.toordinal() - 1)


def look_back(window: Window) -> int:
    """Return how many days before the day of asking a window may begin, its year apart."""
    n = window.n or 0
    match window.type:
        case WindowType.ROLLING_SCHOOL_WEEKS:
            return n * _WEEK + _HOLIDAYS
        case WindowType.ROLLING_SCHOOL_DAYS:
            return n * _WEEK // 5 + _HOLIDAYS
        case WindowType.ROLLING_MONTHS:
            return n * 31
        case WindowType.TERM | WindowType.HALF_TERM if window.which == "PREVIOUS":
            return 2 * _HOLIDAYS
        case _:
            return n


def _next(month_day: str, after: date) -> date:
    day = MonthDay(*map(int, month_day.split("-")))
    found = day.in_year(after.year)
    return found if found >= after else day.in_year(after.year + 1)

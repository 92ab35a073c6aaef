"""One pupil's school day in a line: both halves, and what they add up to (AttendanceDailySummary).

It is a view of the register, worked out from its lines each time: a correction of an old day
changes every later day of the year, and nothing that was stored could then be left behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

import numpy as np

from domain.attendance.codes import MarkStatus
from domain.attendance.conditions import Threshold
from domain.attendance.metrics import Counting, Denominator
from domain.attendance.register_line import LETTER, Entry, Session
from domain.attendance.roll import Roll
from domain.attendance.school_days import MonthDay, SchoolDays
from domain.attendance.sheet import Sheet
from domain.attendance.tally import SchoolFacts, Tallies
from domain.attendance.triggers import Metric, Window, WindowType
from domain.attendance.windows import Days, Timetable

ROLLING_SCHOOL_DAYS: Final = 20
"""How many school days the rolling percentage looks at, the day itself among them."""

LOOK_BACK_DAYS: Final = 430
"""How many days before a day its summary may look: a school year that began early."""


class HalfDay(StrEnum):
    """What a half-day was. The first five are those of AttendanceDailySummary.

    ABSENT: away, and either nobody has said why, or the law of the place knows no leave. The others
    exist because a day is not only absent or present.
    """

    PRESENT = "PRESENT"
    ABSENT = "ABSENT"
    LATE = "LATE"
    AUTHORISED_ABSENT = "AUTHORISED_ABSENT"
    UNAUTHORISED_ABSENT = "UNAUTHORISED_ABSENT"
    OFFSITE = "OFFSITE"
    NOT_COUNTED = "NOT_COUNTED"
    NOT_OPEN = "NOT_OPEN"
    MISSING = "MISSING"
    UNKNOWN_CODE = "UNKNOWN_CODE"


_MEANS: Final = {
    MarkStatus.PRESENT: HalfDay.PRESENT,
    MarkStatus.PRESENT_LATE: HalfDay.LATE,
    MarkStatus.PRESENT_OFFSITE: HalfDay.OFFSITE,
    MarkStatus.ABSENT_AUTHORISED: HalfDay.AUTHORISED_ABSENT,
    MarkStatus.ABSENT_UNAUTHORISED: HalfDay.UNAUTHORISED_ABSENT,
    MarkStatus.ABSENT_UNEXPLAINED: HalfDay.ABSENT,
    MarkStatus.NOT_COUNTED: HalfDay.NOT_COUNTED,
    MarkStatus.NOT_OPEN: HalfDay.NOT_OPEN,
    MarkStatus.MISSING: HalfDay.MISSING,
    MarkStatus.UNKNOWN_CODE: HalfDay.UNKNOWN_CODE,
}
BY_LETTER: Final = {letter: status for status, letter in LETTER.items()}
_LEAVE: Final = frozenset({HalfDay.AUTHORISED_ABSENT, HalfDay.UNAUTHORISED_ABSENT})
_UNEXPLAINED: Final = LETTER[MarkStatus.ABSENT_UNEXPLAINED]
_WITHOUT_REASON: Final = frozenset({HalfDay.PRESENT, HalfDay.MISSING})
_YEAR: Final = Window()
_LAST_DAYS: Final = Window(type=WindowType.ROLLING_SCHOOL_DAYS, n=ROLLING_SCHOOL_DAYS)


class Half(NamedTuple):
    """One half of a day, with the code where it says more than that the pupil was there."""

    status: HalfDay
    reason_code: str | None
    unexplained: bool


class DaySummary(NamedTuple):
    """One pupil's day. Absences are in half-days; `possible` and `absent` are of the last days."""

    pupil: int
    on: date
    morning: Half
    afternoon: Half
    absent: int
    possible: int
    estimated: bool
    run_of_days: int
    absent_this_year: int

    @property
    def tenths_of_a_percent(self) -> int | None:
        """The rolling attendance for display, rounded half up. No possible half-day: none."""
        if self.possible <= 0:
            return None
        return (2000 * (self.possible - self.absent) + self.possible) // (2 * self.possible)


@dataclass(frozen=True, slots=True)
class Place:
    """How days are read at one school."""

    calendar: SchoolDays
    denominator: Denominator
    school_year: MonthDay
    splits_absence: bool

    def half(self, entry: Entry, on: date, session: Session, calendar: SchoolDays) -> Half:
        """Return what one half of a day was, where the pupil was expected by a calendar."""
        code, letter = entry
        status = _MEANS[BY_LETTER[letter]]
        if status is HalfDay.MISSING and not calendar.is_open_half(on, session):
            status = HalfDay.NOT_OPEN
        if status is HalfDay.MISSING and self.denominator is Denominator.DECLARED_DAYS:
            status = HalfDay.PRESENT  # only exceptions are marked
        if status in _LEAVE and not self.splits_absence:
            status = HalfDay.ABSENT
        reason = None if status in _WITHOUT_REASON else code or None
        return Half(status, reason, letter == _UNEXPLAINED)


def day_summaries(sheet: Sheet, place: Place, days: Sequence[date]) -> Iterator[DaySummary]:
    """Yield each pupil's school days among some days, oldest first, while the pupil was on roll.

    The sheet must reach back to the beginning of the school year, and of the rolling window.
    """
    wanted = [day for day in days if place.calendar.is_open(day)]
    if not wanted:
        return
    on = np.array([day.toordinal() for day in wanted], np.int32)
    counts = _Counts(sheet, place, on)
    there = sheet.on_roll(on)
    halves = _Halves(sheet, place)
    for row, day in enumerate(wanted):
        for pupil in np.flatnonzero(there[row]).tolist():
            yield counts.of(row, pupil, day, halves.of(pupil, day))


class _Counts:
    """What each day adds up to, for every pupil at once."""

    def __init__(self, sheet: Sheet, place: Place, on: Days) -> None:
        timetable = Timetable(place.calendar, place.school_year, on)
        facts = SchoolFacts(place.calendar, place.denominator)
        tallies = Tallies(sheet, facts, int(on[-1]))
        year = timetable.span(_YEAR)
        self._rolling = tallies.of(_counted(Metric.ABSENT_DAYS), timetable.span(_LAST_DAYS))
        self._absent = tallies.of(_counted(Metric.ABSENT_DAYS), year).counted
        self._run = tallies.of(_counted(Metric.CONSECUTIVE_DAYS), year).counted

    def of(self, row: int, pupil: int, day: date, halves: tuple[Half, Half]) -> DaySummary:
        """Return the summary of one pupil's day."""
        guess = self._rolling.estimated
        return DaySummary(
            pupil=pupil,
            on=day,
            morning=halves[0],
            afternoon=halves[1],
            absent=int(self._rolling.counted[row, pupil]),
            possible=int(self._rolling.possible[row, pupil]),
            estimated=guess is not None and bool(guess[row, pupil]),
            run_of_days=int(self._run[row, pupil]) // 2,
            absent_this_year=int(self._absent[row, pupil]),
        )


class _Halves:
    """The two marks of a day as they stand on a sheet."""

    def __init__(self, sheet: Sheet, place: Place) -> None:
        self._sheet = sheet
        self._place = place
        self._column = {int(day): 2 * number for number, day in enumerate(sheet.days)}

    def of(self, pupil: int, day: date) -> tuple[Half, Half]:
        """Return the morning and the afternoon of one pupil."""
        place, sheet = self._place, self._sheet
        roll = sheet.pupils
        group = roll.year_groups[pupil] if isinstance(roll, Roll) else None
        calendar = place.calendar.for_group(group)
        column = self._column.get(day.toordinal())
        numbers = (0, 0) if column is None else sheet.cells[pupil, column : column + 2].tolist()
        morning, afternoon = (sheet.legend[number] for number in numbers)
        return (
            place.half(morning, day, Session.AM, calendar),
            place.half(afternoon, day, Session.PM, calendar),
        )


def _counted(metric: Metric) -> Threshold:
    asked = Threshold(metric, Counting(), (0, 1), exclusive=False, window=_YEAR, min_possible=0)
    return replace(asked, going_on=True)


class Unexplained(NamedTuple):
    """A day of one pupil that nobody has explained: which halves, and the code that says so."""

    pupil: int
    on: date
    morning: bool
    afternoon: bool
    code: str


def unexplained(sheet: Sheet) -> Iterator[Unexplained]:
    """Yield each pupil's unexplained days on the roll, oldest first."""
    marked = sheet.status(MarkStatus.ABSENT_UNEXPLAINED)[sheet.cells]
    days = (marked[:, 0::2] | marked[:, 1::2]).T & sheet.on_roll(sheet.days)
    for row, pupil in zip(*(part.tolist() for part in np.nonzero(days)), strict=True):
        morning, afternoon = marked[pupil, 2 * row : 2 * row + 2].tolist()
        number = sheet.cells[pupil, 2 * row + (not morning)]
        on = date.fromordinal(int(sheet.days[row]))
        yield Unexplained(pupil, on, morning, afternoon, sheet.legend[number][0])

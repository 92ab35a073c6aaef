"""One pupil's line in the register: two marks a day, as in a paper roll book."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from domain.attendance.codes import ABSENT, ATTENDING, DayCounting, MarkStatus, Reasons, normalised
from domain.attendance.school_days import SchoolDays
from domain.shared.ids import SchoolId, StudentId


class Session(StrEnum):
    """The part of the day that a mark is about."""

    AM = "AM"
    PM = "PM"
    DAY = "DAY"


class Mark(NamedTuple):
    """One mark of one pupil."""

    on: date
    session: Session
    code: str
    status: MarkStatus


class Pupil(NamedTuple):
    """Whose line it is, and between which days the pupil is on the school's roll."""

    student: StudentId
    school: SchoolId
    source_id: str
    enrolled_on: date | None = None
    left_on: date | None = None


LETTER: Final = {
    MarkStatus.PRESENT: "/",
    MarkStatus.PRESENT_LATE: "L",
    MarkStatus.PRESENT_OFFSITE: "V",
    MarkStatus.ABSENT_AUTHORISED: "A",
    MarkStatus.ABSENT_UNAUTHORISED: "O",
    MarkStatus.ABSENT_UNEXPLAINED: "N",
    MarkStatus.NOT_COUNTED: "X",
    MarkStatus.NOT_OPEN: "#",
    MarkStatus.MISSING: "-",
    MarkStatus.UNKNOWN_CODE: "?",
}
_Entry = tuple[str, str]  # code and letter
_TWICE: Final = {status.value: 2 * letter for status, letter in LETTER.items()}
_NO_MARKS: Final = 2 * (("", LETTER[MarkStatus.MISSING]),)
_CLOSED: Final = LETTER[MarkStatus.NOT_OPEN]
_NOT_COUNTED: Final = LETTER[MarkStatus.NOT_COUNTED]
_ABSENT: Final = {
    reasons: "".join(sorted(LETTER[status] for status in statuses))
    for reasons, statuses in ABSENT.items()
}
_ATTENDING: Final = "".join(sorted(LETTER[status] for status in ATTENDING))
_POSSIBLE: Final = _ATTENDING + _ABSENT[Reasons.ANY]
_UNDECIDED: Final = frozenset("-?#X")


class Counted(NamedTuple):
    """Half-days of one line in one window. Whole numbers: no float ever meets a threshold."""

    absent: int
    marked: int
    not_counted: int


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """The marks of one pupil at one school, oldest first.

    `marks` and `codes` hold two entries for each day: morning, afternoon. Where the roll is called
    once a day both entries are the same, so that half-days are the unit of every count.
    """

    student: StudentId
    school: SchoolId
    source_id: str
    days: tuple[date, ...]
    marks: str
    codes: tuple[str, ...]
    enrolled_on: date | None = None
    left_on: date | None = None

    def count(
        self,
        first: date,
        last: date,
        reasons: Reasons,
        only: frozenset[str] = frozenset(),
        never: frozenset[str] = frozenset(),
    ) -> Counted:
        """Count the half-days of a window, both ends included.

        `only` and `never` are codes that alone count as absence, or never do.
        """
        begin, end = 2 * bisect_left(self.days, first), 2 * bisect_right(self.days, last)
        part = self.marks[begin:end]
        wanted = _ABSENT[reasons]
        if only or never:
            absent = sum(
                mark in wanted and (not only or code in only) and code not in never
                for mark, code in zip(part, self.codes[begin:end], strict=True)
            )
        else:
            absent = sum(map(part.count, wanted))
        return Counted(absent, sum(map(part.count, _POSSIBLE)), part.count(_NOT_COUNTED))

    @property
    def has_absence(self) -> bool:
        """Whether any mark says absent."""
        return any(letter in self.marks for letter in _ABSENT[Reasons.ANY])

    @property
    def has_presence(self) -> bool:
        """Whether any mark says attending."""
        return any(letter in self.marks for letter in _ATTENDING)

    def on_roll(self, on: date) -> bool:
        """Say whether the pupil was on the school's roll on a day."""
        joined = self.enrolled_on is None or self.enrolled_on <= on
        return joined and (self.left_on is None or on <= self.left_on)

    def clip(self, first: date, last: date) -> tuple[date, date]:
        """Return the part of a window in which the pupil was on the roll (empty: first > last)."""
        return max(first, self.enrolled_on or first), min(last, self.left_on or last)


def register_line(
    pupil: Pupil, marks: Iterable[Mark], counting: DayCounting, calendar: SchoolDays
) -> RegisterLine:
    """Write a pupil's marks as a line. A mark on a closed day stays visible as closed.

    A mark for the whole day stands for both halves; a mark for one half is the nearer word on it.
    """
    by_day: dict[date, tuple[_Entry, _Entry]] = {}
    halves = []
    for mark in marks:
        if mark.session is Session.DAY:
            entry = _entry(mark.code, mark.status)
            by_day[mark.on] = entry, entry
        else:
            halves.append(mark)
    for mark in halves:
        entry = _entry(mark.code, mark.status)
        morning, afternoon = by_day.get(mark.on, _NO_MARKS)
        is_morning = mark.session is Session.AM
        by_day[mark.on] = (entry, afternoon) if is_morning else (morning, entry)
    days = tuple(sorted(by_day))
    entries = [entry for day in days for entry in _halves(by_day[day], day, counting, calendar)]
    return RegisterLine(
        **pupil._asdict(),
        days=days,
        marks="".join(letter for _, letter in entries),
        codes=tuple(code for code, _ in entries),
    )


def whole_day_line(
    pupil: Pupil,
    days: Sequence[date],
    codes: Sequence[str],
    statuses: Sequence[str],
    calendar: SchoolDays,
) -> RegisterLine | None:
    """Do what `register_line` does, many times faster, for one mark a day, oldest first.

    None where a mark lies on a closed day or a day has a closed half: the general way is for that.
    """
    if calendar.closed_halves or not all(map(calendar.is_open, days)):
        return None
    twice = [""] * (2 * len(codes))
    twice[::2] = twice[1::2] = list(map(_normalised, codes))
    return RegisterLine(
        **pupil._asdict(),
        days=tuple(days),
        marks="".join(map(_TWICE.__getitem__, statuses)),
        codes=tuple(twice),
    )


_normalised: Final = cache(normalised)


@cache
def _entry(code: str, status: MarkStatus) -> _Entry:
    return normalised(code), LETTER[status]


def _halves(
    halves: tuple[_Entry, _Entry], day: date, counting: DayCounting, calendar: SchoolDays
) -> tuple[_Entry, _Entry]:
    morning, afternoon = halves
    if not calendar.is_open(day):
        return (morning[0], _CLOSED), (afternoon[0], _CLOSED)
    if counting is DayCounting.HALF_DAYS:
        if not calendar.is_open_half(day, Session.AM):
            morning = morning[0], _CLOSED
        if not calendar.is_open_half(day, Session.PM):
            afternoon = afternoon[0], _CLOSED
        return morning, afternoon
    called = afternoon if morning[1] in _UNDECIDED else morning
    return called, called

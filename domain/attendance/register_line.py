"""One pupil's line in the register: two marks a day, as in a paper roll book."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
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
_NO_MARK: Final = ("", LETTER[MarkStatus.MISSING])
_CLOSED: Final = LETTER[MarkStatus.NOT_OPEN]
_NOT_COUNTED: Final = LETTER[MarkStatus.NOT_COUNTED]
_ABSENT: Final = {
    reasons: "".join(sorted(LETTER[status] for status in statuses))
    for reasons, statuses in ABSENT.items()
}
_POSSIBLE: Final = "".join(sorted(LETTER[status] for status in ATTENDING)) + _ABSENT[Reasons.ANY]
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

    def on_roll(self, on: date) -> bool:
        """Say whether the pupil was on the school's roll on a day."""
        joined = self.enrolled_on is None or self.enrolled_on <= on
        return joined and (self.left_on is None or on <= self.left_on)

    def clip(self, first: date, last: date) -> tuple[date, date]:
        """Return the part of a window in which the pupil was on the roll (empty: first > last)."""
        return max(first, self.enrolled_on or first), min(last, self.left_on or last)


def register_line(
    student: StudentId,
    school: SchoolId,
    source_id: str,
    marks: Iterable[Mark],
    *,
    counting: DayCounting,
    calendar: SchoolDays,
    enrolled_on: date | None = None,
    left_on: date | None = None,
) -> RegisterLine:
    """Write a pupil's marks as a line. A mark on a closed day stays visible as closed.

    A mark for the whole day stands for both halves; a mark for one half is the nearer word on it.
    """
    by_day: dict[date, list[tuple[str, str]]] = {}
    for mark in sorted(marks, key=_whole_day_first):
        halves = by_day.setdefault(mark.on, [_NO_MARK, _NO_MARK])
        entry = (normalised(mark.code), LETTER[mark.status])
        if mark.session is not Session.PM:
            halves[0] = entry
        if mark.session is not Session.AM:
            halves[1] = entry
    days = tuple(sorted(by_day))
    entries = [entry for day in days for entry in _halves(by_day[day], day, counting, calendar)]
    return RegisterLine(
        student=student,
        school=school,
        source_id=source_id,
        days=days,
        marks="".join(letter for _, letter in entries),
        codes=tuple(code for code, _ in entries),
        enrolled_on=enrolled_on,
        left_on=left_on,
    )


def _whole_day_first(mark: Mark) -> tuple[date, bool]:
    return mark.on, mark.session is not Session.DAY


def _halves(
    halves: list[tuple[str, str]], day: date, counting: DayCounting, calendar: SchoolDays
) -> list[tuple[str, str]]:
    if not calendar.is_open(day):
        return [(code, _CLOSED) for code, _ in halves]
    if counting is DayCounting.HALF_DAYS:
        return halves
    morning, afternoon = halves
    return 2 * [afternoon if morning[1] in _UNDECIDED else morning]

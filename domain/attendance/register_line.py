"""One pupil's line in the register: two marks a day, as in a paper roll book."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple

from domain.attendance.codes import DayCounting, MarkStatus, normalised
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
    minutes_late: int | None = None


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
Entry = tuple[str, str]
"""What stands in one half of a day: the code as written, and the letter of its status."""

NOTHING: Final[Entry] = ("", LETTER[MarkStatus.MISSING])
ASSUMED: Final[Entry] = ("(no mark)", LETTER[MarkStatus.PRESENT])
"""What stands where only exceptions are marked and nobody marked one: the pupil was there."""
_TWICE: Final = {status.value: 2 * letter for status, letter in LETTER.items()}
_NO_MARKS: Final = (NOTHING, NOTHING)
CLOSED: Final = LETTER[MarkStatus.NOT_OPEN]
UNDECIDED: Final = frozenset("-?#X")
"""Letters that leave the other half of a day to say where the roll is called once a day."""


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """The marks of one pupil at one school, oldest first.

    `marks` and `codes` hold two entries for each day: morning, afternoon. Where the roll is called
    once a day both entries are the same, so that half-days are the unit of every count. `late`
    holds the minutes that came with marks, late or away, by place in `marks`.
    """

    student: StudentId
    school: SchoolId
    source_id: str
    days: tuple[date, ...]
    marks: str
    codes: tuple[str, ...]
    enrolled_on: date | None = None
    left_on: date | None = None
    late: tuple[tuple[int, int], ...] = ()

    def on_roll(self, on: date) -> bool:
        """Say whether the pupil was on the school's roll on a day."""
        joined = self.enrolled_on is None or self.enrolled_on <= on
        return joined and (self.left_on is None or on <= self.left_on)


def register_line(
    pupil: Pupil, marks: Iterable[Mark], counting: DayCounting, calendar: SchoolDays
) -> RegisterLine:
    """Write a pupil's marks as a line. A mark on a closed day stays visible as closed.

    A mark for the whole day stands for both halves; a mark for one half is the nearer word on it.
    """
    by_day: dict[date, tuple[Entry, Entry]] = {}
    said, halves = list(marks), []
    for mark in said:
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
        late=_late(days, said),
    )


def _late(days: Sequence[date], marks: Iterable[Mark]) -> tuple[tuple[int, int], ...]:
    place = {on: 2 * number for number, on in enumerate(days)}
    late = {
        place[one.on] + (one.session is Session.PM): one.minutes_late
        for one in sorted(marks, key=lambda one: one.session is not Session.DAY)
        if one.minutes_late is not None
    }
    return tuple(sorted(late.items()))


def whole_day_line(
    pupil: Pupil,
    days: Sequence[date],
    codes: Sequence[str],
    statuses: Sequence[str],
    calendar: SchoolDays,
    counting: DayCounting,
) -> RegisterLine | None:
    """Do what `register_line` does, many times faster, for one mark a day, oldest first.

    None where a mark lies on a closed day, or closed halves matter: the general way is for that.
    """
    halved = counting is DayCounting.HALF_DAYS and calendar.closed_halves
    if halved or not all(map(calendar.is_open, days)):
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
def _entry(code: str, status: MarkStatus) -> Entry:
    return normalised(code), LETTER[status]


def _halves(
    halves: tuple[Entry, Entry], day: date, counting: DayCounting, calendar: SchoolDays
) -> tuple[Entry, Entry]:
    morning, afternoon = halves
    if not calendar.is_open(day):
        return (morning[0], CLOSED), (afternoon[0], CLOSED)
    if counting is DayCounting.HALF_DAYS:
        if not calendar.is_open_half(day, Session.AM):
            morning = morning[0], CLOSED
        if not calendar.is_open_half(day, Session.PM):
            afternoon = afternoon[0], CLOSED
        return morning, afternoon
    called = afternoon if morning[1] in UNDECIDED else morning
    return called, called

"""Marks of a whole school written on one sheet at once, as `register_line` writes one pupil's.

Marks come in bundles: everybody for whom the same was marked on the same half of the same day. A
school day is a few dozen bundles, however many pupils there are.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from domain.attendance.codes import DayCounting, MarkStatus, normalised
from domain.attendance.register_line import CLOSED, LETTER, UNDECIDED, Session
from domain.attendance.roll import NOBODY, Roll
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet import EVER, Late, Legend, Sheet, ordinals
from domain.attendance.windows import Days
from domain.shared.ids import SchoolId, StudentId

_HALVES: Final = ((0, Session.AM), (1, Session.PM))
_BOTH: Final = slice(None)
Halves = npt.NDArray[np.uint8]
"""Numbers of a legend by half of the day (morning, afternoon), day and pupil."""
Seen = npt.NDArray[np.bool_]


class Bundle(NamedTuple):
    """One mark on one day, and the ids of all for whom it stands, sixteen bytes each."""

    on: int
    session: Session
    code: str
    status: MarkStatus
    students: bytes


class Delay(NamedTuple):
    """The minutes that came with one mark."""

    on: int
    session: Session
    student: bytes
    minutes: int


class Enrolment(NamedTuple):
    """What a school's roll says of one pupil."""

    student: StudentId
    source_id: str
    year_group: str | None
    enrolled_on: date | None
    left_on: date | None


class OnRoll(NamedTuple):
    """Whose marks they are, and the first and the last day of each on the roll."""

    roll: Roll
    joined: Days
    left: Days


class Reading(NamedTuple):
    """How marks of a school are read: what a day is there, and when it was open."""

    counting: DayCounting
    calendar: SchoolDays


def on_roll(school: SchoolId, pupils: Iterable[Enrolment]) -> OnRoll:
    """Return a school's roll in its order, with the days between which each pupil is on it."""
    known = sorted(pupils, key=lambda one: one.student)
    roll = Roll(
        school,
        b"".join(one.student.bytes for one in known),
        [one.source_id for one in known],
        [one.year_group for one in known],
    )
    joined = ordinals([one.enrolled_on for one in known], 0)
    return OnRoll(roll, joined, ordinals([one.left_on for one in known], EVER))


def written_up(
    pupils: OnRoll, marks: Sequence[Bundle], delays: Sequence[Delay], reading: Reading
) -> Sheet:
    """Write marks on a sheet. Marks of nobody on the roll are left out, and days without marks."""
    roll, legend = pupils.roll, Legend()
    days = sorted({one.on for one in marks})
    row = {on: number for number, on in enumerate(days)}
    halves = np.zeros((2, len(days), len(roll)), np.uint8)
    seen = np.zeros((len(days), len(roll)), np.bool_)
    # A mark for one half is the nearer word on it: it comes after the mark for the whole day.
    for one in sorted(marks, key=lambda one: one.session is not Session.DAY):
        places = roll.places(one.students)
        places = places[places != NOBODY]
        number = legend.number(normalised(one.code), LETTER[one.status])
        halves[_half(one.session), row[one.on], places] = number
        seen[row[one.on], places] = True
    _close(halves, seen, days, roll, legend, reading)
    marked = np.flatnonzero(seen.any(axis=1))
    cells = np.empty((len(roll), 2 * len(marked)), np.uint8)
    cells[:, 0::2], cells[:, 1::2] = halves[0, marked].T, halves[1, marked].T
    kept = np.array(days, np.int32)[marked]
    return Sheet(
        pupils=roll,
        days=kept,
        cells=cells,
        legend=tuple(legend.entries),
        joined=pupils.joined,
        left=pupils.left,
        late=_late(roll, kept, delays),
    )


def _half(session: Session) -> int | slice:
    return _BOTH if session is Session.DAY else int(session is Session.PM)


def _close(
    halves: Halves, seen: Seen, days: list[int], roll: Roll, legend: Legend, reading: Reading
) -> None:
    """Let marks on closed days, and in closed halves, say so; call a once-called roll once."""
    codes = [code for code, _ in legend.entries]
    closed = np.array([legend.number(code, CLOSED) for code in codes], np.uint8)
    undecided = np.array([letter in UNDECIDED for _, letter in legend.entries])
    for calendar, who in _groups(roll, reading.calendar):
        for row, on in enumerate(days):
            day = date.fromordinal(on)
            mine = seen[row] & who
            if not calendar.is_open(day):
                halves[:, row, mine] = closed[halves[:, row, mine]]
            elif reading.counting is DayCounting.HALF_DAYS:
                for half, session in _HALVES:
                    if not calendar.is_open_half(day, session):
                        halves[half, row, mine] = closed[halves[half, row, mine]]
            else:
                morning, afternoon = halves[:, row, mine]
                called = np.where(undecided[morning], afternoon, morning)
                halves[:, row, mine] = called


def _groups(roll: Roll, calendar: SchoolDays) -> list[tuple[SchoolDays, Seen]]:
    if not calendar.groups:
        return [(calendar, np.ones(len(roll), np.bool_))]
    of_group = {group: calendar.for_group(group) for group in set(roll.year_groups)}
    return [
        (one, np.array([group == name for name in roll.year_groups]))
        for group, one in of_group.items()
    ]


def _late(roll: Roll, days: Days, delays: Sequence[Delay]) -> Late:
    found: dict[tuple[int, int], int] = {}
    row = {int(on): number for number, on in enumerate(days)}
    for one in sorted(delays, key=lambda one: one.session is not Session.DAY):
        place = int(roll.places(one.student)[0])
        if place != NOBODY and one.on in row:
            found[place, 2 * row[one.on] + (one.session is Session.PM)] = one.minutes
    rows = [(*place, minutes) for place, minutes in sorted(found.items())]
    return Late(*np.array(rows, np.int32).reshape(-1, 3).T)

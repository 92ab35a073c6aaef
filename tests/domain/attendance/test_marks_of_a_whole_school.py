"""Marks of many pupils come in bundles: what stands on the sheet where one is out of place."""

from datetime import date
from uuid import UUID

import pytest

from domain.attendance.codes import DayCounting, MarkStatus
from domain.attendance.register_line import RegisterLine, Session
from domain.attendance.roll_book import Bundle, Delay, Enrolment, Reading, on_roll, written_up
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet_joining import lines_of
from domain.shared.ids import SchoolId, StudentId

SCHOOL = SchoolId(UUID(int=9))
PUPIL, STRANGER = (StudentId(UUID(int=number)) for number in (1, 2))
ON = date(2025, 9, 3)
DAY = ON.toordinal()
OPEN = SchoolDays()
NO_AFTERNOON = SchoolDays(closed_halves=frozenset({(ON, "PM")}))


def line(
    *delays: Delay, calendar: SchoolDays = OPEN, counting: DayCounting = DayCounting.HALF_DAYS
) -> RegisterLine:
    roll = on_roll(SCHOOL, [Enrolment(PUPIL, "001", None, None, None)])
    late = [Bundle(DAY, Session.DAY, "L", MarkStatus.PRESENT_LATE, PUPIL.bytes)]
    (found,) = lines_of(written_up(roll, late, delays, Reading(counting, calendar)))
    return found


def test_a_closed_afternoon_leaves_the_morning_as_it_was_marked() -> None:
    assert line(calendar=NO_AFTERNOON).marks == "L#"
    assert line().marks == "LL"


@pytest.mark.parametrize(
    ("student", "on", "known"), [(PUPIL, DAY, 1), (STRANGER, DAY, 0), (PUPIL, DAY + 1, 0)]
)
def test_minutes_count_only_with_a_mark_of_somebody_on_the_roll(
    student: StudentId, on: int, known: int
) -> None:
    assert len(line(Delay(on, Session.AM, student.bytes, 12)).late) == known

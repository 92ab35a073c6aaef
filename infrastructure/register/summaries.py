"""AttendanceDailySummary out of the stored lines: of one student, or of a school on one day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.attendance.codes import code_table
from domain.attendance.day_summary import (
    LOOK_BACK_DAYS,
    ROLLING_SCHOOL_DAYS,
    DaySummary,
    Half,
    Place,
    day_summaries,
    unexplained,
)
from domain.attendance.roll import Roll
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet import Sheet
from domain.attendance.sheet_joining import between_days, only
from domain.shared.ids import SchoolId, StudentId, TenantId, derived_id
from infrastructure.register import reads
from infrastructure.register.pupil_years import school_year
from infrastructure.register.rows import SchoolRow
from infrastructure.register.stored_lines import sheets
from infrastructure.store.database import Connection

_DAY: Final = timedelta(days=1)
_TENTHS: Final = 10


@dataclass(frozen=True, slots=True)
class Known:
    """A school's register as known at a position, between two days and as far before as needed."""

    tenant: TenantId
    school: SchoolRow
    calendar: SchoolDays
    sheet: Sheet
    position: int

    @property
    def place(self) -> Place:
        """How days are read at the school."""
        return Place(
            calendar=self.calendar,
            denominator=self.school.denominator,
            school_year=school_year(self.school),
            splits_absence=code_table(self.school.code_table).splits_absence,
        )


def school_known(
    conn: Connection, tenant: TenantId, school: SchoolId, position: int
) -> SchoolRow | None:
    """Return a school as it was known, or None."""
    rows = reads.schools(conn, tenant, position)
    return next((row for row in rows if row.school == school), None)


def register_of(
    conn: Connection,
    tenant: TenantId,
    school: SchoolRow,
    span: tuple[date, date],
    position: int,
) -> Known:
    """Load a school's register for summaries between two days."""
    calendars = reads.calendars(conn, tenant, position, schools=[school.school])
    reach = (span[0] - LOOK_BACK_DAYS * _DAY, span[1])
    found = sheets(conn, tenant, [school], reach, position, calendars)
    calendar = calendars[school.school]
    return Known(tenant, school, calendar, found[school.school], position)


def of_students(
    known: Known, students: Sequence[StudentId], span: tuple[date, date], computed_at: datetime
) -> list[dict[str, Any]]:
    """Return the summaries of some students between two days, the days of each in order."""
    roll = known.sheet.pupils
    assert isinstance(roll, Roll)  # noqa: S101  stored sheets have one
    places = sorted(roll.known(students).tolist())
    sheet = only(known.sheet, places)
    days = [span[0] + n * _DAY for n in range((span[1] - span[0]).days + 1)]
    found = sorted(day_summaries(sheet, known.place, days), key=lambda one: (one.pupil, one.on))
    return [_as_json(known, sheet.pupils[one.pupil].student, one, computed_at) for one in found]


def unexplained_in(known: Known, span: tuple[date, date]) -> list[dict[str, Any]]:
    """Return the unexplained absences between two days, oldest first (001-023).

    `school_days_since` counts the school days that have come since, up to the last day asked about.
    """
    first, last = (day.toordinal() for day in span)
    return [
        {
            "student_id": known.sheet.pupils[one.pupil].student,
            "school_id": known.school.school,
            "date": one.on,
            "morning": one.morning,
            "afternoon": one.afternoon,
            "code": one.code,
            "school_days_since": known.calendar.open_days(one.on + _DAY, span[1]),
        }
        for one in unexplained(between_days(known.sheet, first, last))
    ]


def pupils_on(known: Known, day: date) -> list[StudentId]:
    """Return who was on the roll on a day, in the order of ids."""
    there = known.sheet.on_roll_of(day)
    return [known.sheet.pupils[place].student for place in there]


def summary_id(tenant: UUID, student: UUID, on: date) -> UUID:
    """Return the id of a summary: the same day of the same student has the same for ever."""
    return derived_id("attendance_daily_summary", tenant, student, on)


def _as_json(
    known: Known, student: StudentId, day: DaySummary, computed_at: datetime
) -> dict[str, Any]:
    tenths = day.tenths_of_a_percent
    return {
        "summary_id": summary_id(known.tenant, student, day.on),
        "student_id": student,
        "school_id": known.school.school,
        "date": day.on,
        "am_status": day.morning.status,
        "pm_status": day.afternoon.status,
        "am_reason_code": day.morning.reason_code,
        "pm_reason_code": day.afternoon.reason_code,
        "unexplained": _unexplained(day.morning, day.afternoon),
        "attendance_percent": None if tenths is None else tenths / _TENTHS,
        "attendance_window": {
            "school_days": ROLLING_SCHOOL_DAYS,
            "absent_sessions": day.absent,
            "possible_sessions": day.possible,
            "estimated": day.estimated,
        },
        "consecutive_absence_days": day.run_of_days,
        "total_absence_days_ytd": day.absent_this_year / 2,
        "computed_at_utc": computed_at,
        "known_at": known.position,
    }


def _unexplained(*halves: Half) -> bool:
    return any(half.unexplained for half in halves)

"""Shapes of what the register says."""

from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.bodies.shared import ID, OTHER_ID, PEOPLE, Next, People, example
from domain.attendance.day_summary import HalfDay

_SUMMARY: Final[dict[str, Any]] = {
    "summary_id": OTHER_ID,
    "student_id": ID,
    "school_id": OTHER_ID,
    "date": "2025-11-20",
    "am_status": "AUTHORISED_ABSENT",
    "pm_status": "PRESENT",
    "am_reason_code": "I",
    "pm_reason_code": None,
    "unexplained": False,
    "attendance_percent": 92.5,
    "attendance_window": {
        "school_days": 20,
        "absent_sessions": 3,
        "possible_sessions": 40,
        "estimated": False,
    },
    "consecutive_absence_days": 0,
    "total_absence_days_ytd": 4.5,
    "computed_at_utc": "2025-11-20T15:30:00Z",
    "known_at": 1042,
}


class AttendanceWindow(BaseModel):
    """What the rolling percentage was worked out from: the last so many school days."""

    model_config = ConfigDict(extra="forbid")

    school_days: int
    absent_sessions: int
    possible_sessions: int
    estimated: bool


class AttendanceDailySummary(BaseModel):
    """One student's school day, as known at a position. A null percentage: nothing was possible."""

    model_config = ConfigDict(extra="forbid")

    summary_id: UUID
    student_id: UUID
    school_id: UUID
    date: date
    am_status: HalfDay
    pm_status: HalfDay
    am_reason_code: str | None
    pm_reason_code: str | None
    unexplained: bool
    attendance_percent: Annotated[
        float | None, Field(description="Rounded half up to one decimal, for display only.")
    ]
    attendance_window: AttendanceWindow
    consecutive_absence_days: Annotated[
        int, Field(description="School days wholly absent in a row, this one among them.")
    ]
    total_absence_days_ytd: Annotated[
        float, Field(description="Days absent this school year; a half-day counts one half.")
    ]
    computed_at_utc: AwareDatetime
    known_at: int


class SummaryPage(BaseModel):
    """School days of one student, or students of one school on one day."""

    model_config = example({"items": [_SUMMARY], "people": PEOPLE, "next": None})

    items: list[AttendanceDailySummary]
    people: People
    next: Next

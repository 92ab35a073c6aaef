"""Shapes of what the register says."""

from datetime import date
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.bodies.records import Day
from api.bodies.shared import (
    ID,
    OTHER_ID,
    PEOPLE,
    FreeText,
    Next,
    People,
    ReceiptBody,
    example,
)
from domain.attendance.day_summary import HalfDay
from domain.attendance.register_line import Session

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


class MarkBody(BaseModel):
    """A mark as it stands in the register; the status is the same in every country."""

    model_config = ConfigDict(extra="forbid")

    code: str
    status: str


class RegisterDay(BaseModel):
    """One day of a student's line."""

    model_config = ConfigDict(extra="forbid")

    date: date
    morning: MarkBody
    afternoon: MarkBody


class AmendmentBody(BaseModel):
    """A change of a mark: what it was, what it became, since when that is known, by whom and why.

    A null mark: there was none, or it was taken back. A reason is given where a person changed it.
    """

    model_config = ConfigDict(extra="forbid")

    date: date
    session: Session
    was: MarkBody | None
    became: MarkBody | None
    known_from: int
    known_at: AwareDatetime
    recorded_at: AwareDatetime
    by: str
    source: str
    reason: str | None


class OtherTotal(BaseModel):
    """Sums of sessions between two days, as another system gave them.

    No rule counts them and nothing is decided by them: what the register says is in its days.
    """

    model_config = ConfigDict(extra="forbid")

    school_id: UUID
    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]
    possible: int
    attended: int
    authorised: int
    unauthorised: int
    source: str
    known_from: int
    known_at: AwareDatetime
    decides: Annotated[Literal[False], Field(description="Always false: shown, never counted.")]


TOTAL: Final[dict[str, Any]] = {
    "school_id": OTHER_ID,
    "from": "2024-09-01",
    "to": "2025-06-27",
    "possible": 366,
    "attended": 340,
    "authorised": 20,
    "unauthorised": 6,
    "source": "csv:19876A",
    "known_from": 990,
    "known_at": "2025-09-01T08:00:00Z",
    "decides": False,
}
_MARK: Final = {"code": "N", "status": "ABSENT_UNEXPLAINED"}
_ILL: Final = {"code": "I", "status": "ABSENT_AUTHORISED"}
_AMENDMENT: Final[dict[str, Any]] = {
    "date": "2025-11-20",
    "session": "AM",
    "was": _MARK,
    "became": _ILL,
    "known_from": 1042,
    "known_at": "2025-11-21T09:30:00Z",
    "recorded_at": "2025-11-21T09:30:00Z",
    "by": "staff:7",
    "source": "person",
    "reason": "Rang at ten.",
}


class RegisterView(BaseModel):
    """A student's register as it was known at a position, and the changes known by then.

    `line` has two letters for each of the days, as in a paper roll book: / present, L late, V off
    site, A authorised, O unauthorised, N unexplained, X not counted, # closed, - no mark.
    """

    model_config = example(
        {
            "student_id": ID,
            "school_id": OTHER_ID,
            "from": "2025-11-20",
            "to": "2025-11-20",
            "known_at": 1042,
            "line": "A/",
            "days": [
                {
                    "date": "2025-11-20",
                    "morning": _ILL,
                    "afternoon": {"code": "/", "status": "PRESENT"},
                }
            ],
            "amendments": [_AMENDMENT],
            "totals_of_other_systems": [TOTAL],
            "people": PEOPLE,
        }
    )

    student_id: UUID
    school_id: UUID
    first: Annotated[date, Field(alias="from")]
    last: Annotated[date, Field(alias="to")]
    known_at: int
    line: str
    days: list[RegisterDay]
    amendments: list[AmendmentBody]
    totals_of_other_systems: list[OtherTotal]
    people: People


class UnexplainedDay(BaseModel):
    """A day that nobody has explained, and how many school days have come since."""

    model_config = ConfigDict(extra="forbid")

    student_id: UUID
    school_id: UUID
    date: date
    morning: bool
    afternoon: bool
    code: str
    school_days_since: int


class UnexplainedPage(BaseModel):
    """Unexplained absences of one school, the oldest first."""

    model_config = example(
        {
            "items": [
                {
                    "student_id": ID,
                    "school_id": OTHER_ID,
                    "date": "2025-11-20",
                    "morning": True,
                    "afternoon": False,
                    "code": "N",
                    "school_days_since": 2,
                }
            ],
            "people": PEOPLE,
            "next": None,
        }
    )

    items: list[UnexplainedDay]
    people: People
    next: Next


class CorrectionBody(BaseModel):
    """One mark as it should have been, or taken back (DELETE, without a code)."""

    model_config = example(
        {
            "student_id": ID,
            "date": "2025-11-20",
            "session": "AM",
            "action": "CORRECT",
            "code": "I",
            "minutes_late": None,
            "reason": "The mother rang at ten: a fever.",
        }
    )

    student_id: UUID
    date: Day
    session: Session
    action: Literal["CORRECT", "DELETE"] = "CORRECT"
    code: Annotated[str, Field(min_length=1, max_length=20)] | None = None
    minutes_late: Annotated[int, Field(ge=0, le=600)] | None = None
    reason: FreeText

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if (self.action == "CORRECT") != (self.code is not None):
            raise ValueError("CORRECT needs a code, DELETE has none")
        return self


class CorrectionReceipt(ReceiptBody):
    """A receipt; the correction is seen in the register from its position on."""

    model_config = example(
        {"stream": ID, "version": 1, "position": 1042, "facts": 1, "batch": OTHER_ID}
    )

    batch: UUID

"""Shapes of school calendars."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from api.bodies.records import Day
from api.bodies.shared import ID, OTHER_ID, FreeText, ReceiptBody, example
from domain.attendance.day_words import DayPart

_WORD: Final[dict[str, Any]] = {"kind": "EMERGENCY_CLOSURE", "session": "PM", "year_group": None}
_DAY: Final[dict[str, Any]] = {
    "date": "2025-11-20",
    "open": True,
    "morning": True,
    "afternoon": False,
    "school_day": 54,
    "school_week": 11,
    "said": [_WORD],
}
_TERM: Final[dict[str, Any]] = {
    "begins_on": "2025-09-01",
    "ends_on": "2025-12-19",
    "declared_days": None,
}
_HOURS: Final[dict[str, Any]] = {
    "from": "2025-09-01",
    "to": None,
    "am_start": "08:50",
    "am_close": "09:20",
    "pm_start": None,
    "pm_close": None,
    "day_end": "14:40",
}


class CalendarWord(BaseModel):
    """What the school said of a day, or a part of it, or some year groups on it."""

    model_config = ConfigDict(extra="forbid")

    kind: str
    session: str
    year_group: str | None


class CalendarDay(BaseModel):
    """One day; a closed one has no numbers."""

    model_config = ConfigDict(extra="forbid")

    date: date
    open: bool
    morning: bool
    afternoon: bool
    school_day: int | None
    school_week: int | None
    said: list[CalendarWord]


class CalendarTerm(BaseModel):
    """A stretch of teaching, under the name by which it can be changed."""

    model_config = ConfigDict(extra="forbid")

    name: str
    begins_on: date
    ends_on: date
    declared_days: int | None


class CalendarHours(BaseModel):
    """When registers open and close, on the school's clock, from a day on or until another.

    Each time is that of the narrowest of several hours which name it.
    """

    model_config = ConfigDict(extra="forbid")

    first: date = Field(alias="from")
    last: Annotated[date | None, Field(alias="to", description="None: from then on.")]
    am_start: str | None
    am_close: str | None
    pm_start: str | None
    pm_close: str | None
    day_end: str | None


class CalendarVersion(BaseModel):
    """A change of the calendar, and since when it is known."""

    model_config = ConfigDict(extra="forbid")

    position: int
    known_at: AwareDatetime
    source: str
    by: str
    batch: UUID
    reason: Annotated[str | None, Field(description="Where a person changed it here.")] = None


class Calendar(BaseModel):
    """A school's days, as known at its `version`; the versions, newest first."""

    model_config = example(
        {
            "school": ID,
            "from": "2025-11-20",
            "to": "2025-11-20",
            "year_group": None,
            "version": 1042,
            "terms": [{"name": "Autumn", **_TERM}],
            "hours": [_HOURS],
            "days": [_DAY],
            "versions": [
                {
                    "position": 1042,
                    "known_at": "2025-11-20T12:05:00Z",
                    "source": "person",
                    "by": "staff:7",
                    "batch": OTHER_ID,
                    "reason": "The boiler failed at noon.",
                }
            ],
        }
    )

    school: UUID
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    year_group: str | None
    version: int | None
    terms: list[CalendarTerm]
    hours: list[CalendarHours]
    days: list[CalendarDay]
    versions: list[CalendarVersion]


class DayKind(StrEnum):
    """What is said of a day. WITHDRAWN: nothing, as if nobody had ever said anything by name."""

    HOLIDAY = "HOLIDAY"
    PUBLIC_HOLIDAY = "PUBLIC_HOLIDAY"
    TRAINING_DAY = "TRAINING_DAY"
    PLANNED_CLOSURE = "PLANNED_CLOSURE"
    EMERGENCY_CLOSURE = "EMERGENCY_CLOSURE"
    TEACHING = "TEACHING"
    MAKE_UP = "MAKE_UP"
    EXAM_ONLY = "EXAM_ONLY"
    WITHDRAWN = "WITHDRAWN"

    @property
    def is_open(self) -> bool:
        """Whether the school is open on such a day."""
        return self in {DayKind.TEACHING, DayKind.MAKE_UP, DayKind.EXAM_ONLY}


class DayBody(BaseModel):
    """One word about a day, or half of it, for everybody or for one year group.

    With `until` it is about all days from the one to the other. What closes them closes each; what
    opens them opens the weekdays: a Saturday opens where it is named alone.
    """

    model_config = example(
        {
            "kind": "EMERGENCY_CLOSURE",
            "session": "PM",
            "year_group": None,
            "until": None,
            "reason": "The boiler failed at noon.",
        }
    )

    kind: DayKind
    until: Annotated[Day | None, Field(description="The last day; absent: one day only.")] = None
    session: DayPart = DayPart.DAY
    year_group: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    reason: FreeText


class TermBody(BaseModel):
    """A term from its first to its last day, or WITHDRAW, without days, which takes it back."""

    model_config = example({"action": "SET", **_TERM, "reason": "The board moved the first day."})

    action: Literal["SET", "WITHDRAW"] = "SET"
    begins_on: Day | None = None
    ends_on: Day | None = None
    declared_days: Annotated[int | None, Field(ge=1, le=366)] = None
    reason: FreeText

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.action == "SET" and self.days is None:
            raise ValueError("SET needs begins_on and ends_on")
        said = (self.begins_on, self.ends_on, self.declared_days)
        if self.action == "WITHDRAW" and any(one is not None for one in said):
            raise ValueError("WITHDRAW has no days")
        return self

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day; None: the term is taken back."""
        if self.begins_on is None or self.ends_on is None:
            return None
        return self.begins_on, self.ends_on


class DayReceipt(ReceiptBody):
    """A receipt; its ETag, and `version`, is the calendar's new version."""

    model_config = example(
        {"stream": ID, "version": 1042, "position": 1042, "facts": 1, "batch": OTHER_ID}
    )

    batch: UUID

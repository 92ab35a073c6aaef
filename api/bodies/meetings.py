"""Shapes of meetings."""

from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.bodies.shared import ID, OTHER_ID, PEOPLE, Code, FreeText, Instant, Next, People, example
from domain.meeting.aggregate import LONGEST_MINUTES, SHORTEST_MINUTES
from domain.meeting.events import Outcome

_MEETING: dict[str, Any] = {
    "meeting_id": OTHER_ID,
    "intervention_id": ID,
    "student_id": ID,
    "school_id": ID,
    "stage": "MEETING",
    "scheduled_at": "2025-11-04T14:30:00Z",
    "duration_minutes": 30,
    "status": "SCHEDULED",
    "version": 1,
    "held_at": None,
    "outcome_code": None,
}


class MeetingStatus(StrEnum):
    """Where a meeting stands."""

    SCHEDULED = "SCHEDULED"
    HELD = "HELD"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


class MeetingItem(BaseModel):
    """One meeting. `version` is what If-Match asks for; the notes stay in the vault."""

    model_config = example(_MEETING)

    meeting_id: UUID
    intervention_id: UUID
    student_id: UUID
    school_id: UUID
    stage: str
    scheduled_at: AwareDatetime
    duration_minutes: int
    status: MeetingStatus
    version: int
    held_at: AwareDatetime | None
    outcome_code: Outcome | None


class MeetingPage(BaseModel):
    """A page of the diary, earliest first."""

    model_config = example({"items": [_MEETING], "people": PEOPLE, "next": None})

    items: list[MeetingItem]
    people: People
    next: Next


class ScheduleBody(BaseModel):
    """A time that was agreed with the family."""

    model_config = example(
        {
            "intervention_id": ID,
            "stage": "MEETING",
            "scheduled_at": "2025-11-04T14:30:00Z",
            "duration_minutes": 30,
        }
    )

    intervention_id: UUID
    stage: Code
    scheduled_at: Instant
    duration_minutes: Annotated[int, Field(ge=SHORTEST_MINUTES, le=LONGEST_MINUTES)] = 30


class MoveBody(BaseModel):
    """Another time was agreed."""

    model_config = example({"action": "MOVE", "scheduled_at": "2025-11-05T14:30:00Z"})

    action: Literal["MOVE"]
    scheduled_at: Instant


class HoldBody(BaseModel):
    """It took place; `attendees` are ids of guardians and staff."""

    model_config = example(
        {"action": "HOLD", "held_at": "2025-11-04T14:35:00Z", "attendees": [OTHER_ID]}
    )

    action: Literal["HOLD"]
    held_at: Instant
    attendees: Annotated[list[UUID], Field(max_length=20)] = []


class MissBody(BaseModel):
    """Nobody of the family came."""

    model_config = example({"action": "MISS"})

    action: Literal["MISS"]


class CancelBody(BaseModel):
    """It will not take place."""

    model_config = example({"action": "CANCEL", "reason": "STAFF_ILL"})

    action: Literal["CANCEL"]
    reason: Code


class OutcomeBody(BaseModel):
    """What was agreed; the notes go to the vault."""

    model_config = example(
        {"action": "RECORD_OUTCOME", "outcome": "SUPPORT_PLAN", "notes": "Lift by the neighbour."}
    )

    action: Literal["RECORD_OUTCOME"]
    outcome: Outcome
    notes: FreeText | None = None


ChangeBody = Annotated[
    MoveBody | HoldBody | MissBody | CancelBody | OutcomeBody, Field(discriminator="action")
]

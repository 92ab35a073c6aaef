"""Shapes of the queue, of stages and of a student's history."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.bodies.shared import ID, OTHER_ID, PEOPLE, Code, Next, Numbers, People, example
from projections.queue import Action

_NUMBERS = {
    "metric": "ABSENT_DAYS",
    "absent_sessions": 20,
    "possible_sessions": 60,
    "sessions_per_day": 2,
    "threshold": "10",
    "window_from": "2025-09-01",
    "window_to": "2025-10-10",
    "denominator": "MARKS",
}
_ITEM = {
    "subject": OTHER_ID,
    "subject_kind": "intervention",
    "school_id": ID,
    "student_id": ID,
    "action": "APPROVE_STAGE",
    "stage": "LETTER_1",
    "waiting_since": "2025-10-10T16:00:00Z",
    "numbers": [_NUMBERS],
    "evaluated_on": "2025-10-10",
    "approval": "STAFF",
    "needs_person": True,
}


class QueueItem(BaseModel):
    """One thing that waits for a person."""

    model_config = example(_ITEM)

    subject: UUID
    subject_kind: str
    school_id: UUID
    student_id: UUID
    action: Action
    stage: str
    waiting_since: AwareDatetime
    numbers: list[Numbers]
    evaluated_on: date | None
    approval: str
    needs_person: bool


class QueuePage(BaseModel):
    """A page of the queue, longest waiting first."""

    model_config = example({"items": [_ITEM], "people": PEOPLE, "next": None})

    items: list[QueueItem]
    people: People
    next: Next


class DeclineBody(BaseModel):
    """Why a proposed stage is not wanted."""

    model_config = example({"reason": "FAMILY_IN_CONTACT"})

    reason: Code


class StageItem(BaseModel):
    """One stage of an intervention, and the numbers that decided."""

    model_config = ConfigDict(extra="forbid")

    stage: str
    status: str
    at: AwareDatetime
    entered_on: date | None
    track: str
    numbers: list[Numbers]
    evaluated_on: date | None
    known_at: int
    unsupported: bool
    firing: int
    due_on: date | None
    fulfilled_on: date | None
    reason: str
    letters: int


class InterventionItem(BaseModel):
    """One student's intervention in one school year."""

    model_config = ConfigDict(extra="forbid")

    intervention_id: UUID
    student_id: UUID
    school_id: UUID
    case_id: UUID
    rule_set_id: UUID
    school_year_from: date
    status: str
    started_at: AwareDatetime
    current_stage: str
    last_stage_at: AwareDatetime | None
    improved: bool
    same_day: bool
    stop_reason: str
    stopped_at: AwareDatetime | None
    escalated: bool
    checked: list[int]
    meetings: int
    stages: list[StageItem]


class FactItem(BaseModel):
    """One fact as it is stored, in its envelope."""

    model_config = ConfigDict(extra="forbid")

    position: int
    stream: UUID
    version: int
    name: str
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    actor: str
    command_id: UUID
    cause: UUID | None
    correlation: UUID
    fact: dict[str, Any]


class History(BaseModel):
    """What the school did about one student, and every fact that says so, in order."""

    model_config = example(
        {
            "student_id": ID,
            "interventions": [],
            "facts": [
                {
                    "position": 12,
                    "stream": OTHER_ID,
                    "version": 2,
                    "name": "intervention.stage_declined",
                    "occurred_at": "2025-10-13T09:12:00Z",
                    "recorded_at": "2025-10-13T09:12:00Z",
                    "actor": "staff:7",
                    "command_id": ID,
                    "cause": None,
                    "correlation": ID,
                    "fact": {"stage": "LETTER_1", "reason": "FAMILY_IN_CONTACT"},
                }
            ],
            "people": PEOPLE,
        }
    )

    student_id: UUID
    interventions: list[InterventionItem]
    facts: list[FactItem]
    people: People

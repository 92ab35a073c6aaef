"""Shapes of the queue."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.bodies.shared import (
    ID,
    OTHER_ID,
    PEOPLE,
    GuardFound,
    GuardSaid,
    Next,
    Numbers,
    People,
    example,
)
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
    "line": f"{OTHER_ID}:LETTER_1",
    "track": "SUPPORT",
    "reasons": ["Absent on 10 of 30 days (33.3 %) from 1 September 2025 to 10 October 2025."],
    "approval": "STAFF",
    "due_on": None,
    "qualified_on": "2025-10-08",
    "told_past_due_at": None,
    "asked": None,
    "proposed_by": "",
    "guards": [],
    "findings": [],
    "firing": 1,
    "owner": "staff:7",
    "past_due": False,
}


class QueueItem(BaseModel):
    """One thing that waits for a person.

    `due_on` is the last day of a clock of the law. It ran from `qualified_on`, the day of the mark
    that reached the threshold; that it passed is on record since `told_past_due_at`. `owner` is who
    has taken the line, else who is asked.
    `guards` have to hold before a stage is approved: those by a PERSON wait for an answer to their
    question; what software found about the others is in `findings`. `proposed_by`: empty for rules.
    `firing` says the how-manieth time of the stage it is about.
    """

    model_config = example(_ITEM)

    line: str
    subject: UUID
    subject_kind: str
    school_id: UUID
    student_id: UUID
    action: Action
    stage: str
    waiting_since: AwareDatetime
    track: str
    numbers: list[Numbers]
    reasons: list[str]
    evaluated_on: date | None
    approval: str
    due_on: date | None
    qualified_on: date | None
    told_past_due_at: AwareDatetime | None
    asked: str | None
    proposed_by: str
    guards: list[GuardSaid]
    findings: list[GuardFound]
    firing: int
    owner: str | None
    past_due: bool


class QueuePage(BaseModel):
    """A page of the queue, longest waiting first."""

    model_config = example({"items": [_ITEM], "people": PEOPLE, "next": None})

    items: list[QueueItem]
    people: People
    next: Next


class AssignBody(BaseModel):
    """Who is to have it. Absent `owner`: you."""

    model_config = example({"owner": "staff:7", "take_over": False})

    owner: Annotated[str, Field(pattern=r"^staff:[\x21-\x7e]{1,190}$")] | None = None
    take_over: bool = False

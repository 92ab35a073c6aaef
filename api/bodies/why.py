"""Shapes of answers to the question why nothing was sent."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.bodies.shared import ID, OTHER_ID, PEOPLE, People, example
from projections.why_words import Level, Why

_FOUND: dict[str, Any] = {
    "level": "STEP",
    "code": "STEP_SKIPPED",
    "words": "The step was skipped: there is no consent for this channel and purpose.",
    "reason": "CONSENT_MISSING",
    "at": "2025-10-14T08:00:02Z",
    "stage": "LETTER_1",
    "guardian_id": OTHER_ID,
    "run_id": ID,
    "step_id": "sms",
    "message_id": None,
}


class FindingItem(BaseModel):
    """What was found at one level; `reason` is a code of the run, the message or the provider.

    Who may be told is found as the school had said it when the stage was entered: `at` says when.
    """

    model_config = ConfigDict(extra="forbid")

    level: Level
    code: Why
    words: str
    reason: str | None
    at: AwareDatetime | None
    stage: str | None
    guardian_id: UUID | None
    run_id: UUID | None
    step_id: str | None
    message_id: UUID | None


class PupilAnswer(BaseModel):
    """The answer about one pupil: what decides, and all that was found on the way there."""

    model_config = ConfigDict(extra="forbid")

    student_id: UUID
    sent: bool
    answer: FindingItem
    findings: list[FindingItem]


class WhyAnswer(BaseModel):
    """One answer for each pupil that was asked about. `sent`: something did go."""

    model_config = example(
        {
            "answers": [{"student_id": ID, "sent": False, "answer": _FOUND, "findings": [_FOUND]}],
            "people": PEOPLE,
        }
    )

    answers: list[PupilAnswer]
    people: People

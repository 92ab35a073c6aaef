"""Shapes of stages and of a student's history."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.bodies.attendance import TOTAL, OtherTotal
from api.bodies.shared import (
    ID,
    OTHER_ID,
    PEOPLE,
    Code,
    GuardFound,
    GuardSaid,
    Numbers,
    People,
    example,
)
from domain.intervention.reasons import AttemptOutcome, AttemptWay, ReviewOutcome


class DeclineBody(BaseModel):
    """Why a proposed stage is not wanted."""

    model_config = example({"reason": "FAMILY_IN_CONTACT"})

    reason: Code


class ReviewBody(BaseModel):
    """What you found in looking at a stage that the register no longer supports."""

    model_config = example({"outcome": "FAMILY_TOLD"})

    outcome: ReviewOutcome


class StopBody(BaseModel):
    """Why support is no longer needed."""

    model_config = example({"reason": "VALID_REASON"})

    reason: Literal["VALID_REASON"]


class FiringItem(BaseModel):
    """One firing of a stage that was decided about: entered on a day, or declined (no day).

    `unsupported`: the register no longer supports it, `reviewed` is what a person said of that.
    """

    model_config = ConfigDict(extra="forbid")

    firing: int
    evaluated_on: date | None
    known_at: int
    entered_on: date | None
    unsupported: bool
    reviewed: str
    explained: bool


class StageItem(BaseModel):
    """One stage of an intervention, and the numbers that decided.

    `firings` are all that were decided about, each with a day of its own. `due_on` is the last day
    of a clock of the law, `past_due_on` that day once it has passed with nothing `done`; `late` is
    what was done after it. `due_school_days` is what the clock counts, `stops` what lets it rest.
    """

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
    reviewed: str
    firing: int
    due_on: date | None
    past_due_on: date | None
    due_school_days: int | None
    qualified_on: date | None
    fulfilled_on: date | None
    done: bool
    late: bool
    stops: list[str] | None
    log_attempts: bool
    reason: str
    letters: int
    guards: list[GuardSaid]
    findings: list[GuardFound]
    proposed_by: str
    firings: list[FiringItem]


class AttemptItem(BaseModel):
    """An attempt at a meeting; `after` are the stages that had been entered by then.

    `message_id` is a message that was sent, if it was one; `failed`: it was not delivered, and does
    not count.
    """

    model_config = ConfigDict(extra="forbid")

    attempt_id: UUID
    stage: str
    way: AttemptWay
    outcome: AttemptOutcome
    made_on: date
    invited: list[str]
    everybody: bool
    after: list[str]
    message_id: UUID | None
    failed: bool


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
    clock: bool
    due_on: date | None
    attempts: list[AttemptItem]
    stages: list[StageItem]


class EventItem(BaseModel):
    """One thing that happened in an intervention, as the school's file has it.

    `numbers` are what decided: a stage, or a stop for better attendance (before, and since).
    """

    model_config = ConfigDict(extra="forbid")

    event_id: UUID
    instance_id: UUID
    stage_id: UUID | None
    stage: str
    event_type: str
    artifact_id: UUID | None
    occurred_at: AwareDatetime
    school_id: UUID
    numbers: list[Numbers]


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
            "events": [],
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
            "totals_of_other_systems": [TOTAL],
            "people": PEOPLE,
        }
    )

    student_id: UUID
    interventions: list[InterventionItem]
    events: list[EventItem]
    facts: list[FactItem]
    totals_of_other_systems: list[OtherTotal]
    people: People

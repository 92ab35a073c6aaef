"""Shapes of playbook runs."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.bodies.shared import ID, OTHER_ID, PEOPLE, Next, People, example
from domain.shared.contact import Channel
from projections.log_rows import LogStatus
from projections.run_rows import RunStatus


class RunFilter(StrEnum):
    """Which runs to list."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    COMPLETED = "COMPLETED"
    ESCALATED = "ESCALATED"
    ANY = "ANY"


_RUN: dict[str, Any] = {
    "run_id": OTHER_ID,
    "school_id": ID,
    "playbook_id": ID,
    "playbook_version": 1,
    "playbook_name": "After the first letter",
    "instance_id": ID,
    "student_id": ID,
    "guardian_id": OTHER_ID,
    "stage": "LETTER_1",
    "status": "ACTIVE",
    "triggered_at": "2025-10-13T09:12:00Z",
    "version": 4,
    "stopped_at": None,
    "stop_reason": None,
    "completed_at": None,
    "current_step_order": 1,
    "current_step_id": "sms",
    "next_step_scheduled_at": None,
    "replied_at": None,
    "firing": 1,
    "escalates_at": None,
    "escalated_at": None,
    "paused_at": None,
    "pause_reason": None,
    "steps": [
        {
            "step_id": "sms",
            "order": 1,
            "channel": "SMS",
            "kind": "MESSAGE",
            "result": None,
            "scheduled_for": "2025-10-14T08:00:00Z",
            "status": "SENT",
            "reason": None,
            "message_id": ID,
            "idempotency_key": f"playbook:{OTHER_ID}:sms:{OTHER_ID}",
            "executed_at": "2025-10-14T08:00:02Z",
        }
    ],
}


_LOG: dict[str, Any] = {
    "log_id": ID,
    "run_id": OTHER_ID,
    "step_id": "sms",
    "order": 1,
    "school_id": ID,
    "student_id": ID,
    "guardian_id": OTHER_ID,
    "playbook_id": ID,
    "kind": "MESSAGE",
    "channel": "SMS",
    "idempotency_key": f"playbook:{OTHER_ID}:sms:{OTHER_ID}",
    "status": "SENT",
    "scheduled_for": "2025-10-14T08:00:00Z",
    "requested_at": "2025-10-14T08:00:01Z",
    "message_id": ID,
    "skip_reason": None,
    "failure": None,
    "owner": None,
    "executed_at": "2025-10-14T08:00:02Z",
    "dropped_at": None,
}


class StepItem(BaseModel):
    """One step as it went."""

    model_config = ConfigDict(extra="forbid")

    step_id: str
    order: int
    channel: Channel | None
    kind: str
    result: str | None
    scheduled_for: AwareDatetime
    status: str
    reason: str | None
    message_id: UUID | None
    idempotency_key: str | None
    executed_at: AwareDatetime | None


class RunItem(BaseModel):
    """One walk of one family through one playbook version.

    `firing` is the time that its stage came, counted from 1; absent of runs from before it was.
    """

    model_config = example(_RUN)

    run_id: UUID
    school_id: UUID
    playbook_id: UUID
    playbook_version: int
    playbook_name: str
    instance_id: UUID
    student_id: UUID
    guardian_id: UUID | None
    stage: str
    status: RunStatus
    triggered_at: AwareDatetime
    version: int
    stopped_at: AwareDatetime | None
    stop_reason: str | None
    completed_at: AwareDatetime | None
    current_step_order: int
    current_step_id: str | None
    next_step_scheduled_at: AwareDatetime | None
    replied_at: AwareDatetime | None
    firing: int | None
    escalates_at: AwareDatetime | None
    escalated_at: AwareDatetime | None
    paused_at: AwareDatetime | None
    pause_reason: str | None
    steps: list[StepItem]


class LogItem(BaseModel):
    """One line of the execution log: one step, under the key by which it happens once.

    `skip_reason` says why it was SKIPPED, `failure` and `owner` why it FAILED and whose it is;
    `dropped_at` is set where a run that ended dropped it. DONE: a step that is no message.
    """

    model_config = example(_LOG)

    log_id: UUID
    run_id: UUID
    step_id: str
    order: int
    school_id: UUID
    student_id: UUID
    guardian_id: UUID | None
    playbook_id: UUID
    kind: str
    channel: Channel | None
    idempotency_key: str
    status: LogStatus
    scheduled_for: AwareDatetime | None
    requested_at: AwareDatetime | None
    message_id: UUID | None
    skip_reason: str | None
    failure: str | None
    owner: str | None
    executed_at: AwareDatetime | None
    dropped_at: AwareDatetime | None


class RunPage(BaseModel):
    """A page of runs, oldest first."""

    model_config = example({"items": [_RUN], "people": PEOPLE, "next": None})

    items: list[RunItem]
    people: People
    next: Next


class RunDetails(BaseModel):
    """One run with its steps, and its lines of the execution log in order."""

    model_config = example({"run": _RUN, "logs": [_LOG], "people": PEOPLE})

    run: RunItem
    logs: list[LogItem]
    people: People

"""Rows of runs: one walk through a playbook, with its steps as they went."""

from datetime import datetime
from enum import StrEnum

from domain.shared.contact import Channel
from domain.shared.ids import (
    GuardianId,
    InterventionId,
    MessageId,
    PlaybookId,
    RunId,
    SchoolId,
    StudentId,
)
from projections.kit import Row


class RunStatus(StrEnum):
    """Where a run stands."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    STOPPED = "STOPPED"
    COMPLETED = "COMPLETED"
    ESCALATED = "ESCALATED"


class StepLine(Row):
    """One step of a run as it went. `status` as in the execution log; absent `channel`: no message.

    `result` is what came of a step that is no message, in a code.
    """

    step_id: str
    order: int
    channel: Channel | None
    scheduled_for: datetime
    kind: str = "MESSAGE"
    result: str | None = None
    status: str = "SCHEDULED"
    reason: str | None = None
    message_id: MessageId | None = None
    idempotency_key: str | None = None
    executed_at: datetime | None = None


class RunRow(Row):
    """One run. Every field comes from the run's own stream. Absent step: none was entered yet."""

    run_id: RunId
    school_id: SchoolId
    playbook_id: PlaybookId
    playbook_version: int
    playbook_name: str
    instance_id: InterventionId
    student_id: StudentId
    guardian_id: GuardianId | None
    stage: str
    status: RunStatus
    triggered_at: datetime
    version: int
    stopped_at: datetime | None = None
    stop_reason: str | None = None
    completed_at: datetime | None = None
    current_step_order: int = 0
    current_step_id: str | None = None
    next_step_scheduled_at: datetime | None = None
    replied_at: datetime | None = None
    escalates_at: datetime | None = None
    escalated_at: datetime | None = None
    paused_at: datetime | None = None
    pause_reason: str | None = None
    steps: tuple[StepLine, ...] = ()
    firing: int | None = None

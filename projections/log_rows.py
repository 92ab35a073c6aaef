"""Rows of the execution log: one step of one run, from the plan to what became of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.shared.contact import Channel
from domain.shared.ids import (
    GuardianId,
    MessageId,
    PlaybookId,
    RunId,
    SchoolId,
    StudentId,
)
from projections.kit import Row


class LogStatus(StrEnum):
    """Where a step stands.

    PLANNED: the playbook has it, and nothing has come of it; it is not shown. DONE: a step that is
    no message was taken.
    """

    PLANNED = "PLANNED"
    SCHEDULED = "SCHEDULED"
    SENT = "SENT"
    SKIPPED = "SKIPPED"
    FAILED = "FAILED"
    DONE = "DONE"


class Dropped(StrEnum):
    """Why a step that stood in the diary was dropped, beside the reasons of the step itself."""

    STOP_CONDITION_MET = "STOP_CONDITION_MET"
    ESCALATED = "ESCALATED"
    MOVED = "MOVED"


class LogRow(Row):
    """One step. FAILED has an owner; a step that is no message has no channel.

    The row is founded with its run, which alone knows whom it is about: so it carries its key from
    the first moment. `scheduled_for` is the moment when it was due first; absent while PLANNED.
    """

    log_id: UUID
    run_id: RunId
    step_id: str
    order: int
    school_id: SchoolId
    student_id: StudentId
    guardian_id: GuardianId | None
    playbook_id: PlaybookId
    kind: str
    channel: Channel | None
    idempotency_key: str
    status: LogStatus = LogStatus.PLANNED
    scheduled_for: datetime | None = None
    requested_at: datetime | None = None
    message_id: MessageId | None = None
    skip_reason: str | None = None
    failure: str | None = None
    owner: str | None = None
    executed_at: datetime | None = None
    dropped_at: datetime | None = None

"""The run monitor: every run, its steps, its next moment and why it ended."""

from datetime import datetime
from enum import StrEnum
from typing import get_args

from msgspec.structs import replace

from domain.kernel.recorded import Told
from domain.playbook_run import events as e
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
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_LISTENS = get_args(e.RunEvent)


class RunStatus(StrEnum):
    """Where a run stands."""

    ACTIVE = "ACTIVE"
    STOPPED = "STOPPED"
    COMPLETED = "COMPLETED"
    ESCALATED = "ESCALATED"


class StepLine(Row):
    """One step of a run as it went. `status` as in the execution log."""

    step_id: str
    order: int
    channel: Channel
    scheduled_for: datetime
    status: str = "SCHEDULED"
    reason: str | None = None
    message_id: MessageId | None = None
    idempotency_key: str | None = None
    executed_at: datetime | None = None


class RunRow(Row):
    """One run. Every field comes from the run's own stream."""

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
    next_step_scheduled_at: datetime | None = None
    replied_at: datetime | None = None
    steps: tuple[StepLine, ...] = ()


def evolve(row: RunRow | None, fact: Told, key: str) -> RunRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its run."""
    if isinstance(fact.event, e.RunStarted):
        return _founded(fact, fact.event)
    return _go_on(expect(row), fact)


def _founded(fact: Told, started: e.RunStarted) -> RunRow:
    return RunRow(
        run_id=RunId(fact.stream),
        school_id=started.school_id,
        playbook_id=started.playbook.playbook_id,
        playbook_version=started.playbook.version,
        playbook_name=started.playbook.name,
        instance_id=started.intervention_id,
        student_id=started.student_id,
        guardian_id=started.guardian_id,
        stage=started.stage,
        status=RunStatus.ACTIVE,
        triggered_at=started.triggered_at,
        version=fact.version,
    )


def _go_on(row: RunRow, fact: Told) -> RunRow:
    at, version = fact.occurred_at, fact.version
    match fact.event:
        case e.StepScheduled(step_id=step, order=order, channel=channel, due_at=due):
            line = StepLine(step_id=step, order=order, channel=channel, scheduled_for=due)
            return replace(
                row,
                version=version,
                steps=(*row.steps, line),
                current_step_order=order,
                next_step_scheduled_at=due,
            )
        case e.StepRequested(step_id=step, message_id=message, key=key):
            lines = _lines(row, step, message_id=message, idempotency_key=key)
            return replace(row, version=version, steps=lines, next_step_scheduled_at=None)
        case e.StepSent(step_id=step, message_id=message):
            sent = {"status": "SENT", "message_id": message, "executed_at": at, "reason": None}
            lines = _lines(row, step, **sent)
        case e.StepSkipped(step_id=step, reason=reason):
            lines = _lines(row, step, status="SKIPPED", reason=str(reason), executed_at=at)
        case e.StepFailed(step_id=step, cause=cause):
            lines = _lines(row, step, status="FAILED", reason=cause, executed_at=at)
        case e.StepOutcomeUnknown(step_id=step):
            lines = _lines(row, step, status="FAILED", reason="OUTCOME_UNKNOWN")
        case e.GuardianReplied():
            return replace(row, version=version, replied_at=at)
        case e.RunStopped() | e.RunCompleted():
            return _end(row, fact, fact.event)
        case _:
            return replace(row, version=version)
    return replace(row, version=version, steps=lines)


def _end(row: RunRow, fact: Told, event: e.RunStopped | e.RunCompleted) -> RunRow:
    at = fact.occurred_at
    ended = replace(row, version=fact.version, next_step_scheduled_at=None)
    if isinstance(event, e.RunCompleted):
        return replace(ended, status=RunStatus.COMPLETED, completed_at=at)
    dropped, why = event.dropped_step, "STOP_CONDITION_MET"
    if dropped is not None:
        ended = ended.but(steps=_lines(row, dropped, status="SKIPPED", reason=why))
    return ended.but(status=RunStatus.STOPPED, stopped_at=at, stop_reason=str(event.reason))


def _lines(row: RunRow, step: str, **changes: object) -> tuple[StepLine, ...]:
    """Return the steps with one of them changed."""
    return tuple([replace(s, **changes) if s.step_id == step else s for s in row.steps])


RUN_MONITOR = ReadModel(
    "run_monitor",
    version=1,
    row=RunRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=(
        "school_id",
        "playbook_id",
        "instance_id",
        "student_id",
        "guardian_id",
        "status",
        "triggered_at",
        "next_step_scheduled_at",
    ),
    indexes=(
        "status, next_step_scheduled_at",
        "instance_id",
        "student_id",
        "triggered_at, key",
    ),
)
PAGE = Query(
    "run_monitor",
    "select doc, triggered_at, key from {run_monitor} where tenant = %(tenant)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
    " and (%(student)s::uuid is null or student_id = %(student)s)"
    " and (%(playbook)s::uuid is null or playbook_id = %(playbook)s)"
    " and (%(status)s::text is null or status = %(status)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (triggered_at, key) > (%(after_at)s, %(after_key)s))"
    " order by triggered_at, key limit %(limit)s",
)
ONE = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and key = %(run)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s)) limit 1",
)
OPEN_OF_STUDENTS = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and student_id = any(%(ids)s)"
    " and status = 'ACTIVE' order by key limit 100000",
)
OPEN_OF_INTERVENTIONS = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and instance_id = any(%(ids)s)"
    " and status = 'ACTIVE' order by key limit 100000",
)

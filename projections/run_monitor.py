"""The run monitor: every run, its steps, its next moment and why it ended."""

from datetime import datetime
from enum import StrEnum

from domain.kernel.recorded import Recorded
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
from projections.kit import Query, ReadModel, Row, expect


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


def keys(fact: Recorded) -> tuple[str, ...]:
    """One row a run."""
    return (str(fact.stream),) if isinstance(fact.event, e.RunEvent) else ()


def evolve(row: RunRow | None, fact: Recorded, key: str) -> RunRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its run."""
    after = _founded(fact, fact.event) if isinstance(fact.event, e.RunStarted) else None
    after = after or _go_on(expect(row), fact)
    return after.but(version=fact.version)


def _founded(fact: Recorded, started: e.RunStarted) -> RunRow:
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


def _go_on(row: RunRow, fact: Recorded) -> RunRow:
    match fact.event:
        case e.StepScheduled(step_id=step, order=order, channel=channel, due_at=due):
            line = StepLine(step_id=step, order=order, channel=channel, scheduled_for=due)
            return row.but(
                steps=(*row.steps, line), current_step_order=order, next_step_scheduled_at=due
            )
        case e.StepRequested(step_id=step, message_id=message, key=key):
            asked = _step(row, step, message_id=message, idempotency_key=key)
            return asked.but(next_step_scheduled_at=None)
        case e.StepSent(step_id=step, message_id=message):
            at = fact.occurred_at
            return _step(row, step, status="SENT", message_id=message, executed_at=at, reason=None)
        case e.StepSkipped(step_id=step, reason=reason):
            at = fact.occurred_at
            return _step(row, step, status="SKIPPED", reason=str(reason), executed_at=at)
        case e.StepFailed(step_id=step, cause=cause):
            return _step(row, step, status="FAILED", reason=cause, executed_at=fact.occurred_at)
        case e.StepOutcomeUnknown(step_id=step):
            return _step(row, step, status="FAILED", reason="OUTCOME_UNKNOWN")
        case e.GuardianReplied():
            return row.but(replied_at=fact.occurred_at)
        case e.RunStopped(reason=reason, dropped_step=dropped):
            stopped = row if dropped is None else _drop(row, dropped)
            return stopped.but(
                status=RunStatus.STOPPED,
                stopped_at=fact.occurred_at,
                stop_reason=str(reason),
                next_step_scheduled_at=None,
            )
        case e.RunCompleted():
            ended = row.but(status=RunStatus.COMPLETED, completed_at=fact.occurred_at)
            return ended.but(next_step_scheduled_at=None)
        case _:
            return row


def _drop(row: RunRow, step: str) -> RunRow:
    return _step(row, step, status="SKIPPED", reason="STOP_CONDITION_MET")


def _step(row: RunRow, step: str, **changes: object) -> RunRow:
    lines = tuple(s.but(**changes) if s.step_id == step else s for s in row.steps)
    return row.but(steps=lines)


RUN_MONITOR = ReadModel(
    "run_monitor",
    version=1,
    row=RunRow,
    keys=keys,
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
OPEN_OF_STUDENT = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and student_id = %(student)s"
    " and status = 'ACTIVE' order by key limit 1000",
)
OPEN_OF_INTERVENTION = Query(
    "run_monitor",
    "select doc from {run_monitor} where tenant = %(tenant)s and instance_id = %(instance)s"
    " and status = 'ACTIVE' order by key limit 1000",
)

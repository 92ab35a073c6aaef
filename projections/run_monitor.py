"""The run monitor: every run, its steps, its next moment and why it ended."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, get_args

from msgspec.structs import replace

from domain.kernel.facts import Event
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
    firing: int | None = None


def evolve(row: RunRow | None, fact: Told, key: str) -> RunRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its run."""
    event = fact.event
    if type(event) is e.RunStarted:
        return _founded(fact, event)
    fold = _FOLDS.get(type(event))
    return row if fold is None else fold(expect(row), fact, event)


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
        firing=started.firing,
    )


def _scheduled(row: RunRow, fact: Told, event: e.StepScheduled) -> RunRow:
    step, order, due = event.step_id, event.order, event.due_at
    line = StepLine(step_id=step, order=order, channel=event.channel, scheduled_for=due)
    return replace(
        row,
        version=fact.version,
        steps=(*row.steps, line),
        current_step_order=order,
        next_step_scheduled_at=due,
    )


def _requested(row: RunRow, fact: Told, event: e.StepRequested) -> RunRow:
    lines = _lines(row, event.step_id, message_id=event.message_id, idempotency_key=event.key)
    return replace(row, version=fact.version, steps=lines, next_step_scheduled_at=None)


def _sent(row: RunRow, fact: Told, event: e.StepSent) -> RunRow:
    step, message, at = event.step_id, event.message_id, fact.occurred_at
    lines = _lines(row, step, status="SENT", message_id=message, executed_at=at, reason=None)
    return replace(row, version=fact.version, steps=lines)


def _skipped(row: RunRow, fact: Told, event: e.StepSkipped) -> RunRow:
    why, at = str(event.reason), fact.occurred_at
    lines = _lines(row, event.step_id, status="SKIPPED", reason=why, executed_at=at)
    return replace(row, version=fact.version, steps=lines)


def _failed(row: RunRow, fact: Told, event: e.StepFailed) -> RunRow:
    why, at = event.cause, fact.occurred_at
    lines = _lines(row, event.step_id, status="FAILED", reason=why, executed_at=at)
    return replace(row, version=fact.version, steps=lines)


def _unknown(row: RunRow, fact: Told, event: e.StepOutcomeUnknown) -> RunRow:
    lines = _lines(row, event.step_id, status="FAILED", reason="OUTCOME_UNKNOWN")
    return replace(row, version=fact.version, steps=lines)


def _replied(row: RunRow, fact: Told, event: e.GuardianReplied) -> RunRow:  # noqa: ARG001
    return replace(row, version=fact.version, replied_at=fact.occurred_at)


def _stopped(row: RunRow, fact: Told, event: e.RunStopped) -> RunRow:
    at, why, lines = fact.occurred_at, str(event.reason), row.steps
    if event.dropped_step is not None:
        lines = _lines(row, event.dropped_step, status="SKIPPED", reason="STOP_CONDITION_MET")
    ended = replace(row, version=fact.version, steps=lines, next_step_scheduled_at=None)
    return replace(ended, status=RunStatus.STOPPED, stopped_at=at, stop_reason=why)


def _completed(row: RunRow, fact: Told, event: e.RunCompleted) -> RunRow:  # noqa: ARG001
    return replace(
        row,
        version=fact.version,
        status=RunStatus.COMPLETED,
        completed_at=fact.occurred_at,
        next_step_scheduled_at=None,
    )


def _lines(row: RunRow, step: str, **changes: object) -> tuple[StepLine, ...]:
    """Return the steps with one of them changed."""
    return tuple([replace(s, **changes) if s.step_id == step else s for s in row.steps])


# A run has more facts than anything else. Found by its class one costs half as much as by `match`,
# which asks for one class after the other.
_FOLDS: Final[dict[type[Event], Callable[[RunRow, Told, Any], RunRow]]] = {
    e.StepScheduled: _scheduled,
    e.StepRequested: _requested,
    e.StepSent: _sent,
    e.StepSkipped: _skipped,
    e.StepFailed: _failed,
    e.StepOutcomeUnknown: _unknown,
    e.GuardianReplied: _replied,
    e.RunStopped: _stopped,
    e.RunCompleted: _completed,
}
RUN_MONITOR = ReadModel(
    "run_monitor",
    version=2,
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

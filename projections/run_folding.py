"""How each fact of a run changes its row."""

from collections.abc import Callable
from typing import Any, Final

from msgspec.structs import replace

from domain.kernel.facts import Event
from domain.kernel.recorded import Told
from domain.playbook_run import events as e
from domain.shared.ids import RunId
from projections.kit import expect
from projections.run_rows import RunRow, RunStatus, StepLine

_Done = e.Waited | e.Branched | e.TaskAsked | e.MeetingAsked | e.LetterAsked


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
    return _entered(row, fact, line)


def _action(row: RunRow, fact: Told, event: e.ActionScheduled) -> RunRow:
    step, order, due = event.step_id, event.order, event.due_at
    kind = str(event.action)
    line = StepLine(step_id=step, order=order, channel=None, scheduled_for=due, kind=kind)
    return _entered(row, fact, line)


def _entered(row: RunRow, fact: Told, line: StepLine) -> RunRow:
    """Put a step into the diary; one that was held or late is there again, at its new moment."""
    before = row.steps
    if before and before[-1].step_id == line.step_id:
        before = before[:-1]
    return replace(
        row,
        version=fact.version,
        steps=(*before, line),
        current_step_order=line.order,
        current_step_id=line.step_id,
        next_step_scheduled_at=line.scheduled_for,
    )


def _done(row: RunRow, fact: Told, event: _Done) -> RunRow:
    """A step that is no message came to its end."""
    line = StepLine(
        step_id=event.step_id,
        order=event.order,
        channel=None,
        scheduled_for=fact.occurred_at,
        kind=_KIND[type(event)],
    )
    at, came = fact.occurred_at, _result(event)
    if not row.steps or row.steps[-1].step_id != event.step_id:
        row = replace(row, steps=(*row.steps, line), current_step_order=event.order)
        row = replace(row, current_step_id=event.step_id)
    lines = _lines(row, event.step_id, status="DONE", result=came, executed_at=at)
    return replace(row, version=fact.version, steps=lines, next_step_scheduled_at=None)


def _result(event: _Done) -> str | None:
    match event:
        case e.Waited(replied=replied):
            return "REPLIED" if replied else "TIMED_OUT"
        case e.Branched(holds=holds):
            return "HOLDS" if holds else "DOES_NOT_HOLD"
        case _:
            return None


def _requested(row: RunRow, fact: Told, event: e.StepRequested) -> RunRow:
    lines = _lines(row, event.step_id, message_id=event.message_id, idempotency_key=event.key)
    return replace(row, version=fact.version, steps=lines, next_step_scheduled_at=None)


def _joined(row: RunRow, fact: Told, event: e.StepJoined) -> RunRow:
    lines = _lines(row, event.step_id, message_id=event.message_id)
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
    ended = _dropped(row, fact, event.dropped_step, "STOP_CONDITION_MET")
    at, why = fact.occurred_at, str(event.reason)
    return replace(ended, status=RunStatus.STOPPED, stopped_at=at, stop_reason=why)


def _dropped(row: RunRow, fact: Told, step: str | None, reason: str) -> RunRow:
    lines = row.steps if step is None else _lines(row, step, status="SKIPPED", reason=reason)
    ended = replace(row, version=fact.version, steps=lines)
    return replace(ended, next_step_scheduled_at=None, escalates_at=None)


def _escalated(row: RunRow, fact: Told, event: e.RunEscalated) -> RunRow:
    ended = _dropped(row, fact, event.dropped_step, "ESCALATED")
    return replace(ended, status=RunStatus.ESCALATED, escalated_at=fact.occurred_at)


def _escalates(
    row: RunRow, fact: Told, event: e.EscalationScheduled | e.EscalationDismissed
) -> RunRow:
    at = event.due_at if isinstance(event, e.EscalationScheduled) else None
    return replace(row, version=fact.version, escalates_at=at)


def _paused(row: RunRow, fact: Told, event: e.RunPaused) -> RunRow:
    at, why = fact.occurred_at, str(event.reason)
    held = replace(row, version=fact.version, next_step_scheduled_at=None)
    return replace(held, status=RunStatus.PAUSED, paused_at=at, pause_reason=why)


def _resumed(row: RunRow, fact: Told, event: e.RunResumed) -> RunRow:  # noqa: ARG001
    again = replace(row, version=fact.version, status=RunStatus.ACTIVE)
    return replace(again, paused_at=None, pause_reason=None)


def _moved(row: RunRow, fact: Told, event: e.RunMoved) -> RunRow:
    at = row.next_step_scheduled_at
    moved = row
    if event.dropped_step is not None:
        moved = _dropped(row, fact, event.dropped_step, "MOVED")
    return replace(
        moved,
        version=fact.version,
        playbook_version=event.playbook.version,
        playbook_name=event.playbook.name,
        next_step_scheduled_at=None if event.dropped_step is not None else at,
        escalates_at=row.escalates_at,
    )


def _heard(row: RunRow, fact: Told, event: e.StepDelivered | e.StepUndelivered) -> RunRow:  # noqa: ARG001
    return replace(row, version=fact.version)


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
_KIND: Final[dict[type[Event], str]] = {
    e.Waited: "WAIT_FOR_REPLY",
    e.Branched: "BRANCH",
    e.TaskAsked: "CREATE_TASK",
    e.MeetingAsked: "SCHEDULE_MEETING",
    e.LetterAsked: "GENERATE_LETTER",
}
_FOLDS: Final[dict[type[Event], Callable[[RunRow, Told, Any], RunRow]]] = {
    e.StepScheduled: _scheduled,
    e.StepRequested: _requested,
    e.StepJoined: _joined,
    e.StepSent: _sent,
    e.StepSkipped: _skipped,
    e.StepFailed: _failed,
    e.StepOutcomeUnknown: _unknown,
    e.GuardianReplied: _replied,
    e.ActionScheduled: _action,
    **dict.fromkeys(_KIND, _done),
    e.StepDelivered: _heard,
    e.StepUndelivered: _heard,
    e.EscalationScheduled: _escalates,
    e.EscalationDismissed: _escalates,
    e.RunEscalated: _escalated,
    e.RunPaused: _paused,
    e.RunResumed: _resumed,
    e.RunMoved: _moved,
    e.RunStopped: _stopped,
    e.RunCompleted: _completed,
}

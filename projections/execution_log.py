"""The execution log: one line for each step of each run, and the balance sheet over them."""

from typing import Final

from domain.kernel.facts import Event
from domain.kernel.recorded import Told
from domain.playbook_run import events as e
from domain.shared.ids import RunId, derived_id, message_key
from domain.shared.playbooks import MessageStep
from projections.kit import Query, ReadModel, expect, stream_key
from projections.log_rows import Dropped, LogRow, LogStatus

_Scheduled = e.StepScheduled | e.ActionScheduled
_Taken = e.Waited | e.Branched | e.TaskAsked | e.MeetingAsked | e.LetterAsked
_OF_A_STEP: Final = (
    e.StepScheduled,
    e.ActionScheduled,
    e.Waited,
    e.Branched,
    e.TaskAsked,
    e.MeetingAsked,
    e.LetterAsked,
    e.StepRequested,
    e.StepJoined,
    e.StepSent,
    e.StepSkipped,
    e.StepFailed,
    e.StepOutcomeUnknown,
)
_OF_A_DROP: Final[dict[type[Event], Dropped]] = {
    e.RunStopped: Dropped.STOP_CONDITION_MET,
    e.RunEscalated: Dropped.ESCALATED,
    e.RunMoved: Dropped.MOVED,
}


def keys(fact: Told) -> tuple[str, ...]:
    """One row a run and step; a playbook that is frozen into a run founds one for each step."""
    event = fact.event
    match event:
        case e.RunStarted() | e.RunMoved():
            named = [step.step_id for step in event.playbook.steps]
            if isinstance(event, e.RunMoved) and event.dropped_step not in {None, *named}:
                named.append(str(event.dropped_step))
        case e.RunStopped(dropped_step=str(step)) | e.RunEscalated(dropped_step=str(step)):
            named = [step]
        case _:
            named = [event.step_id] if isinstance(event, _OF_A_STEP) else []
    return tuple([f"{stream_key(fact)}:{step}" for step in named])


def evolve(row: LogRow | None, fact: Told, key: str) -> LogRow | None:
    """Fold one fact into its step."""
    at, event = fact.occurred_at, fact.event
    match event:
        case e.RunStarted() | e.RunMoved():
            return _planned(row, fact, event, key.partition(":")[2])
        case e.StepScheduled() | e.ActionScheduled():
            return _begun(expect(row), event)
        case e.Waited() | e.Branched() | e.TaskAsked() | e.MeetingAsked() | e.LetterAsked():
            before = expect(row)
            due = before.scheduled_for or at  # a wait that a reply came before was in no diary
            return before.but(status=LogStatus.DONE, scheduled_for=due, executed_at=at)
        case e.StepRequested() as asked:
            return _requested(expect(row), asked).but(requested_at=at)
        case e.StepJoined(message_id=message, channel=channel):
            return expect(row).but(message_id=message, channel=channel, requested_at=at)
        case e.StepSent(channel=channel):
            sent = expect(row).but(status=LogStatus.SENT, channel=channel, executed_at=at)
            return sent.but(failure=None, owner=None, skip_reason=None)
        case e.StepSkipped(reason=reason):
            skipped = expect(row).but(status=LogStatus.SKIPPED, skip_reason=str(reason))
            return skipped.but(executed_at=at)
        case e.StepFailed(cause=cause, owner=owner):
            failed = expect(row).but(status=LogStatus.FAILED, failure=cause)
            return failed.but(owner=owner, executed_at=at)
        case e.StepOutcomeUnknown(owner=owner):
            unknown = expect(row).but(status=LogStatus.FAILED, failure=UNKNOWN)
            return unknown.but(owner=owner)
        case _:
            return _dropped(expect(row), fact)


def _planned(
    row: LogRow | None, fact: Told, event: e.RunStarted | e.RunMoved, step_id: str
) -> LogRow:
    """Found the row of a step, or drop the one that a newer version does without for now."""
    if row is not None:
        dropped = isinstance(event, e.RunMoved) and event.dropped_step == step_id
        return _dropped(row, fact) if dropped else row
    step, run = event.playbook.step(step_id), RunId(fact.stream)
    return LogRow(
        log_id=derived_id("execution_log", run, step_id),
        run_id=run,
        step_id=step_id,
        order=step.order,
        school_id=event.school_id,
        student_id=event.student_id,
        guardian_id=event.guardian_id,
        playbook_id=event.playbook.playbook_id,
        kind=str(step.__struct_config__.tag),
        channel=step.channel if isinstance(step, MessageStep) else None,
        idempotency_key=message_key(run, step_id, event.guardian_id),
    )


def _begun(row: LogRow, event: _Scheduled) -> LogRow:
    """Put a step into the log; one that was held or late keeps the moment when it was due first."""
    due = event.due_at if row.scheduled_for is None else row.scheduled_for
    channel = event.channel if isinstance(event, e.StepScheduled) else None
    begun = row.but(status=LogStatus.SCHEDULED, order=event.order, scheduled_for=due)
    return begun.but(channel=channel, skip_reason=None, dropped_at=None)


def _requested(row: LogRow, event: e.StepRequested) -> LogRow:
    """Note the message; a home's run names the guardian whom it reaches only here."""
    guardian = event.guardian_id or row.guardian_id
    asked = row.but(message_id=event.message_id, idempotency_key=event.key)
    return asked.but(channel=event.channel, guardian_id=guardian)


def _dropped(row: LogRow, fact: Told) -> LogRow:
    why = str(_OF_A_DROP[type(fact.event)])
    return row.but(status=LogStatus.SKIPPED, skip_reason=why, dropped_at=fact.occurred_at)


UNKNOWN: Final = "OUTCOME_UNKNOWN"
EXECUTION_LOG = ReadModel(
    "execution_log",
    version=3,
    row=LogRow,
    listens=(e.RunStarted, *_OF_A_STEP, *_OF_A_DROP),
    keys=keys,
    evolve=evolve,
    columns=(
        "run_id",
        "school_id",
        "student_id",
        "guardian_id",
        "status",
        "skip_reason",
        "scheduled_for",
        "requested_at",
        "dropped_at",
        "message_id",
        "idempotency_key",
    ),
    indexes=(
        "tenant, run_id",
        "tenant, scheduled_for",
        "tenant, school_id, requested_at",
        "tenant, student_id",
        "tenant, guardian_id",
        "tenant, message_id",
    ),
    unique=("tenant, idempotency_key",),
)
OF_RUN = Query(
    "execution_log",
    "select doc from {execution_log} where tenant = %(tenant)s and run_id = %(run)s"
    " and status <> 'PLANNED' order by scheduled_for, key limit 1000",
)
OF_STUDENT = Query(
    "execution_log",
    "select doc from {execution_log} where tenant = %(tenant)s and student_id = %(student)s"
    " and status <> 'PLANNED' order by scheduled_for, key limit 10000",
)
SIDES: Final = ("due", "sent", "skipped", "failed", "pending", "done")
# A step that was dropped before its time had come was never due; one whose time had come and that
# was dropped then counts as skipped. So due = sent + done + skipped + failed + pending, always.
BALANCE = Query(
    "execution_log",
    "select count(*) filter (where due), count(*) filter (where due and status = 'SENT'),"
    " count(*) filter (where due and status = 'SKIPPED'),"
    " count(*) filter (where due and status = 'FAILED'),"
    " count(*) filter (where due and status = 'SCHEDULED'),"
    " count(*) filter (where due and status = 'DONE')"
    " from (select status, scheduled_for <= coalesce(dropped_at, %(now)s) as due"
    " from {execution_log} where tenant = %(tenant)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))) as steps limit 1",
)

"""The execution log: one line for each step of each run, and the balance sheet over them."""

from datetime import datetime
from typing import Final

from domain.kernel.recorded import Told
from domain.playbook_run import events as e
from domain.shared.contact import Channel
from domain.shared.ids import MessageId, RunId, SchoolId
from projections.kit import Query, ReadModel, Row, expect, stream_key


class LogRow(Row):
    """One step. `status` is SCHEDULED, SENT, SKIPPED or FAILED; FAILED has an owner.

    A step that is no message has no channel, and is DONE where it was taken.
    """

    run_id: RunId
    step_id: str
    school_id: SchoolId
    channel: Channel | None
    status: str
    scheduled_for: datetime
    idempotency_key: str | None = None
    message_id: MessageId | None = None
    skip_reason: str | None = None
    failure: str | None = None
    owner: str | None = None
    executed_at: datetime | None = None
    dropped_at: datetime | None = None
    kind: str = "MESSAGE"


def keys(fact: Told) -> tuple[str, ...]:
    """One row a run and step."""
    match fact.event:
        case (
            e.StepScheduled(step_id=step)
            | e.ActionScheduled(step_id=step)
            | e.Waited(step_id=step)
            | e.Branched(step_id=step)
            | e.TaskAsked(step_id=step)
            | e.MeetingAsked(step_id=step)
            | e.LetterAsked(step_id=step)
            | e.StepRequested(step_id=step)
            | e.StepSent(step_id=step)
            | e.StepSkipped(step_id=step)
            | e.StepFailed(step_id=step)
            | e.StepOutcomeUnknown(step_id=step)
        ):
            return (f"{stream_key(fact)}:{step}",)
        case (
            e.RunStopped(dropped_step=str(step))
            | e.RunEscalated(dropped_step=str(step))
            | e.RunMoved(dropped_step=str(step))
        ):
            return (f"{stream_key(fact)}:{step}",)
        case _:
            return ()


def evolve(row: LogRow | None, fact: Told, key: str) -> LogRow | None:  # noqa: ARG001  one row a step
    """Fold one fact into its step."""
    at = fact.occurred_at
    match fact.event:
        case e.StepScheduled() | e.ActionScheduled() as s:
            return _begun(row, fact, s)
        case e.Waited() | e.Branched() | e.TaskAsked() | e.MeetingAsked() | e.LetterAsked():
            # A wait that a reply came before never stood in the diary.
            return None if row is None else row.but(status="DONE", executed_at=at)
        case e.StepRequested(message_id=message, key=idempotency):
            return expect(row).but(message_id=message, idempotency_key=idempotency)
        case e.StepSent():
            return expect(row).but(status="SENT", executed_at=at, failure=None, owner=None)
        case e.StepSkipped(reason=reason):
            return expect(row).but(status="SKIPPED", skip_reason=str(reason), executed_at=at)
        case e.StepFailed(cause=cause, owner=owner):
            return expect(row).but(status="FAILED", failure=cause, owner=owner, executed_at=at)
        case e.StepOutcomeUnknown(owner=owner):
            return expect(row).but(status="FAILED", failure="OUTCOME_UNKNOWN", owner=owner)
        case e.RunEscalated():
            return expect(row).but(status="SKIPPED", skip_reason="ESCALATED", dropped_at=at)
        case e.RunMoved():
            return expect(row).but(status="SKIPPED", skip_reason="MOVED", dropped_at=at)
        case _:
            dropped = expect(row)
            return dropped.but(status="SKIPPED", skip_reason="STOP_CONDITION_MET", dropped_at=at)


def _begun(row: LogRow | None, fact: Told, s: e.StepScheduled | e.ActionScheduled) -> LogRow:
    """Put a step into the log; one that was held or late keeps the moment when it was due first."""
    return LogRow(
        run_id=RunId(fact.stream),
        step_id=s.step_id,
        school_id=s.school_id,
        channel=None if isinstance(s, e.ActionScheduled) else s.channel,
        status="SCHEDULED",
        scheduled_for=s.due_at if row is None else row.scheduled_for,
        kind=str(s.action) if isinstance(s, e.ActionScheduled) else "MESSAGE",
    )


EXECUTION_LOG = ReadModel(
    "execution_log",
    version=2,
    row=LogRow,
    listens=(
        e.StepScheduled,
        e.ActionScheduled,
        e.Waited,
        e.Branched,
        e.TaskAsked,
        e.MeetingAsked,
        e.LetterAsked,
        e.RunEscalated,
        e.RunMoved,
        e.StepRequested,
        e.StepSent,
        e.StepSkipped,
        e.StepFailed,
        e.StepOutcomeUnknown,
        e.RunStopped,
    ),
    keys=keys,
    evolve=evolve,
    columns=(
        "run_id",
        "school_id",
        "status",
        "skip_reason",
        "scheduled_for",
        "dropped_at",
        "idempotency_key",
    ),
    indexes=("run_id", "scheduled_for"),
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

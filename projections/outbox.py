"""The outbox: messages asked for and not settled. A rebuild cannot revive a settled one."""

from datetime import datetime
from typing import get_args

from domain.kernel.recorded import Told
from domain.message import events as e
from domain.shared.contact import Channel
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
)
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_LISTENS = get_args(e.MessageEvent)


class OutboxRow(Row):
    """One message to send. `attempted_at` (machine time) is set while an attempt is open."""

    message_id: MessageId
    key: str
    channel: Channel
    template_key: str
    school_id: SchoolId
    student_id: StudentId
    guardian_id: GuardianId
    run_id: RunId
    case_id: CaseId
    intervention_id: InterventionId
    attempt: int = 0
    provider_key: str = ""
    first_attempted_at: datetime | None = None
    attempted_at: datetime | None = None
    not_before: datetime | None = None


def evolve(row: OutboxRow | None, fact: Told, key: str) -> OutboxRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its message."""
    match fact.event:
        case e.MessageRequested() as m:
            return OutboxRow(
                message_id=MessageId(fact.stream),
                key=m.key,
                channel=m.channel,
                template_key=m.template_key,
                school_id=m.school_id,
                student_id=m.student_id,
                guardian_id=m.guardian_id,
                run_id=m.run_id,
                case_id=m.case_id,
                intervention_id=m.intervention_id,
            )
        case e.MessageAttempted(attempt=attempt, provider_key=provider_key):
            before = expect(row)
            return before.but(
                attempt=attempt,
                first_attempted_at=before.first_attempted_at or fact.recorded_at,
                provider_key=provider_key,
                attempted_at=fact.recorded_at,
                not_before=None,
            )
        case e.MessageDeferred(next_attempt_at=at):
            return expect(row).but(attempted_at=None, not_before=at)
        case (
            e.MessageAccepted() | e.MessageFailed() | e.MessageSkipped() | e.MessageOutcomeUnknown()
        ):
            return None
        case _:
            return row


OUTBOX = ReadModel(
    "outbox",
    version=2,
    row=OutboxRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("attempted_at", "not_before"),
    indexes=("not_before",),
)
# Work for a sender: never attempted or deferred until now, or left open by a sender whose lease
# is over. The lease lies in a table of its own; losing it costs one question, not a second letter.
CLAIM = Query(
    "outbox",
    "select o.tenant, o.doc from {outbox} as o left join lease as l"
    " on l.tenant = o.tenant and l.work = o.key::uuid"
    " where (o.not_before is null or o.not_before <= clock_timestamp())"
    " and (l.work is null or l.until < clock_timestamp())"
    " order by o.not_before nulls first, o.key limit %(limit)s for update of o skip locked",
)
WAITING = Query(
    "outbox",
    "select count(*) from {outbox} where not_before is null or not_before <= clock_timestamp()",
)

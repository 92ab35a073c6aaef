"""Messages: what was said to whom and what became of it, for callbacks and for people."""

from datetime import datetime
from typing import get_args

from domain.kernel.recorded import Told
from domain.message import events as e
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId, MessageId, RunId, SchoolId, StudentId
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_LISTENS = get_args(e.MessageEvent)


class MessageRow(Row):
    """One message; its words lie in the vault."""

    message_id: MessageId
    key: str
    channel: Channel
    school_id: SchoolId
    student_id: StudentId
    guardian_id: GuardianId
    run_id: RunId
    step_id: str
    status: str
    requested_at: datetime
    attempts: int = 0
    provider_ref: str | None = None
    reason: str | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    replied_at: datetime | None = None


def evolve(row: MessageRow | None, fact: Told, key: str) -> MessageRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its message."""
    at = fact.occurred_at
    match fact.event:
        case e.MessageRequested() as m:
            return MessageRow(
                message_id=MessageId(fact.stream),
                key=m.key,
                channel=m.channel,
                school_id=m.school_id,
                student_id=m.student_id,
                guardian_id=m.guardian_id,
                run_id=m.run_id,
                step_id=m.step_id,
                status="REQUESTED",
                requested_at=at,
            )
        case e.MessageAttempted(attempt=attempt):
            return expect(row).but(status="ATTEMPTED", attempts=attempt)
        case e.MessageAccepted(provider_ref=ref):
            accepted = expect(row).but(provider_ref=ref, accepted_at=at, reason=None)
            return accepted.but(status="ACCEPTED")
        case e.MessageDeferred(cause=cause):
            return expect(row).but(status="DEFERRED", reason=cause)
        case e.MessageFailed(cause=cause):
            return expect(row).but(status="FAILED", reason=cause)
        case e.MessageOutcomeUnknown(cause=cause):
            return expect(row).but(status="OUTCOME_UNKNOWN", reason=cause)
        case e.MessageSkipped(reason=reason):
            return expect(row).but(status="SKIPPED", reason=str(reason))
        case e.MessageDelivered():
            return expect(row).but(status="DELIVERED", delivered_at=at)
        case e.MessageUndelivered(code=code):
            return expect(row).but(status="UNDELIVERED", reason=code)
        case e.MessageReplied():
            return expect(row).but(replied_at=at)
        case _:
            return row


MESSAGES = ReadModel(
    "messages",
    version=1,
    row=MessageRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("guardian_id", "channel", "status", "provider_ref", "accepted_at"),
    indexes=("provider_ref", "guardian_id, channel, accepted_at"),
)
BY_PROVIDER_REF = Query(
    "messages",
    "select doc from {messages} where tenant = %(tenant)s and provider_ref = %(ref)s limit 1",
)
LATEST_FROM = Query(
    "messages",
    "select doc from {messages} where tenant = %(tenant)s and guardian_id = %(guardian)s"
    " and channel = %(channel)s and doc::json ->> 'replied_at' is not null"
    " order by (doc::json ->> 'replied_at')::timestamptz desc limit 1",
)
LATEST_TO = Query(
    "messages",
    "select doc from {messages} where tenant = %(tenant)s and guardian_id = any(%(guardians)s)"
    " and channel = %(channel)s and accepted_at is not null"
    " order by accepted_at desc, key limit 1",
)

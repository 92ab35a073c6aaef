"""The outbox: messages asked for and not settled. A rebuild cannot revive a settled one.

A row says that there is work, and when. What the work is stands in the message's own facts, which
a sender reads anyway: so a row may be founded again when a settled message goes on by another
channel, or goes once more.
"""

from datetime import datetime
from typing import get_args

from domain.kernel.recorded import Told
from domain.message import events as e
from domain.shared.ids import MessageId
from projections.kit import Query, ReadModel, Row, row_a_stream

_LISTENS = get_args(e.MessageEvent)


class OutboxRow(Row):
    """One message to send. `attempted_at` (machine time) is set while an attempt is open."""

    message_id: MessageId
    attempted_at: datetime | None = None
    not_before: datetime | None = None


def evolve(row: OutboxRow | None, fact: Told, key: str) -> OutboxRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its message."""
    message = MessageId(fact.stream)
    match fact.event:
        case (
            e.MessageRequested()
            | e.MessageRerouted()
            | e.MessageRedirected()
            | e.MessageResendOrdered()
        ):
            return OutboxRow(message_id=message)
        case e.MessageAttempted():
            return OutboxRow(message_id=message, attempted_at=fact.recorded_at)
        case e.MessageDeferred(next_attempt_at=at):
            return OutboxRow(message_id=message, not_before=at)
        case (
            e.MessageAccepted() | e.MessageFailed() | e.MessageSkipped() | e.MessageOutcomeUnknown()
        ):
            return None
        case _:
            return row


OUTBOX = ReadModel(
    "outbox",
    version=4,
    row=OutboxRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("attempted_at", "not_before"),
    # In the order of a claim, which so looks at the rows that it takes and not at all that wait.
    indexes=("not_before nulls first, key",),
)
# Work for a sender: never attempted or deferred until now, or left open by a sender whose lease
# is over. The lease lies in a table of its own; losing it costs one question, not a second letter.
CLAIM = Query(
    "outbox",
    "select o.tenant, o.key::uuid from {outbox} as o left join lease as l"
    " on l.tenant = o.tenant and l.work = o.key::uuid"
    " where (o.not_before is null or o.not_before <= clock_timestamp())"
    " and (l.work is null or l.until < clock_timestamp())"
    " order by o.not_before nulls first, o.key limit %(limit)s for update of o skip locked",
)
WAITING = Query(
    "outbox",
    "select count(*) from {outbox} where not_before is null or not_before <= clock_timestamp()",
)

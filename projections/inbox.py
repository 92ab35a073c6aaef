"""The inbox: what was said to a guardian inside the product. What stands here has arrived."""

from datetime import datetime
from typing import get_args
from uuid import UUID

from domain.kernel.recorded import Told
from domain.message import events as e
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId, MessageId, SchoolId, StudentId, derived_id
from projections.kit import Query, ReadModel, Row, row_a_stream

_LISTENS = get_args(e.MessageEvent)


class InboxRow(Row):
    """One message; its words lie in the vault under `words_id`.

    Without `arrived_at` it is still on its way; without `is_here` it is by another channel, and
    `may_come` here if that one is of no use. Others are forgotten when they are attempted.
    """

    message_id: MessageId
    words_id: UUID
    guardian_id: GuardianId
    student_id: StudentId
    school_id: SchoolId
    is_here: bool = True
    may_come: bool = False
    arrived_at: datetime | None = None
    read_at: datetime | None = None


def evolve(row: InboxRow | None, fact: Told, key: str) -> InboxRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its message; of other channels nothing is kept."""
    match fact.event:
        case e.MessageRequested(channel=channel) as m:
            return InboxRow(
                message_id=MessageId(fact.stream),
                words_id=fact.stream,
                is_here=channel is Channel.IN_APP,
                guardian_id=m.guardian_id,
                student_id=m.student_id,
                school_id=m.school_id,
            )
        case _ if row is None:
            return None
        case e.MessageFallbackNamed(channel=Channel.IN_APP):
            return row.but(may_come=True)
        case e.MessageAttempted() if not (row.is_here or row.may_come):
            return None
        case e.MessageRedirected(channel=Channel.IN_APP):
            # A text of its own: each channel says it in its own words.
            words = derived_id("words", fact.stream, Channel.IN_APP)
            return row.but(is_here=True, words_id=words, arrived_at=None)
        case e.MessageAccepted() if row.is_here:
            return row.but(arrived_at=row.arrived_at or fact.occurred_at)
        case e.MessageOpened(how=e.Opening.READ_IN_APP):
            return row.but(read_at=fact.occurred_at)
        case e.MessageSkipped() | e.MessageFailed() | e.MessageRedirected():
            return None
        case _:
            return row


INBOX = ReadModel(
    "inbox",
    version=2,
    row=InboxRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("guardian_id", "student_id", "school_id", "arrived_at", "read_at"),
    indexes=("tenant, guardian_id, arrived_at, key",),
)
PAGE = Query(
    "inbox",
    "select doc, arrived_at, key from {inbox} where tenant = %(tenant)s"
    " and arrived_at is not null"
    " and (%(guardian)s::uuid is null or guardian_id = %(guardian)s)"
    " and (%(student)s::uuid is null or student_id = %(student)s)"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
    " and (not %(unread)s or read_at is null)"
    " and (%(after_at)s::timestamptz is null or (arrived_at, key) < (%(after_at)s, %(after_key)s))"
    " order by arrived_at desc, key desc limit %(limit)s",
)

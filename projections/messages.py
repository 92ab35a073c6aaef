"""Messages: what was said to whom and what became of it, for callbacks and for people."""

from projections.kit import Query, ReadModel, row_a_stream
from projections.message_folding import LISTENS, OFFICE, OPERATOR, evolve
from projections.message_rows import MessageRow

__all__ = ["MESSAGES", "OFFICE", "OPERATOR", "MessageRow"]

MESSAGES = ReadModel(
    "messages",
    version=2,
    row=MessageRow,
    listens=LISTENS,
    keys=row_a_stream(LISTENS),
    evolve=evolve,
    columns=(
        "school_id",
        "student_id",
        "guardian_id",
        "run_id",
        "channel",
        "status",
        "reason",
        "dead",
        "provider",
        "provider_ref",
        "earlier_ref",
        "requested_at",
        "moved_at",
        "not_before",
        "accepted_at",
        "delivery",
    ),
    indexes=(
        "provider_ref",
        "earlier_ref",
        "guardian_id, channel, accepted_at",
        "tenant, requested_at, key",
        "tenant, status, moved_at",
        "tenant, school_id, requested_at",
        "tenant, student_id",
        "tenant, run_id",
    ),
)
BY_PROVIDER_REF = Query(
    "messages",
    "select doc from {messages} where tenant = %(tenant)s"
    " and (provider_ref = %(ref)s or earlier_ref = %(ref)s) limit 1",
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
ONE = Query(
    "messages",
    "select doc from {messages} where tenant = %(tenant)s and key = %(key)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s)) limit 1",
)

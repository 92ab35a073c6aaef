"""Engagement events: what came of each message, and what guardians chose, one row a fact.

Whose a message is stands with the message once; a page joins the two. What machines are known to
open is no fact, so an opening here is a person's as far as anybody can tell.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.contact_choice import events as c
from domain.kernel.facts import Event
from domain.kernel.recorded import Told, fact_id
from domain.message import events as m
from projections.kit import Query, ReadModel, Row, stream_key


class EngagementType(StrEnum):
    """What happened between a message and its guardian."""

    SENT = "SENT"
    DELIVERED = "DELIVERED"
    BOUNCED = "BOUNCED"
    FAILED = "FAILED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    OPENED = "OPENED"
    CLICKED = "CLICKED"
    REPLIED = "REPLIED"
    WRONG_CONTACT = "WRONG_CONTACT"
    OPTED_OUT = "OPTED_OUT"
    OPTED_IN = "OPTED_IN"
    COMPLAINED = "COMPLAINED"


T = EngagementType
_OPENINGS: Final = {m.Opening.LINK_FOLLOWED: T.CLICKED}
_SUPPRESSIONS: Final = {
    c.SuppressionCause.HARD_BOUNCE: T.BOUNCED,
    c.SuppressionCause.COMPLAINT: T.COMPLAINED,
    c.SuppressionCause.WRONG_NUMBER: T.WRONG_CONTACT,
}
# A fact that is told here is one line of this list: its type, or how its type is found.
TYPES: Final[Mapping[type[Event], EngagementType | Callable[[Any], EngagementType]]] = {
    m.MessageAccepted: T.SENT,
    m.MessageDelivered: T.DELIVERED,
    m.MessageUndelivered: T.BOUNCED,
    m.MessageFailed: T.FAILED,
    m.MessageOutcomeUnknown: T.OUTCOME_UNKNOWN,
    m.MessageOpened: lambda fact: _OPENINGS.get(fact.how, T.OPENED),
    m.MessageReplied: T.REPLIED,
    m.MessageMisaddressed: T.WRONG_CONTACT,
    c.ChannelSuppressed: lambda fact: _SUPPRESSIONS.get(fact.cause, T.OPTED_OUT),
    c.SuppressionLifted: T.OPTED_IN,
}
_TOLD: Final = (
    *("attempt", "provider_ref", "provider_status", "code", "cause", "how", "channel", "reason"),
    *("reply_ref", "fix_contact", "generation", "remedy"),
)


class EngagementRow(Row):
    """One event. `stream_id` is the message, or the choices of a guardian."""

    engagement_event_id: UUID
    event_type: EngagementType
    stream_id: UUID
    occurred_at: datetime
    details: dict[str, str | int | bool]


def keys(fact: Told) -> tuple[str, ...]:
    """One row a fact."""
    return (f"{stream_key(fact)}:{fact.version}",) if type(fact.event) in TYPES else ()


def evolve(row: EngagementRow | None, fact: Told, key: str) -> EngagementRow | None:  # noqa: ARG001  one row a fact
    """Tell one fact."""
    kind = TYPES.get(type(fact.event))
    if kind is None:
        return row
    said = {name: getattr(fact.event, name, None) for name in _TOLD}
    return EngagementRow(
        engagement_event_id=fact_id(fact.stream, fact.version),
        event_type=kind if isinstance(kind, EngagementType) else kind(fact.event),
        stream_id=fact.stream,
        occurred_at=fact.occurred_at,
        details=msgspec.to_builtins({name: v for name, v in said.items() if v is not None}),
    )


ENGAGEMENT_EVENTS = ReadModel(
    "engagement_events",
    version=1,
    row=EngagementRow,
    listens=tuple(TYPES),
    keys=keys,
    evolve=evolve,
    columns=("event_type", "stream_id", "occurred_at"),
    indexes=(
        "tenant, occurred_at, key",
        "tenant, event_type, occurred_at, key",
        "tenant, stream_id",
    ),
)
# What a guardian chose names no pupil and no school: it is shown where the guardian is asked for.
PAGE = Query(
    "engagement_events",
    "select json_build_object('engagement_event_id', e.doc::json ->> 'engagement_event_id',"
    " 'event_type', e.event_type, 'message_id', m.key, 'run_id', m.run_id,"
    " 'step_id', m.doc::json ->> 'step_id',"
    " 'channel', coalesce(m.channel, e.doc::json -> 'details' ->> 'channel'),"
    " 'school_id', m.school_id, 'student_id', m.student_id,"
    " 'guardian_id', coalesce(m.guardian_id, %(guardian)s),"
    " 'details', e.doc::json -> 'details', 'occurred_at', e.occurred_at)::text,"
    " e.occurred_at, e.key from {engagement_events} e"
    " left join {messages} m on m.tenant = e.tenant and m.key = e.stream_id::text"
    " where e.tenant = %(tenant)s and (m.key is not null or e.stream_id = %(choices)s)"
    " and (%(school)s::uuid[] is null or m.school_id = any(%(school)s) or m.key is null)"
    " and (%(type)s::text is null or e.event_type = %(type)s)"
    " and (%(run)s::uuid is null or m.run_id = %(run)s)"
    " and (%(student)s::uuid is null or m.student_id = %(student)s)"
    " and (%(guardian)s::uuid is null or e.stream_id = %(choices)s"
    " or m.guardian_id = %(guardian)s)"
    " and (%(from)s::timestamptz is null or e.occurred_at >= %(from)s)"
    " and (%(to)s::timestamptz is null or e.occurred_at < %(to)s)"
    " and (%(after_at)s::timestamptz is null"
    " or (e.occurred_at, e.key) > (%(after_at)s, %(after_key)s))"
    " order by e.occurred_at, e.key limit %(limit)s",
)

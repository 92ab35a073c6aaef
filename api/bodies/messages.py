"""Shapes of messages."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.bodies.shared import ID, OTHER_ID, PEOPLE, FreeText, Next, People, example
from domain.message.reasons import AbandonReason, Finding, Remedy, ResendReason, SettleReason
from domain.shared.contact import Channel, Purpose


class MessageStatus(StrEnum):
    """Where a message stands. NOT_SENT is a person's finding, ABANDONED a person's decision."""

    REQUESTED = "REQUESTED"
    ATTEMPTED = "ATTEMPTED"
    DEFERRED = "DEFERRED"
    ACCEPTED = "ACCEPTED"
    DELIVERED = "DELIVERED"
    READ = "READ"
    UNDELIVERED = "UNDELIVERED"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
    NOT_SENT = "NOT_SENT"
    ABANDONED = "ABANDONED"


_MESSAGE: dict[str, Any] = {
    "message_id": OTHER_ID,
    "key": f"playbook:{ID}:sms:{ID}",
    "channel": "SMS",
    "school_id": ID,
    "student_id": ID,
    "guardian_id": OTHER_ID,
    "run_id": ID,
    "step_id": "sms",
    "status": "OUTCOME_UNKNOWN",
    "requested_at": "2025-10-14T08:00:00Z",
    "moved_at": "2025-10-14T08:00:12Z",
    "purpose": "STATUTORY_NOTICE",
    "template_key": "ATTENDANCE_SMS",
    "attempts": 1,
    "generation": 0,
    "fallback": "EMAIL",
    "provider": "twilio",
    "provider_ref": None,
    "earlier_ref": None,
    "delivery": None,
    "reason": "TIMED_OUT",
    "remedy": None,
    "owner": "school:attendance-office",
    "dead": False,
    "not_before": None,
    "accepted_at": None,
    "delivered_at": None,
    "replied_at": None,
}


class MessageItem(BaseModel):
    """One message, without its words.

    `generation` counts channels and re-sends, from 0; `channel` and `provider_ref` are those of the
    newest. `delivery` is the provider's last word that stands, `moved_at` when anything was last
    heard of it. A `dead` one did not go and waits for its `owner`; `remedy` says what would help.
    """

    model_config = ConfigDict(extra="forbid")

    message_id: UUID
    key: str
    channel: Channel
    school_id: UUID
    student_id: UUID
    guardian_id: UUID
    run_id: UUID
    step_id: str
    status: MessageStatus
    requested_at: AwareDatetime
    moved_at: AwareDatetime
    purpose: Purpose
    template_key: str
    attempts: int
    generation: int
    fallback: Channel | None
    provider: str | None
    provider_ref: str | None
    earlier_ref: str | None
    delivery: str | None
    reason: str | None
    remedy: Remedy | None
    owner: str | None
    dead: bool
    not_before: AwareDatetime | None
    accepted_at: AwareDatetime | None
    delivered_at: AwareDatetime | None
    replied_at: AwareDatetime | None


class MessagePage(BaseModel):
    """A page of messages."""

    model_config = example({"items": [_MESSAGE], "people": PEOPLE, "next": None})

    items: list[MessageItem]
    people: People
    next: Next


class StuckAs(StrEnum):
    """Why a message is stuck: it waits to be sent, or its provider took it and is silent."""

    WAITING = "WAITING"
    SILENT = "SILENT"


class StuckItem(MessageItem):
    """A message about which nothing was heard for too long, and who has to look why."""

    stuck_as: StuckAs
    age_seconds: int
    seen_to_by: str


_STUCK = _MESSAGE | {"stuck_as": "SILENT", "age_seconds": 90_000, "seen_to_by": "operator"}


class StuckPage(BaseModel):
    """Messages that are stuck, the longest first."""

    model_config = example({"items": [_STUCK], "people": PEOPLE, "next": None})

    items: list[StuckItem]
    people: People
    next: Next


class MessageFact(BaseModel):
    """One thing that happened to a message: what, when, by whom, and all that was written down."""

    model_config = ConfigDict(extra="forbid")

    name: str
    at: AwareDatetime
    actor: str
    fact: dict[str, Any]


_FACT = {
    "name": "message.outcome_unknown",
    "at": "2025-10-14T08:00:12Z",
    "actor": "process:send",
    "fact": {"attempt": 1, "cause": "TIMED_OUT"},
}


class MessageDetails(BaseModel):
    """One message and its whole story."""

    model_config = example({"message": _MESSAGE, "facts": [_FACT], "people": PEOPLE})

    message: MessageItem
    facts: list[MessageFact]
    people: People


class SettleBody(BaseModel):
    """What was found out about a message whose outcome nobody knew, and how."""

    model_config = example({"finding": "NOT_SENT", "reason": "PROVIDER_SAYS"})

    finding: Finding
    reason: SettleReason
    note: FreeText | None = None


class ResendBody(BaseModel):
    """Why a message goes once more; by another channel where one is named."""

    model_config = example({"reason": "CONTACT_MENDED", "channel": "EMAIL"})

    reason: ResendReason
    channel: Channel | None = None
    note: FreeText | None = None


class AbandonBody(BaseModel):
    """Why nobody tries any more."""

    model_config = example({"reason": "TOLD_OTHERWISE"})

    reason: AbandonReason
    note: FreeText | None = None

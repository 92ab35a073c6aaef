"""Shapes of numbers."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.bodies.shared import ID, OTHER_ID, PEOPLE, Next, People, example
from domain.shared.contact import Channel
from projections.balance import Loose
from projections.engagement_events import EngagementType
from projections.telemetry_events import TelemetryType

_DAY: dict[str, Any] = {
    "school_id": ID,
    "date": "2025-10-13",
    "playbooks_started": 3,
    "steps_scheduled": 5,
    "steps_sent": 4,
    "playbooks_stopped_by_reply": 1,
    "playbooks_stopped_by_improvement": 0,
    "escalations": 0,
    "estimated_minutes_saved": 20,
}


class MetricsDay(BaseModel):
    """Counters of one school on one school day."""

    model_config = example(_DAY)

    school_id: UUID
    date: date
    playbooks_started: int
    steps_scheduled: int
    steps_sent: int
    playbooks_stopped_by_reply: int
    playbooks_stopped_by_improvement: int
    escalations: int
    estimated_minutes_saved: int


class MetricsList(BaseModel):
    """Days in order. `complete` is false when there are more than one answer holds."""

    model_config = example({"items": [_DAY], "complete": True})

    items: list[MetricsDay]
    complete: bool


class Balance(BaseModel):
    """Of the steps whose time had come at `at`: due = sent + done + skipped + failed + pending.

    `done` are steps that are no messages.
    """

    model_config = example(
        {
            "at": "2025-10-13T16:00:00Z",
            "due": 12,
            "sent": 9,
            "skipped": 2,
            "failed": 0,
            "pending": 1,
            "done": 0,
        }
    )

    at: AwareDatetime
    due: int
    sent: int
    skipped: int
    failed: int
    pending: int
    done: int


_EVENT: dict[str, Any] = {
    "telemetry_event_id": OTHER_ID,
    "event_type": "STEP_SENT",
    "playbook_run_id": OTHER_ID,
    "school_id": ID,
    "student_id": ID,
    "metadata": {"step_id": "sms", "order": 1, "channel": "SMS", "estimated_minutes_saved": 5},
    "occurred_at": "2025-10-14T08:00:02Z",
}


class TelemetryItem(BaseModel):
    """One action of a playbook. No run: attendance got better, which may have many causes."""

    model_config = example(_EVENT)

    telemetry_event_id: UUID
    event_type: TelemetryType
    playbook_run_id: UUID | None
    school_id: UUID
    student_id: UUID
    metadata: dict[str, str | int | bool]
    occurred_at: AwareDatetime


class TelemetryPage(BaseModel):
    """A page of telemetry events, oldest first."""

    model_config = example({"items": [_EVENT], "people": PEOPLE, "next": None})

    items: list[TelemetryItem]
    people: People
    next: Next


_CAME: dict[str, Any] = {
    "engagement_event_id": OTHER_ID,
    "event_type": "DELIVERED",
    "message_id": ID,
    "run_id": OTHER_ID,
    "step_id": "sms",
    "channel": "SMS",
    "school_id": ID,
    "student_id": ID,
    "guardian_id": OTHER_ID,
    "details": {"provider_status": "delivered"},
    "occurred_at": "2025-10-14T08:00:09Z",
}


class EngagementItem(BaseModel):
    """What came of a message; no message: what a guardian chose, for all messages of a channel.

    OPENED and CLICKED are the weakest evidence there is; DELIVERED does not mean that it was read.
    """

    model_config = example(_CAME)

    engagement_event_id: UUID
    event_type: EngagementType
    message_id: UUID | None
    run_id: UUID | None
    step_id: str | None
    channel: Channel | None
    school_id: UUID | None
    student_id: UUID | None
    guardian_id: UUID | None
    details: dict[str, str | int | bool]
    occurred_at: AwareDatetime


class EngagementPage(BaseModel):
    """A page of engagement events, oldest first."""

    model_config = example({"items": [_CAME], "people": PEOPLE, "next": None})

    items: list[EngagementItem]
    people: People
    next: Next


class LooseMessage(BaseModel):
    """A message that is on no side of the sheet, and why."""

    model_config = ConfigDict(extra="forbid")

    message_id: UUID
    code: Loose


class MessageBalance(BaseModel):
    """asked = sent + skipped + failed + unknown + waiting, to the message, where `agrees`.

    Sent: a provider took it, whether or not it arrived. Unknown: nobody can say whether it went,
    and a person settles it. `loose` counts what is on no side, and names the first hundred.
    """

    model_config = example(
        {
            "from": "2025-10-13",
            "to": "2025-10-17",
            "asked": 12,
            "sent": 8,
            "skipped": 2,
            "failed": 1,
            "unknown": 0,
            "waiting": 1,
            "skipped_by_reason": {"CONSENT_MISSING": 1, "NO_ADDRESS": 1},
            "loose": 0,
            "loose_messages": [],
            "agrees": True,
        }
    )

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    asked: int
    sent: int
    skipped: int
    failed: int
    unknown: int
    waiting: int
    skipped_by_reason: dict[str, int]
    loose: int
    loose_messages: list[LooseMessage]
    agrees: bool

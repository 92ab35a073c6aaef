"""Shapes of numbers."""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from api.bodies.shared import ID, example

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

"""Shapes of playbooks: in lists, in versions, checked, and with real dates."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from api.bodies.playbook_steps import CONTENT, PlaybookBody
from api.bodies.shared import ID, Next, example
from domain.playbook_run.previewing import Why
from domain.shared.contact import Channel
from domain.shared.playbooks import (
    OffsetUnit,
)

_VERSION: Final[dict[str, Any]] = {
    "version": 1,
    "status": "ACTIVE",
    "drafted_at": "2025-09-01T09:00:00Z",
    "drafted_by": "staff:7",
    "activated_at": "2025-09-02T09:00:00Z",
    "activated_by": "staff:1",
    "ended_at": None,
    "ended_by": None,
}
_ITEM: Final[dict[str, Any]] = {
    "playbook_id": ID,
    "school_id": None,
    "name": "After the first letter",
    "trigger_stage": "LETTER_1",
    "is_active": True,
    "status": "ACTIVE",
    "version": 1,
    "draft_version": None,
    "revision": 2,
    "steps": 1,
    "created_at": "2025-09-01T09:00:00Z",
    "updated_at": "2025-09-02T09:00:00Z",
}
_FAULT: Final = {
    "path": "$.steps[0].channel",
    "code": "channel-without-sender",
    "message": "POST has no sender in this release",
}


class NewPlaybookBody(PlaybookBody):
    """A playbook for one school, or without one for all of the tenant."""

    model_config = example({**CONTENT, "school_id": None})

    school_id: UUID | None = None


class PlaybookItem(BaseModel):
    """A playbook in the list. `revision` is what If-Match asks for; no school: the whole tenant."""

    model_config = example(_ITEM)

    playbook_id: UUID
    school_id: UUID | None
    name: str
    trigger_stage: str | None
    is_active: bool
    status: str
    version: int
    draft_version: int | None
    revision: int
    steps: int
    created_at: AwareDatetime
    updated_at: AwareDatetime


class PlaybookPage(BaseModel):
    """A page of playbooks, the one that was changed last first."""

    model_config = example({"items": [_ITEM], "next": None})

    items: list[PlaybookItem]
    next: Next


class PlaybookVersion(BaseModel):
    """One version: DRAFT, ACTIVE, SUPERSEDED by a later one, RETIRED, or DROPPED unused."""

    model_config = example(_VERSION)

    version: int
    status: str
    drafted_at: AwareDatetime | None
    drafted_by: str | None
    activated_at: AwareDatetime | None
    activated_by: str | None
    ended_at: AwareDatetime | None
    ended_by: str | None


class PlaybookVersions(BaseModel):
    """Every version there ever was, newest first."""

    model_config = example({"playbook_id": ID, "revision": 2, "items": [_VERSION]})

    playbook_id: UUID
    revision: int
    items: list[PlaybookVersion]


class PlaybookWhole(PlaybookVersion):
    """One playbook: a version with its steps, and the draft of the next one if there is any."""

    model_config = example(
        {
            **_VERSION,
            "playbook_id": ID,
            "school_id": None,
            "is_active": True,
            "revision": 2,
            "created_at": "2025-09-01T09:00:00Z",
            "updated_at": "2025-09-02T09:00:00Z",
            "trigger_stage": "LETTER_1",
            "escalation_after_days": 10,
            "definition": CONTENT,
            "draft": None,
        }
    )

    playbook_id: UUID
    school_id: UUID | None
    is_active: bool
    revision: int
    created_at: AwareDatetime
    updated_at: AwareDatetime
    trigger_stage: str | None
    escalation_after_days: int | None
    definition: PlaybookBody
    draft: PlaybookBody | None


class PlaybookFault(BaseModel):
    """One thing wrong: where, a code that stays, and what would be right."""

    model_config = example(_FAULT)

    path: str
    code: str
    message: str


class PlaybookValidation(BaseModel):
    """Everything that is wrong with a playbook; nothing was stored."""

    model_config = example({"valid": False, "errors": [_FAULT], "warnings": []})

    valid: bool
    errors: list[PlaybookFault]
    warnings: list[PlaybookFault]


class ShippedPlaybook(BaseModel):
    """A playbook that comes with the product, to begin one's own with."""

    model_config = example({"set": "ie-attendance-1", "definition": CONTENT})

    set: str
    definition: PlaybookBody


class ShippedPlaybooks(BaseModel):
    """All that come with the product."""

    model_config = example({"items": [{"set": "ie-attendance-1", "definition": CONTENT}]})

    items: list[ShippedPlaybook]


_MOVED: Final = {"why": "SCHOOL_CLOSED", "days": ["2025-12-22"]}
_MOMENT: Final[dict[str, Any]] = {
    "step_id": "sms-1",
    "order": 1,
    "kind": "MESSAGE",
    "channel": "SMS",
    "offset": 1,
    "unit": "SCHOOL_DAYS",
    "plain_on": "2025-12-22",
    "due_at": "2026-01-05T09:00:00Z",
    "local_at": "2026-01-05T09:00:00+00:00",
    "moved": [_MOVED],
}


class MovedItem(BaseModel):
    """Why a step does not fall on the day that plain counting gives, and the days taken out."""

    model_config = example(_MOVED)

    why: Why
    days: list[date]


class MomentItem(BaseModel):
    """When a step falls, as if all before it went at once and nothing stood against it."""

    model_config = example(_MOMENT)

    step_id: str
    order: int
    kind: str
    channel: Channel | None
    offset: int
    unit: OffsetUnit
    plain_on: date
    due_at: AwareDatetime
    local_at: AwareDatetime
    moved: list[MovedItem]


class PlaybookPreview(BaseModel):
    """A run through a playbook that begins at a moment, with real dates of a school's calendar."""

    model_config = example(
        {
            "playbook_id": ID,
            "version": 1,
            "school_id": ID,
            "zone": "Europe/Dublin",
            "triggered_at": "2025-12-19T10:00:00Z",
            "steps": [_MOMENT],
            "escalates_on": "2026-01-16",
        }
    )

    playbook_id: UUID
    version: int
    school_id: UUID
    zone: str
    triggered_at: AwareDatetime
    steps: list[MomentItem]
    escalates_on: date | None

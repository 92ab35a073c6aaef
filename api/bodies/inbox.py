"""Shapes of the inbox."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from api.bodies.shared import ID, OTHER_ID, Next, example

_ITEM: dict[str, Any] = {
    "message_id": OTHER_ID,
    "guardian_id": ID,
    "student_id": ID,
    "school_id": ID,
    "arrived_at": "2025-11-04T14:30:00Z",
    "read_at": None,
    "subject": None,
    "text": "Your child has missed five days since September.",
}


class InboxItem(BaseModel):
    """One message that has arrived. Without `text` somebody whom it was about was erased."""

    model_config = example(_ITEM)

    message_id: UUID
    guardian_id: UUID
    student_id: UUID
    school_id: UUID
    arrived_at: AwareDatetime
    read_at: AwareDatetime | None
    subject: str | None
    text: str | None


class InboxPage(BaseModel):
    """A page of the inbox, newest first."""

    model_config = example({"items": [_ITEM], "next": None})

    items: list[InboxItem]
    next: Next

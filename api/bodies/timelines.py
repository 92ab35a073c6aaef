"""Shapes of timelines: all that was said to or about one person."""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.bodies.shared import ID, PEOPLE, Next, People, example

_ENTRY: dict[str, Any] = {
    "position": 1042,
    "at": "2025-10-14T08:00:02Z",
    "code": "message.replied",
    "words": "A real reply came in; STOP, auto-replies and machine opens are not replies.",
    "stream": ID,
    "actor": "provider:twilio",
    "about": {"channel": "SMS"},
    "text": "She was at the dentist.",
}


class TimelineEntry(BaseModel):
    """One thing that happened. `code` is the fact's name; `text` what a guardian wrote.

    No text: nothing was written, or it was erased.
    """

    model_config = ConfigDict(extra="forbid")

    position: int
    at: AwareDatetime
    code: str
    words: str
    stream: UUID
    actor: str
    about: dict[str, str]
    text: str | None


class Timeline(BaseModel):
    """A page of what was said to or about one person, oldest first."""

    model_config = example({"entries": [_ENTRY], "people": PEOPLE, "next": None})

    entries: list[TimelineEntry]
    people: People
    next: Next

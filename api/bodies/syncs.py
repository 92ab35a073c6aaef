"""Shapes of syncs."""

from typing import Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from api.bodies.shared import ID, example

_SYNC: Final[dict[str, Any]] = {
    "school_id": ID,
    "source": "wonde:A1930499544",
    "version": 1,
    "zone": "Europe/London",
    "times": ["08:00", "10:00", "15:30"],
    "compare_at": "02:00",
    "paused": False,
    "reason": "",
    "set_by": "staff:7",
    "set_at": "2025-09-01T09:00:00Z",
    "outcome": "REFUSED",
    "problems": ["too-few-pupils"],
    "failures": 1,
    "tried_at": "2025-10-13T01:00:02Z",
    "ended_at": "2025-10-13T01:01:40Z",
    "read_at": "2025-10-13T01:00:02Z",
    "compared_at": "2025-10-13T01:00:02Z",
    "next_at": "2025-10-13T07:00:00Z",
    "next_reads": "CHANGES",
}


class SyncItem(BaseModel):
    """When one school is read from its own system, what came of it last, and when it is next.

    `problems` are codes of the import's report, which says what to do about each. A source that was
    away is asked again after a while; for all else the next time of the day comes.
    """

    model_config = example(_SYNC)

    school_id: UUID
    source: str
    version: int
    zone: str
    times: list[str]
    compare_at: str
    paused: bool
    reason: str
    set_by: str
    set_at: AwareDatetime
    outcome: Literal["RUNNING", "WELL", "REFUSED"] | None
    problems: list[str]
    failures: int
    tried_at: AwareDatetime | None
    ended_at: AwareDatetime | None
    read_at: AwareDatetime | None
    compared_at: AwareDatetime | None
    next_at: AwareDatetime | None
    next_reads: Literal["CHANGES", "EVERYTHING"] | None


class SyncList(BaseModel):
    """Every planned school that you may see."""

    model_config = example({"items": [_SYNC]})

    items: list[SyncItem]


class SyncChange(BaseModel):
    """Whether a school's syncs wait, and why: in words that name nobody."""

    model_config = example({"paused": True, "reason": "the school moves to another system"})

    paused: bool
    reason: str = Field(min_length=1, max_length=200)

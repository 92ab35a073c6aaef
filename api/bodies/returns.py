"""Shapes of returns that schools owe."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.bodies.records import Day
from api.bodies.shared import ID, OTHER_ID, example

Reference = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./_-]{0,59}$",
        description="The authority's own number of the return; no name of a child.",
    ),
]
_ITEM = {
    "return_id": OTHER_ID,
    "school_id": ID,
    "rule_set_id": ID,
    "name": "SAR-1",
    "covers": "first day of year to 31 December",
    "role": "HEAD",
    "cumulative": True,
    "school_year_from": "2025-09-01",
    "opens_on": "2026-01-01",
    "due_on": "2026-01-31",
    "opened_at": "2026-01-01T00:00:02Z",
    "status": "SUBMITTED",
    "submitted_on": "2026-01-20",
    "submitted_by": "staff:principal",
    "reference": "SAR-2026-0113",
    "late": False,
}


class SubmitBody(BaseModel):
    """When the return was made, the school's today if nothing is said, and its number."""

    model_config = example({"submitted_on": "2026-01-20", "reference": "SAR-2026-0113"})

    submitted_on: Day | None = None
    reference: Reference | None = None


class ReturnItem(BaseModel):
    """One return of a school for a school year.

    `role` is asked to make it, by `due_on`. `status`: OPEN, PAST_DUE or SUBMITTED, and then by whom
    and whether `late`.
    """

    model_config = ConfigDict(extra="forbid")

    return_id: UUID
    school_id: UUID
    rule_set_id: UUID
    name: str
    covers: str
    role: str
    cumulative: bool
    school_year_from: date
    opens_on: date
    due_on: date
    opened_at: AwareDatetime
    status: str
    submitted_on: date | None
    submitted_by: str
    reference: str
    late: bool


class ReturnList(BaseModel):
    """Returns, the latest last day first."""

    model_config = example({"items": [_ITEM]})

    items: list[ReturnItem]

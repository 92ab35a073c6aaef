"""Shapes of letters, exemptions, cases and of the record of looks."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from api.bodies.shared import ID, OTHER_ID, Code, FreeText, Next, People, ReceiptBody, example
from domain.exemption.events import ExemptionEffect
from domain.exemption.kinds import ExemptionKind


class PostedReceipt(ReceiptBody):
    """A receipt that says what the last look found: a letter that lost its cause is not posted."""

    model_config = example(
        {"stream": ID, "version": 3, "position": 1042, "facts": 1, "outcome": "POSTED"}
    )

    outcome: Literal["POSTED", "WITHDRAWN"]


def _near(day: date) -> date:
    if not 2000 <= day.year <= 2100:  # noqa: PLR2004  years that every part of the house can hold
        raise ValueError("far from our time")
    return day


Day = Annotated[date, AfterValidator(_near)]


class ExemptionBody(BaseModel):
    """Days on which rules leave a student alone. Absent `until`: until it is ended."""

    model_config = example(
        {
            "student_id": ID,
            "starts_on": "2025-10-13",
            "until": "2025-10-24",
            "kind": "LONG_TERM_ILLNESS",
            "reason": "In hospital, told by the aunt.",
        }
    )

    student_id: UUID
    starts_on: Day
    until: Day | None = None
    kind: ExemptionKind = ExemptionKind.OTHER
    reason: FreeText


class ExemptionReceipt(ReceiptBody):
    """A receipt with the id by which the exemption can be ended."""

    model_config = example(
        {"stream": ID, "version": 1, "position": 1042, "facts": 1, "exemption": OTHER_ID}
    )

    exemption: UUID


class ExemptionItem(BaseModel):
    """One exemption. `holds` says that it covers today; kind and reason come from the vault."""

    model_config = ConfigDict(extra="forbid")

    exemption: UUID
    starts_on: date
    until: date | None
    effect: ExemptionEffect
    granted_at: AwareDatetime
    ended_at: AwareDatetime | None
    holds: bool
    kind: str | None
    reason: str | None


class ExemptionList(BaseModel):
    """All exemptions of one student, the oldest first."""

    model_config = example(
        {
            "student_id": ID,
            "exemptions": [
                {
                    "exemption": OTHER_ID,
                    "starts_on": "2025-10-13",
                    "until": "2025-10-24",
                    "effect": "LEAVE_ALONE",
                    "granted_at": "2025-10-12T09:12:00Z",
                    "ended_at": None,
                    "holds": True,
                    "kind": "LONG_TERM_ILLNESS",
                    "reason": "In hospital, told by the aunt.",
                }
            ],
            "people": {},
        }
    )

    student_id: UUID
    exemptions: list[ExemptionItem]
    people: People


class CloseCaseBody(BaseModel):
    """Why the matter is settled."""

    model_config = example({"reason": "RESOLVED"})

    reason: Code


class ReadItem(BaseModel):
    """Somebody looked at a child's record."""

    model_config = ConfigDict(extra="forbid")

    at: AwareDatetime
    actor: str
    what: str
    subject: UUID
    route: str


class ReadPage(BaseModel):
    """A page of looks, latest first."""

    model_config = example(
        {
            "items": [
                {
                    "at": "2025-10-13T09:12:00Z",
                    "actor": "staff:7",
                    "what": "history",
                    "subject": OTHER_ID,
                    "route": "GET /api/interventions/students/{studentId}",
                }
            ],
            "next": None,
        }
    )

    items: list[ReadItem]
    next: Next

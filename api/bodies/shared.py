"""Shapes that several routes share."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from domain.shared.guards import GuardBy

_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2100

ID: Final = "018f6f5e-7c1a-7b7e-9c55-616e73656f00"
OTHER_ID: Final = "018f6f5e-7c1a-7b7e-9c55-616e73656f01"
PEOPLE: Final = {ID: {"given": "Síofra", "family": "Example"}}


def example(value: dict[str, Any]) -> ConfigDict:
    """Return the settings of a body: an example, and no field that nobody asked for."""
    return ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, json_schema_extra={"examples": [value]}
    )


def _utc(value: datetime) -> datetime:
    """Keep instants in UTC, and in years that every part of the house can hold."""
    if not _FIRST_YEAR <= value.year <= _LAST_YEAR:
        raise ValueError("far from our time")
    return value.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$", description="A code, no free text.")]
FreeText = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    Field(min_length=1, max_length=4000, description="Kept in the person vault only."),
]


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    correlation_id: UUID
    errors: list[dict[str, str]] = []
    details: dict[str, Any] = {}


class ReceiptBody(BaseModel):
    """The answer to an accepted command; `position` is 0 when nothing new had to be said."""

    model_config = example({"stream": ID, "version": 3, "position": 1042, "facts": 1})

    stream: UUID
    version: int
    position: int
    facts: int


class Person(BaseModel):
    """A name, from the person vault."""

    model_config = ConfigDict(extra="forbid")

    given: str
    family: str


class Numbers(BaseModel):
    """What one condition of a stage saw, in whole sessions."""

    model_config = ConfigDict(extra="forbid")

    metric: str
    absent_sessions: int
    possible_sessions: int
    sessions_per_day: int
    threshold: str
    window_from: str
    window_to: str
    denominator: str
    undecided_days: int = 0
    not_known: list[str] = []


class GuardSaid(BaseModel):
    """A guard of a stage; a PERSON is asked in words, and a special answer goes to the vault."""

    model_config = ConfigDict(extra="forbid")

    name: str
    by: GuardBy
    asks: str
    special: bool


class GuardFound(BaseModel):
    """What software found about a guard when the stage was proposed."""

    model_config = ConfigDict(extra="forbid")

    guard: str
    met: bool
    counted: int
    window_from: str | None
    window_to: str | None


People = Annotated[
    dict[UUID, Person],
    Field(description="Names of those in the items, by id; an erased person has none."),
]
Next = Annotated[str | None, Field(description="Cursor of the next page; null on the last one.")]

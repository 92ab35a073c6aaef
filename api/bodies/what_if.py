"""Shapes of simulations and what-ifs: questions that change nothing."""

from datetime import date
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.bodies.records import Day
from api.bodies.shared import ID, OTHER_ID, PEOPLE, People, example
from domain.attendance.day_words import DayPart

_NAME: Final = "ie-default-1"
_MOST_DAYS: Final = 800
RuleSetName = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9._-]{1,80}$",
        description="The name or the id of a rule set: your own, or one that ships.",
    ),
]


class _Rules(BaseModel):
    """A rule set: written out, or by its name."""

    rule_set: RuleSetName | None = None
    rules: Annotated[
        dict[str, Any] | None, Field(description="A whole rule set, in place of a name.")
    ] = None

    @model_validator(mode="after")
    def _says_one(self) -> Self:
        if (self.rule_set is None) is (self.rules is None):
            raise ValueError("say rule_set or rules")
        return self


class SimulateBody(_Rules):
    """Which pupil, by which rules, on which day."""

    model_config = example({"student_id": ID, "on": "2025-11-20", "rule_set": _NAME})

    student_id: UUID
    on: Day


class SimulatedStage(BaseModel):
    """What an evening would say of one stage."""

    model_config = ConfigDict(extra="forbid")

    stage: str
    order: int
    track: str
    approval: str
    settle_days: int
    condition_holds: bool | None
    fires: bool
    conditions: list[dict[str, Any]]
    held_back_by: list[str]
    taken_as_met: list[str]
    not_computed: str | None
    not_known: list[str]


_STAGE: Final[dict[str, Any]] = {
    "stage": "LETTER_1",
    "order": 3,
    "track": "SUPPORT",
    "approval": "STAFF",
    "settle_days": 2,
    "condition_holds": False,
    "fires": False,
    "conditions": [
        {
            "metric": "ABSENT_DAYS",
            "threshold": ">= 15",
            "counted": 12,
            "holds": False,
            "missing": "3 days more of absence",
        }
    ],
    "held_back_by": [],
    "taken_as_met": [],
    "not_computed": None,
    "not_known": [],
}


class Simulation(BaseModel):
    """One pupil against a rule set on a day. Nothing of it is stored but the look itself."""

    model_config = example(
        {
            "student": ID,
            "source_id": "P1",
            "school": OTHER_ID,
            "on": "2025-11-20",
            "rule_set": _NAME,
            "known_at": 1042,
            "denominator": "MARKS",
            "school_open": True,
            "fires": [],
            "stages": [_STAGE],
            "not_done": [],
            "stored": False,
            "people": PEOPLE,
        }
    )

    student: UUID
    source_id: str
    school: UUID
    on: date
    rule_set: str
    known_at: int
    denominator: str
    school_open: bool
    fires: list[str]
    stages: list[SimulatedStage]
    not_done: list[str]
    stored: bool
    people: People


class OtherDay(BaseModel):
    """A day, or several, as if something else had been said of them."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    school: UUID
    first: Day = Field(alias="date")
    until: Day | None = None
    is_open: bool = Field(alias="open")
    session: DayPart = DayPart.DAY
    year_group: Annotated[str | None, Field(max_length=40)] = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not 0 <= ((self.until or self.first) - self.first).days <= _MOST_DAYS:
            raise ValueError("until is not before date, nor over 800 days later")
        return self


class WhatIfBody(_Rules):
    """Which rules, over which days, at which schools; absent schools: all that you may see."""

    model_config = example(
        {"rule_set": _NAME, "from": "2025-09-01", "to": "2026-06-26", "approve_after": 1}
    )

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    schools: Annotated[list[UUID] | None, Field(min_length=1, max_length=1000)] = None
    approve_after: Annotated[
        int | None,
        Field(ge=1, le=60, description="School days until somebody approves; null: nobody does."),
    ] = 1
    other_days: Annotated[list[OtherDay], Field(max_length=1000)] = []
    most_changes: Annotated[int, Field(ge=0, le=1000)] = 200
    known_at: Annotated[
        int | None,
        Field(ge=0, le=2**63 - 1, description="A position: the register as known then."),
    ] = None
    known_on: Annotated[
        Day | None, Field(description="The register as known at the end of that day.")
    ] = None


class WhatIfAnswer(BaseModel):
    """Who would have entered which stage when, beside what really happened; bounded in size."""

    model_config = example(
        {
            "rule_set": _NAME,
            "from": "2025-09-01",
            "to": "2026-06-26",
            "known_at": 1042,
            "register": "as corrected: marks and calendars as they are known now",
            "assumed": "approvals and refusals on record count on their own day",
            "other_days": 0,
            "schools": 1,
            "pupils": 240,
            "stages": [{"stage": "LETTER_1", "entered": 12, "really_entered": 10, "new": 2}],
            "weeks": [{"week_of": "2025-11-17", "would_be": {"letters": 3, "meetings": 1}}],
            "changes": [],
            "changes_left_out": 0,
            "people": PEOPLE,
        }
    )

    rule_set: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    known_at: int
    register_of: str = Field(alias="register")
    assumed: str
    other_days: int
    schools: int
    pupils: int
    stages: list[dict[str, Any]]
    weeks: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    changes_left_out: int
    people: People

"""Shapes of evaluations."""

from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.bodies.records import Day
from api.bodies.shared import ID, OTHER_ID, Next, example
from domain.evaluation.events import LookKind

_DONE = {"stage": "LETTER_1", "reason": "PROPOSED", "pupils": 4}
_LEFT = {"stage": "LETTER_2", "reason": "TOO_SOON", "pupils": 2}
_LOOK = {
    "kind": "NIGHTLY",
    "known_at": 1042,
    "pupils": 412,
    "qualifying": [{"stage": "LETTER_1", "pupils": 9}],
    "done": [_DONE],
    "left": [_LEFT],
}


class EvaluateBody(BaseModel):
    """Which school, and which day."""

    model_config = example({"school_id": ID, "on": "2025-10-13"})

    school_id: UUID
    on: Day


class StageCountItem(BaseModel):
    """How many pupils met a stage's condition."""

    model_config = ConfigDict(extra="forbid")

    stage: str
    pupils: int


class ReasonCountItem(BaseModel):
    """What was done, or left and why, for how many pupils."""

    model_config = ConfigDict(extra="forbid")

    stage: str
    reason: str
    pupils: int


class EvaluationAnswer(BaseModel):
    """What one look came to."""

    model_config = example({"school_id": ID, "on": "2025-10-13", **_LOOK, "kind": "DEMAND"})

    school_id: UUID
    on: date
    kind: LookKind
    known_at: int
    pupils: int
    qualifying: list[StageCountItem]
    done: list[ReasonCountItem]
    left: list[ReasonCountItem]


class LookItem(BaseModel):
    """One look of a day."""

    model_config = ConfigDict(extra="forbid")

    kind: LookKind
    at: AwareDatetime
    known_at: int
    pupils: int
    rule_set_id: UUID
    rule_set_hash: str
    qualifying: list[StageCountItem]
    done: list[ReasonCountItem]
    left: list[ReasonCountItem]


class EvaluationItem(BaseModel):
    """One school on one day, with its latest looks."""

    model_config = ConfigDict(extra="forbid")

    evaluation_id: UUID
    school_id: UUID
    on: date
    ladder: bool
    known_at: int
    same_day_known_at: int
    looked: int
    last_at: AwareDatetime
    looks: list[LookItem]


class EvaluationPage(BaseModel):
    """A page of evaluations, the latest look first."""

    model_config = example(
        {
            "items": [
                {
                    "evaluation_id": OTHER_ID,
                    "school_id": ID,
                    "on": "2025-10-13",
                    "ladder": True,
                    "known_at": 1042,
                    "same_day_known_at": 990,
                    "looked": 2,
                    "last_at": "2025-10-13T16:05:00Z",
                    "looks": [],
                }
            ],
            "next": None,
        }
    )

    items: list[EvaluationItem]
    next: Next

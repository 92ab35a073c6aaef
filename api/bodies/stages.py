"""Shapes of what people say about stages: proposals, answers to guards, attempts at a meeting."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.bodies.records import Day
from api.bodies.shared import ID, Code, FreeText, ReceiptBody, example
from domain.intervention.reasons import AttemptOutcome, AttemptWay
from domain.shared.guards import GuardBy


class ProposeBody(BaseModel):
    """Why, where the rule set asks for it or you want to say it."""

    model_config = example({"reason": "The improvement period ended without a change."})

    reason: FreeText | None = None


class ProposalReceipt(ReceiptBody):
    """The answer to a proposal. `stream` is the intervention."""

    model_config = example(
        {"stream": ID, "version": 4, "position": 1042, "facts": 1, "stage": "PENALTY_NOTICE_PACK"}
    )

    stage: str


class ApproveBody(BaseModel):
    """Your answers to what only a person can know, by guard: true means that it holds."""

    model_config = example({"answers": {"MAX_2_PER_PARENT_CHILD_IN_3_YEARS": True}})

    answers: Annotated[dict[Code, bool], Field(max_length=20)] = {}


class AttemptBody(BaseModel):
    """How and when you tried to hold a meeting; without `invited`, with all who are to be asked."""

    model_config = example(
        {"way": "PHONE", "outcome": "NO_ANSWER", "made_on": "2025-10-13", "invited": ["PARENT"]}
    )

    way: AttemptWay
    outcome: AttemptOutcome
    made_on: Day
    invited: Annotated[list[Code], Field(max_length=10)] = []
    notes: FreeText | None = None


class GuardItem(BaseModel):
    """A guard of a proposed stage, or of one that was entered.

    `met` is empty while a person's answer waits; `counted` is what software counted, in the window
    where there is one. `who` vouched for it when the stage was entered.
    """

    model_config = ConfigDict(extra="forbid")

    guard: str
    by: GuardBy
    asks: str
    special: bool
    met: bool | None
    counted: int | None
    window_from: date | None
    window_to: date | None
    who: str | None
    at: AwareDatetime | None


class GuardsOfStage(BaseModel):
    """What has to hold before a stage is entered, and how it stands now."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "stage": "PENALTY_NOTICE_PACK",
                    "status": "PROPOSED",
                    "student_id": ID,
                    "waits_for": ["MAX_2_PER_PARENT_CHILD_IN_3_YEARS"],
                    "guards": [],
                }
            ]
        },
    )

    stage: str
    status: str
    student_id: UUID
    waits_for: list[str]
    guards: list[GuardItem]

"""Shapes of rule sets."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from api.bodies.shared import ID, OTHER_ID, Next, example

_TRIGGER: Final[dict[str, Any]] = {"metric": "ABSENT_DAYS", "value": 5}
_DEFINITION: Final[dict[str, Any]] = {
    "id": "our-ladder",
    "name": "Our ladder",
    "jurisdiction": "IE",
    "unit": "DAY",
    "schoolYear": {"start": "09-01"},
    "stages": [{"order": 1, "type": "LETTER_1", "trigger": _TRIGGER, "approval": "STAFF"}],
}
_STAGE: Final[dict[str, Any]] = {
    "stage_id": OTHER_ID,
    "rule_set_id": ID,
    "key": "LETTER_1",
    "order": 1,
    "stage_type": "LETTER_1",
    "letter_template_id": None,
    "days_before_next_stage": None,
    "stop_conditions_json": ["CASE_CLOSED", "EXEMPTION"],
    "escalation_conditions_json": None,
    "trigger_json": _TRIGGER,
    "track": "SUPPORT",
    "prerequisites": [],
    "approval": "STAFF",
    "settle_days": 0,
    "rearm": "SCHOOL_YEAR",
    "retraction": "REARM",
    "guards": [],
    "sources": [],
    "statute": None,
    "note": None,
}
_VERSION: Final[dict[str, Any]] = {
    "version": 1,
    "status": "ACTIVE",
    "content_hash": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "drafted_at": "2025-09-01T09:00:00Z",
    "drafted_by": "staff:7",
    "activated_at": "2025-09-02T09:00:00Z",
    "activated_by": "staff:1",
    "ended_at": None,
    "ended_by": None,
}
_ITEM: Final[dict[str, Any]] = {
    "rule_set_id": ID,
    "school_id": None,
    "name": "Our ladder",
    "jurisdiction": "IE",
    "is_active": True,
    "status": "ACTIVE",
    "version": 1,
    "draft_version": None,
    "revision": 2,
    "activated_at": "2025-09-02T09:00:00Z",
    "changed_at": "2025-09-02T09:00:00Z",
    "not_done": [
        "not done by software: PENALTY_PACK, perGuardian: for which parents, a person says"
    ],
}
_WHOLE: Final[dict[str, Any]] = {
    **{name: value for name, value in _ITEM.items() if name != "changed_at"},
    **_VERSION,
    "rules_json": _DEFINITION,
    "stages": [_STAGE],
}
_FAULT: Final[dict[str, str]] = {
    "pointer": "/stages/0/trigger/metric",
    "path": "$.stages[0].trigger.metric",
    "code": "unknown-metric",
    "message": "no metric is called ABSENT_DAY",
    "right": "did you mean ABSENT_DAYS?",
}


class RuleSetItem(BaseModel):
    """A rule set in the list. `revision` is what If-Match asks for; no school: the whole tenant.

    `not_done` says what is left to people of what the rule set says.
    """

    model_config = example(_ITEM)

    rule_set_id: UUID
    school_id: UUID | None
    name: str
    jurisdiction: str | None
    is_active: bool
    status: str
    version: int
    draft_version: int | None
    revision: int
    activated_at: AwareDatetime | None
    changed_at: AwareDatetime
    not_done: list[str]


class RuleSetPage(BaseModel):
    """A page of rule sets, the one that was changed last first."""

    model_config = example({"items": [_ITEM], "next": None})

    items: list[RuleSetItem]
    next: Next


class StageView(BaseModel):
    """One stage. What leads on from it is the trigger of the next stage of its track."""

    model_config = example(_STAGE)

    stage_id: UUID
    rule_set_id: UUID
    key: str
    order: int
    stage_type: str
    letter_template_id: UUID | None
    days_before_next_stage: int | None
    stop_conditions_json: list[str]
    escalation_conditions_json: dict[str, Any] | None
    trigger_json: dict[str, Any]
    track: str
    prerequisites: list[str]
    approval: str
    settle_days: int
    rearm: str
    retraction: str
    guards: list[str]
    sources: list[str]
    statute: str | None
    note: str | None


class VersionItem(BaseModel):
    """One version: DRAFT, ACTIVE, SUPERSEDED by a later one, RETIRED, or DROPPED unused."""

    model_config = example(_VERSION)

    version: int
    status: str
    content_hash: str
    drafted_at: AwareDatetime | None
    drafted_by: str | None
    activated_at: AwareDatetime | None
    activated_by: str | None
    ended_at: AwareDatetime | None
    ended_by: str | None


class RuleSetWhole(VersionItem):
    """The version in use (else the last one, else the draft), with its stages."""

    model_config = example(_WHOLE)

    rule_set_id: UUID
    school_id: UUID | None
    name: str
    jurisdiction: str | None
    is_active: bool
    revision: int
    draft_version: int | None
    rules_json: dict[str, Any]
    not_done: list[str]
    stages: list[StageView]


class VersionList(BaseModel):
    """Every version there ever was, newest first. None is ever changed or removed."""

    model_config = example({"rule_set_id": ID, "revision": 2, "items": [_VERSION]})

    rule_set_id: UUID
    revision: int
    items: list[VersionItem]


class DraftBody(BaseModel):
    """A rule set as `GET /api/rules/schema` describes it, or the name of one that is shipped.

    No school: for the whole tenant.
    """

    model_config = example({"definition": _DEFINITION, "school_id": None})

    definition: dict[str, Any] | None = None
    shipped: str | None = None
    school_id: UUID | None = None


class DefinitionBody(BaseModel):
    """A rule set as `GET /api/rules/schema` describes it."""

    model_config = example({"definition": _DEFINITION})

    definition: dict[str, Any]


class Fault(BaseModel):
    """One thing wrong with a rule set: where, a code that stays, what, and what would be right."""

    model_config = ConfigDict(extra="forbid")

    pointer: str
    path: str
    code: str
    message: str
    right: str


class StageAnswer(BaseModel):
    """Whether the register decides a stage, and why not where it does not."""

    model_config = ConfigDict(extra="forbid")

    stage: str
    track: str
    not_computed: str | None


class Validation(BaseModel):
    """Whether a rule set could be used as it is; what it leaves to people. Nothing is stored."""

    model_config = example({"valid": False, "errors": [_FAULT], "not_done": [], "stages": []})

    valid: bool
    errors: list[Fault]
    not_done: list[str]
    stages: list[StageAnswer]


class Shipped(BaseModel):
    """A rule set that comes with the product."""

    model_config = ConfigDict(extra="forbid")

    id: str
    name: str
    jurisdiction: str | None
    effective_from: date | None


class RulesCatalogue(BaseModel):
    """What rule sets may say: metrics, windows, conditions, guards and all other closed lists."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "metrics": [
                        {
                            "name": "ABSENT_DAYS",
                            "unit": "DAY",
                            "counts": "days absent",
                            "denominator": None,
                            "source": "IE: Education (Welfare) Act 2000, s. 21(4)",
                        }
                    ],
                    "shipped": [
                        {
                            "id": "ie-default-1",
                            "name": "Ireland",
                            "jurisdiction": "IE",
                            "effective_from": "2025-09-01",
                        }
                    ],
                }
            ]
        }
    )

    metrics: list[dict[str, Any]]
    denominators: list[dict[str, Any]] = []
    windows: list[dict[str, Any]] = []
    conditions: list[dict[str, Any]] = []
    guards: list[dict[str, Any]] = []
    stops: list[dict[str, Any]] = []
    occasions: list[dict[str, Any]] = []
    rearming: list[dict[str, Any]] = []
    retraction: list[dict[str, Any]] = []
    approvals: list[dict[str, Any]] = []
    shipped: list[Shipped]


class RuleSetSchema(BaseModel):
    """A JSON Schema (2020-12)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"examples": [{"title": "RuleSet", "type": "object"}]},
    )

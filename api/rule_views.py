"""A rule set as users see it: its stages by their usual names, and the history of its versions."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from api.looks import RULE_SET_FACTS
from domain.attendance.conditions import reasons_not_computed
from domain.attendance.metric_catalogue import catalogue
from domain.attendance.not_done import not_done
from domain.attendance.rule_faults import problems_of
from domain.attendance.rule_model import RuleSet, Stage
from domain.attendance.rules import shipped_rule_set, shipped_rule_sets
from domain.attendance.standing import conditions_of
from domain.kernel import facts
from domain.rule_set.events import (
    RuleSetActivated,
    RuleSetDrafted,
    RuleSetEvent,
    RuleSetRetired,
)
from domain.rule_set.refusals import RuleSetUnknown, RuleSetVersionUnknown
from domain.shared.ids import SchoolId, derived_id
from infrastructure.store.database import Connection
from projections.definitions import RuleSetRow

Row = tuple[Any, ...]
_LISTED: Final = ("rule_set_id", "school_id", "version", "is_active", "draft_version", "revision")


class Version(msgspec.Struct):
    """One version of a rule set, and who wrote it, put it into use and took it out."""

    version: int
    status: str
    content_hash: str
    definition: dict[str, Any]
    drafted_at: datetime | None = None
    drafted_by: str | None = None
    activated_at: datetime | None = None
    activated_by: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it without the definition."""
        said: dict[str, Any] = msgspec.to_builtins(self)
        del said["definition"]
        return said


class History(msgspec.Struct):
    """Everything that was ever said of one rule set, told version by version."""

    rule_set_id: UUID
    school_id: SchoolId | None
    revision: int
    versions: dict[int, Version]

    @property
    def shown(self) -> Version:
        """The version in use, else the one that was last, else the draft."""
        used = [one for one in self.versions.values() if one.activated_at is not None]
        return max(used or self.versions.values(), key=lambda one: one.version)

    @property
    def draft(self) -> Version | None:
        """The version that is being written, if any."""
        return next((v for v in self.versions.values() if v.status == "DRAFT"), None)

    def version(self, number: int) -> Version:
        """Return one version.

        Raises:
            RuleSetVersionUnknown: when there is none of this number.
        """
        if number not in self.versions:
            raise RuleSetVersionUnknown
        return self.versions[number]


def history(rule_set: UUID, rows: Iterable[Row]) -> History:
    """Tell the history of a rule set from its facts, in order.

    Raises:
        RuleSetUnknown: when there are none, or they are about something else.
    """
    told = History(rule_set, None, 0, {})
    for name, event_version, state, revision, at, actor in rows:
        event = facts.read(name, event_version, bytes(state))
        if not isinstance(event, RuleSetDrafted | RuleSetActivated | RuleSetRetired):
            raise RuleSetUnknown
        _tell(told, event, at, actor)
        told.revision = revision
    if not told.revision:
        raise RuleSetUnknown
    return told


def _tell(told: History, event: RuleSetEvent, at: datetime, actor: str) -> None:
    if isinstance(event, RuleSetRetired):
        _end(told, "RETIRED", at, actor)
        for dropped in [v for v in told.versions.values() if v.status == "DRAFT"]:
            dropped.status, dropped.ended_at, dropped.ended_by = "DROPPED", at, actor
        return
    told.school_id = event.school_id
    if isinstance(event, RuleSetActivated):
        _end(told, "SUPERSEDED", at, actor)
    before = told.versions.get(event.version)
    same = before is not None and before.content_hash == event.content_hash
    made = Version(event.version, "DRAFT", event.content_hash, event.definition, at, actor)
    if isinstance(event, RuleSetActivated):
        made = before if before is not None and same else made
        made.status, made.activated_at, made.activated_by = "ACTIVE", at, actor
    told.versions[event.version] = made


def _end(told: History, status: str, at: datetime, actor: str) -> None:
    for one in told.versions.values():
        if one.status == "ACTIVE":
            one.status, one.ended_at, one.ended_by = status, at, actor


def history_of(conn: Connection, tenant: UUID, rule_set: UUID) -> History:
    """Load the history of a rule set of a tenant.

    Raises:
        RuleSetUnknown: when the tenant has none of this id.
    """
    asked = {"tenant": tenant, "rule_set": rule_set}
    return history(rule_set, conn.execute(RULE_SET_FACTS, asked).fetchall())


def listed(document: str) -> dict[str, Any]:
    """Return a row of the list."""
    row = msgspec.json.decode(document, type=RuleSetRow)
    return {
        **{name: getattr(row, name) for name in _LISTED},
        "name": row.definition.get("name") or row.definition["id"],
        "jurisdiction": row.definition.get("jurisdiction"),
        "status": row.status,
        "not_done": list(not_done(RuleSet.model_validate(row.definition))),
        "activated_at": row.activated_at,
        "changed_at": row.changed_at,
    }


def whole(told: History, version: Version | None = None) -> dict[str, Any]:
    """Return a rule set with the stages of a version, and whether a draft waits."""
    shown, draft = version or told.shown, told.draft
    rules = RuleSet.model_validate(shown.definition)
    return {
        "rule_set_id": told.rule_set_id,
        "school_id": told.school_id,
        "name": rules.name or rules.id,
        "jurisdiction": rules.jurisdiction,
        "is_active": shown.status == "ACTIVE",
        "revision": told.revision,
        "draft_version": None if draft is None else draft.version,
        **shown.as_dict(),
        "rules_json": shown.definition,
        "not_done": list(not_done(rules)),
        "stages": stages(told.rule_set_id, rules),
    }


def stages(rule_set: UUID, rules: RuleSet) -> list[dict[str, Any]]:
    """Return the stages of a rule set by their usual names."""
    ladder = rules.every_stage
    return [_stage(rule_set, rules, stage, ladder[n + 1 :]) for n, stage in enumerate(ladder)]


def _stage(rule_set: UUID, rules: RuleSet, stage: Stage, later: Sequence[Stage]) -> dict[str, Any]:
    following = next((one for one in later if one.track == stage.track), None)
    leads = following.trigger if following is not None else stage.escalation_conditions
    said = stage.model_dump(mode="json", include=_OWN)
    return {
        "stage_id": derived_id("stage", rule_set, stage.key),
        "rule_set_id": rule_set,
        "key": stage.key,
        "stage_type": stage.type,
        "stop_conditions_json": list(stage.stop_conditions or rules.stop),
        "escalation_conditions_json": None if leads is None else written(leads),
        "trigger_json": written(stage.trigger),
        "prerequisites": list(stage.needs),
        "rearm": stage.armed_for.value,
        **said,
    }


_OWN: Final = {
    "order",
    "track",
    "letter_template_id",
    "days_before_next_stage",
    "approval",
    "settle_days",
    "retraction",
    "guards",
    "sources",
    "statute",
    "note",
}


def written(part: Any) -> dict[str, Any]:
    """Return a part of a rule set as somebody would write it: nothing that says nothing."""
    said: dict[str, Any] = part.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return said


def validation(definition: Any) -> dict[str, Any]:
    """Return whether a rule set could be used, and which of its stages the register decides."""
    problems = problems_of(definition)
    read = None if problems else RuleSet.model_validate(definition)
    found = [] if read is None else conditions_of(read, following=True)
    return {
        "valid": not problems,
        "errors": [one.as_dict() for one in problems],
        "not_done": [] if read is None else list(not_done(read)),
        "stages": [
            {
                "stage": stage.key,
                "track": stage.track,
                "not_computed": "; ".join(reasons_not_computed(condition)) or None,
            }
            for stage, condition in found
        ],
    }


def rules_catalogue() -> dict[str, Any]:
    """Return everything that a rule set may say, and the rule sets that are shipped."""
    shipped = [shipped_rule_set(name) for name in shipped_rule_sets()]
    return {
        **catalogue().model_dump(by_alias=True),
        "shipped": [
            {
                "id": rules.id,
                "name": rules.name or rules.id,
                "jurisdiction": rules.jurisdiction,
                "effective_from": rules.effective_from,
            }
            for rules in shipped
        ],
    }

"""How sensitive each field of each fact is, and so what may leave the house.

A field has the class of its type. Plain text counts as personal until it is named here as a code:
a field that somebody adds and forgets to name stays inside. What the classes cannot see is what a
caller writes into a code; so codes come from closed lists, never from a person's keyboard.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from enum import Enum, IntEnum
from functools import cache
from types import NoneType
from typing import Any, Final, get_args, get_origin
from uuid import UUID

import msgspec

from domain.kernel.facts import Event, name_of


class DataClass(IntEnum):
    """Who may see a field; the wire to other systems carries the first two."""

    PUBLIC = 0
    INTERNAL = 1
    PERSONAL = 2
    SPECIAL = 3


class Unclassified(Exception):
    """A field has a type whose sensitivity nobody has decided."""


# Ids are pseudonyms and numbers are about them: neither is for the public, both may be processed.
_TYPES: Final[Mapping[type, DataClass]] = {
    NoneType: DataClass.PUBLIC,
    UUID: DataClass.INTERNAL,
    int: DataClass.INTERNAL,
    bool: DataClass.INTERNAL,
    date: DataClass.INTERNAL,
    datetime: DataClass.INTERNAL,
    time: DataClass.INTERNAL,
    str: DataClass.PERSONAL,
}

_OF_STEPS: Final = ("step_id", "on_success", "on_failure")
# A school's own settings, about nobody: what is filled in is never part of them.
_OF_WORDINGS: Final = (
    *("key", "language", "subject", "body", "merge_fields", "content_sid", "jurisdiction"),
)

# Text that is a code, a key, a hash or a name out of a definition; by stored name or by struct.
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "DecidingNumbers": ("metric", "threshold", "denominator", "not_known"),
    "Finding": ("guard",),
    "Guard": ("name", "asks"),
    "BranchStep": _OF_STEPS,
    "Condition": ("step_id",),
    "LetterStep": (*_OF_STEPS, "template_key"),
    "MeetingStep": _OF_STEPS,
    "MessageStep": (*_OF_STEPS, "template_key"),
    "Playbook": ("name", "description"),
    "ReasonCount": ("stage", "reason"),
    "RunStep": ("step_id",),
    "Stage": ("type", "track", "prerequisites", "stops", "attendees"),
    "StageCount": ("stage",),
    "OnStage": ("stage",),
    "TaskStep": (*_OF_STEPS, "task"),
    "TranslationOf": ("language", "source_hash", "engine"),
    "WaitStep": _OF_STEPS,
    "Wording": _OF_WORDINGS,
    "Vouched": ("guard",),
    "contact_day.reserved": ("template_key",),
    "contact_choice.consent_recorded": ("source",),
    "contact_choice.notice_email_answered": ("source",),
    "contact_choice.omitted": ("stage",),
    "evaluation.completed": ("rule_set_hash", "over"),
    "intervention.absence_explained": ("stage",),
    "intervention.attempt_failed": ("stage",),
    "intervention.attempt_logged": ("stage", "invited", "after"),
    "intervention.correction_reviewed": ("stage",),
    "intervention.due_moved": ("stage",),
    "intervention.escalated": ("stage",),
    "intervention.improvement_checked": ("stage",),
    "intervention.letter_sent": ("stage",),
    "intervention.meeting_arranged": ("stage",),
    "intervention.stage_declined": ("stage",),
    "intervention.stage_entered": ("stage", "track"),
    "intervention.stage_fulfilled": ("stage",),
    "intervention.due_passed": ("stage",),
    "intervention.stage_reinstated": ("stage",),
    "intervention.stage_unsupported": ("stage",),
    "intervention.stage_withdrawn": ("stage",),
    "intervention.stage_withheld": ("stage",),
    "intervention.stopped": ("kept",),
    "letter.posted": ("stage",),
    "letter.rendered": ("content_hash", "template_key", "template_hash"),
    "letter.rendering_failed": ("cause",),
    "letter.requested": ("stage", "template_key"),
    "meeting.scheduled": ("stage",),
    "message.accepted": ("provider_ref",),
    "message.attempted": ("provider", "provider_key", "retry_rule", "template_hash", "recovery"),
    "message.deferred": ("cause",),
    "message.delivered": ("provider_status",),
    "message.failed": ("cause",),
    "message.rerouted": ("cause", "provider"),
    "message.outcome_unknown": ("cause",),
    "message.redirected": ("cause",),
    "message.requested": ("key", "template_key", "step_id"),
    "message.status_reported": ("provider_ref", "code"),
    "message.undelivered": ("provider_status", "code"),
    "owed_return.opened": ("name", "covers", "role"),
    "playbook_run.action_scheduled": ("step_id",),
    "playbook_run.branched": ("step_id",),
    "playbook_run.escalated": ("stage", "dropped_step"),
    "playbook_run.letter_asked": ("step_id", "template_key"),
    "playbook_run.meeting_asked": ("step_id",),
    "playbook_run.moved": ("dropped_step",),
    "playbook_run.paused": ("held_step",),
    "playbook_run.started": ("stage", "zone"),
    "playbook_run.step_delivered": ("step_id",),
    "playbook_run.step_undelivered": ("step_id",),
    "playbook_run.task_asked": ("step_id", "task"),
    "playbook_run.waited": ("step_id",),
    "playbook_run.step_joined": ("step_id",),
    "playbook_run.step_failed": ("step_id", "cause", "owner"),
    "playbook_run.step_outcome_unknown": ("step_id", "owner"),
    "playbook_run.step_requested": ("step_id", "key", "template_key"),
    "playbook_run.step_scheduled": ("step_id",),
    "playbook_run.step_sent": ("step_id",),
    "playbook_run.step_skipped": ("step_id",),
    "playbook_run.stopped": ("dropped_step",),
    "register.batch_recorded": ("content", "source", "content_hash"),
    "rule_set.activated": ("content_hash",),
    "template.approved": ("content_hash",),
    "template.drafted": ("content_hash",),
    "template.translation_reviewed": ("content_hash",),
    "work_task.assigned": ("stage",),
    "work_task.raised": ("owner", "task"),
    "rule_set.drafted": ("content_hash",),
}

# Where the type says too little or too much.
DECIDED: Final[Mapping[str, Mapping[str, DataClass]]] = {
    # A reason that a person gave about a child, even as a code, is about the child.
    "case.closed": {"reason": DataClass.PERSONAL},
    "intervention.stage_declined": {"reason": DataClass.PERSONAL},
    "meeting.cancelled": {"reason": DataClass.PERSONAL},
    # That somebody else is told instead of the family says that the child has a worker of its own.
    "exemption.granted": {"effect": DataClass.SPECIAL},
    "intervention.stage_withheld": {"reason": DataClass.SPECIAL},
    # What is asked before a step names harms of a childhood: homelessness, foster care, illness.
    "intervention.stage_proposed": {"guards": DataClass.PERSONAL},
    # The language that a family speaks at home.
    "letter.rendered": {"language": DataClass.PERSONAL},
    "message.attempted": {"language": DataClass.PERSONAL},
    # MEDICAL_PLAN says something about a child's health.
    "meeting.outcome_recorded": {"outcome": DataClass.SPECIAL},
    "rule_set.activated": {"definition": DataClass.PUBLIC},
    "rule_set.drafted": {"definition": DataClass.PUBLIC},
}


def class_of(owner: type[msgspec.Struct], field: str) -> DataClass:
    """Return the class of one field of a fact, or of a struct inside a fact.

    Raises:
        Unclassified: its type is in no table.
    """
    name = _label(owner)
    decided = DECIDED.get(name, {}).get(field)
    if decided is not None:
        return decided
    hint = next(f.type for f in msgspec.structs.fields(owner) if f.name == field)
    found = _of_type(hint, code=field in CODES.get(name, ()))
    if found is None:
        raise Unclassified(f"{name}.{field}: {hint}")
    return found


@cache
def public_fields(cls: type[Event]) -> tuple[str, ...]:
    """Return the fields that may leave the house: none above internal."""
    fields = (field.name for field in msgspec.structs.fields(cls))
    return tuple(name for name in fields if class_of(cls, name) <= DataClass.INTERNAL)


def _label(owner: type[msgspec.Struct]) -> str:
    return name_of(owner) if issubclass(owner, Event) else owner.__name__


def _of_type(hint: Any, *, code: bool) -> DataClass | None:
    hint = getattr(hint, "__supertype__", hint)  # a typed id is the UUID that it wraps
    if get_origin(hint) is not None or get_args(hint):
        parts = [part for part in get_args(hint) if part is not Ellipsis]
        return _highest([_of_type(part, code=code) for part in parts])
    if not isinstance(hint, type):
        return None
    if hint is str and code:
        return DataClass.INTERNAL
    if issubclass(hint, Enum):
        return DataClass.INTERNAL
    if issubclass(hint, msgspec.Struct):
        inside = [class_of(hint, name) for name in hint.__struct_fields__]
        return max(inside, default=DataClass.PUBLIC)
    return _TYPES.get(hint)


def _highest(parts: list[DataClass | None]) -> DataClass | None:
    known = [part for part in parts if part is not None]
    return max(known) if known and len(known) == len(parts) else None

"""Text in facts is personal until somebody has named it as a code."""

from typing import Final, get_args

import msgspec
import pytest

from domain.catalogue import ALL_EVENTS
from domain.kernel.classification import CODES, DECIDED, DataClass, class_of
from domain.kernel.facts import name_of
from domain.shared import playbooks
from domain.shared.contact import Along, RunStep
from domain.shared.guards import Finding, Guard, Vouched
from domain.shared.numbers import DecidingNumbers
from domain.shared.playbooks import Condition, OnStage, Playbook
from domain.shared.stages import Stage
from domain.shared.texts import TranslationOf, Wording

STRUCTS: Final = {
    cls.__name__: cls
    for cls in (
        Condition,
        DecidingNumbers,
        Finding,
        Guard,
        Playbook,
        RunStep,
        Along,
        Stage,
        OnStage,
        Vouched,
        *get_args(playbooks.Step),
        TranslationOf,
        Wording,
    )
}
OWNERS: Final[dict[str, type[msgspec.Struct]]] = {
    **STRUCTS,
    **{name_of(cls): cls for cls in ALL_EVENTS},
}
# What facts hold above internal, each with the reason in the classification.
ABOVE_INTERNAL: Final = {
    ("case.closed", "reason"),
    ("contact_choice.preferences_set", "language"),
    ("exemption.granted", "effect"),
    ("intervention.stage_declined", "reason"),
    ("intervention.stage_entered", "approved_by"),
    ("intervention.stage_entered", "guards"),
    ("intervention.stage_proposed", "guards"),
    ("intervention.stage_proposed", "proposed_by"),
    ("intervention.due_passed", "owner"),
    ("intervention.stage_unsupported", "owner"),
    ("intervention.stage_withheld", "reason"),
    ("letter.rendered", "language"),
    ("meeting.cancelled", "reason"),
    ("meeting.outcome_recorded", "outcome"),
    ("message.attempted", "language"),
    ("owed_return.submitted", "reference"),
    ("owed_return.submitted", "submitted_by"),
    ("template.approved", "approver"),
    ("template.drafted", "author"),
    ("template.translation_reviewed", "reviewer"),
    ("work_task.assigned", "owner"),
}


def test_what_facts_hold_above_internal_is_a_short_known_list() -> None:
    """A new text field appears here until it is named as a code or moved to the vault."""
    above = {
        (name_of(cls), field)
        for cls in ALL_EVENTS
        for field in cls.__struct_fields__
        if class_of(cls, field) > DataClass.INTERNAL
    }
    assert above == ABOVE_INTERNAL


@pytest.mark.parametrize("table", [CODES, DECIDED], ids=["codes", "decided"])
def test_no_entry_is_left_of_a_field_that_is_gone(table: dict[str, tuple[str, ...]]) -> None:
    for owner, fields in table.items():
        if owner not in {"ReasonCount", "StageCount"}:
            assert set(fields) <= set(OWNERS[owner].__struct_fields__), owner


def test_no_fact_has_a_field_for_what_belongs_to_the_vault() -> None:
    forbidden = {"address", "body", "email", "family", "given", "notes", "phone", "text", "words"}
    for cls in ALL_EVENTS:
        assert forbidden.isdisjoint(set(cls.__struct_fields__) - _consent(name_of(cls))), cls


YES_OR_NO: Final = {"contact_choice.consent_recorded", "contact_choice.notice_email_answered"}


def _consent(name: str) -> set[str]:
    # Here `given` is not a given name but a yes.
    return {"given"} if name in YES_OR_NO else set()

"""What may leave the house is decided field by field."""

from typing import Any, Literal

import msgspec
import pytest

from domain.kernel import classification, facts
from domain.kernel.classification import DataClass, Unclassified, class_of, public_fields
from domain.kernel.facts import Event, fact
from domain.letter.events import LetterRendered
from domain.meeting.events import MeetingOutcomeRecorded
from domain.playbook_run.events import RunStarted
from domain.rule_set.events import RuleSetActivated
from domain.shared.playbooks import Playbook


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_BY_NAME", "_NAMES"):
        monkeypatch.setattr(facts, name, dict(getattr(facts, name)))


class Nested(msgspec.Struct, frozen=True):
    note: str


def test_ids_numbers_and_codes_may_leave_the_house() -> None:
    assert public_fields(RunStarted) == RunStarted.__struct_fields__
    assert class_of(Playbook, "name") is DataClass.INTERNAL
    assert class_of(RuleSetActivated, "definition") is DataClass.PUBLIC


def test_the_language_of_a_family_stays_inside() -> None:
    assert "language" not in public_fields(LetterRendered)
    assert class_of(LetterRendered, "language") is DataClass.PERSONAL


def test_a_medical_plan_is_not_told_to_other_systems() -> None:
    assert class_of(MeetingOutcomeRecorded, "outcome") is DataClass.SPECIAL
    assert public_fields(MeetingOutcomeRecorded) == ("intervention_id", "student_id", "notes_ref")


def test_text_that_nobody_has_named_as_a_code_is_personal_wherever_it_hides() -> None:
    @fact("test.noted")
    class Noted(Event):
        stage: str
        notes: tuple[str, ...]
        nested: tuple[Nested, ...] | None
        count: int

    assert public_fields(Noted) == ("count",)
    assert class_of(Noted, "nested") is DataClass.PERSONAL


def test_text_becomes_a_code_by_being_named(monkeypatch: pytest.MonkeyPatch) -> None:
    @fact("test.coded")
    class Coded(Event):
        words: tuple[str, ...] | None

    assert class_of(Coded, "words") is DataClass.PERSONAL
    monkeypatch.setattr(classification, "CODES", {"test.coded": ("words",)})
    assert class_of(Coded, "words") is DataClass.INTERNAL


@pytest.mark.parametrize(
    "hint", [float, Any, dict[str, Any], tuple[bytes, ...], tuple[()], Literal["YES"]]
)
def test_a_type_that_nobody_has_decided_is_refused(hint: Any) -> None:
    struct: Any = msgspec.defstruct("Odd", [("field", hint)], bases=(Event,), frozen=True)
    fact("test.odd")(struct)
    with pytest.raises(Unclassified, match=r"test\.odd\.field"):
        class_of(struct, "field")

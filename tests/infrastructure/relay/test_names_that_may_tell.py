"""No name on the wire tells of an illness or a faith. Shows ARCHITECTURE 9.7 for stages."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, Final, get_args

import msgspec
import pytest

from domain.attendance.jurisdictions import jurisdiction
from domain.attendance.rules import shipped_rule_set, shipped_rule_sets
from domain.attendance.telling import special_codes, tells
from domain.evaluation.events import EvaluationCompleted, ReasonCount, StageCount
from domain.intervention.events import InterventionStopped, StageEntered, StageProposed
from domain.kernel import facts
from domain.kernel.facts import Event
from domain.letter.events import LetterRequested
from domain.letter.stages import TEMPLATES
from domain.playbook.faults import STEP_ID
from domain.playbook.shipped_playbooks import shipped, shipped_sets
from domain.playbook_run.events import RunStarted
from domain.shared import said_outside
from domain.shared.playbooks import OnStage
from domain.shared.stages import Approval, Stage
from infrastructure.documents.texts import SHIPPED
from infrastructure.relay import wire
from infrastructure.relay.neutral import WORDS, neutral
from tests.support.examples import PLAYBOOK_1, STEPS, TENANT, but, example

SICK = Stage(
    type="ASTHMA_RETURN",
    order=11,
    track="ASTHMA",
    approval=Approval.HEAD,
    prerequisites=("LETTER_1", "ASTHMA_CALL"),
    due_days=15,
)
ASTHMA = msgspec.structs.replace(STEPS[0], template_key="ASTHMA_TEXT")
TELLING: Final[dict[str, Any]] = {
    "stage": "ASTHMA_CALL",
    "track": "ASTHMA",
    "kept": ("LETTER_1", "ASTHMA_CALL"),
    "after": ("LETTER_1", "ASTHMA_CALL"),
    "template_key": "ASTHMA_TEXT",
    "task": "ASTHMA_CALL",
    "playbook": msgspec.structs.replace(
        PLAYBOOK_1, name="Asthma", trigger=OnStage(stage="ASTHMA_CALL"), steps=(ASTHMA,)
    ),
    "qualifying": (StageCount("ASTHMA_CALL", 1),),
    "done": (ReasonCount("ASTHMA_CALL", "PROPOSED", 1),),
    "left": (ReasonCount("ASTHMA_CALL", "TOO_SOON", 1),),
}
# Texts into which no school can write a word about a child, by field.
HARMLESS: Final = {
    **dict.fromkeys(("metric", "threshold", "denominator"), "of the catalogue of metrics"),
    **dict.fromkeys(("rule_set_hash", "content_hash", "template_hash"), "a hash"),
    **dict.fromkeys(("cause", "recovery", "retry_rule", "owner"), "a code of this product"),
    **dict.fromkeys(("provider", "provider_key", "provider_ref"), "a provider's, or made of ids"),
    **dict.fromkeys(("provider_status", "code"), "a provider's code"),
    **dict.fromkeys(
        ("step_id", "dropped_step", "held_step", "key"), "a way and a number, see STEP_ID"
    ),
    **dict.fromkeys(("content", "source"), "of an import, about no one child"),
    "zone": "a name of the tz database, not a place",
    "reason": "why a stage was left, a code of this product",
    "not_known": "that a register lacks an age or a year group, a code of this product",
}
NAMED = sorted(
    (cls for cls in wire.PUBLIC if set(cls.__struct_fields__) & set(WORDS)),
    key=lambda cls: cls.__name__,
)


def telling(cls: type[Event]) -> Event:
    """An example of a fact with a telling name wherever a school can write one."""
    fields = {name: TELLING[name] for name in cls.__struct_fields__ if name in WORDS}
    if cls is StageProposed:
        fields["stage"] = SICK
    return but(cls, **fields)


def outside(event: Event) -> bytes:
    return wire._data(event)


@pytest.mark.parametrize("cls", NAMED, ids=lambda cls: cls.__name__)
def test_a_name_that_a_school_gave_stays_inside(cls: type[Event]) -> None:
    event = telling(cls)
    assert b"ASTHMA" in facts.write(event).upper()  # what is inside says it
    assert b"ASTHMA" not in outside(event).upper()


def test_names_from_the_lists_go_out_as_they_are() -> None:
    known = but(RunStarted, playbook=shipped("ie-attendance-1", TENANT)[0])
    for event in (known, example(StageProposed), example(StageEntered), example(LetterRequested)):
        assert neutral(event) is event


def test_what_would_tell_the_stage_again_stays_inside_with_its_name() -> None:
    days = dict.fromkeys(("anchor", "qualified_on", "due_on"), date(2025, 11, 3))
    said = json.loads(outside(but(StageProposed, stage=SICK, **days)))
    assert said["stage"]["type"] == "OTHER_STAGE"
    assert (said["stage"]["order"], said["stage"]["track"]) == (0, "OTHER_TRACK")
    assert (said["numbers"], *(said[day] for day in days)) == ([], None, None, None)
    entered = json.loads(outside(but(StageEntered, stage="ASTHMA_CALL", track="SUPPORT")))
    assert (entered["numbers"], entered["student_id"]) == (
        [],
        str(example(StageEntered).student_id),
    )


def test_a_known_stage_on_a_track_of_its_own_keeps_its_numbers() -> None:
    own = msgspec.structs.replace(
        example(StageProposed).stage,
        track="ASTHMA",
        prerequisites=("ASTHMA_CALL", "ASTHMA_TEA"),
        attendees=("ASTHMA_NURSE",),
    )
    said = json.loads(outside(but(StageProposed, stage=own)))
    assert (said["stage"]["type"], said["stage"]["track"]) == ("LETTER_1", "OTHER_TRACK")
    assert said["stage"]["prerequisites"] == ["OTHER_STAGE"]
    assert not said["stage"].get("attendees")
    assert said["numbers"]
    stopped = json.loads(outside(but(InterventionStopped, kept=("MEETING", "ASTHMA_CALL"))))
    assert stopped["kept"] == ["MEETING", "OTHER_STAGE"]


def test_counts_of_stages_without_a_name_are_added_up() -> None:
    """Two lines of one word would tell of two stages, and how many reached which."""
    counted = but(
        EvaluationCompleted,
        qualifying=(StageCount("A", 1), StageCount("LETTER_1", 9), StageCount("B", 2)),
        left=(ReasonCount("A", "TOO_SOON", 1), ReasonCount("B", "TOO_SOON", 4)),
    )
    said = json.loads(outside(counted))
    assert [(one["stage"], one["pupils"]) for one in said["qualifying"]] == [
        ("OTHER_STAGE", 3),
        ("LETTER_1", 9),
    ]
    assert said["left"] == [{"stage": "OTHER_STAGE", "reason": "TOO_SOON", "pupils": 5}]


def texts(hint: Any) -> Iterator[tuple[str, str]]:
    """Every text inside a struct that a fact holds: the struct's name and the field's."""
    for part in (hint, *get_args(hint)):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            for field in msgspec.structs.fields(part):
                if str in {field.type, *get_args(field.type)}:
                    yield part.__name__, field.name
                yield from texts(field.type)


# What `neutral` puts in place inside structs; `test_a_name_…` shows each of them.
INSIDE_STRUCTS: Final = {
    *(("Stage", name) for name in ("type", "track", "prerequisites", "attendees")),
    *(("Playbook", name) for name in ("name", "description")),
    *(("StageCount", "stage"), ("ReasonCount", "stage"), ("OnStage", "stage")),
    *(("MessageStep", "template_key"), ("LetterStep", "template_key"), ("TaskStep", "task")),
}


def unchecked(cls: type[Event]) -> set[str]:
    """The texts of a public fact that are neither from a closed list nor harmless."""
    own = {
        field.name
        for field in msgspec.structs.fields(cls)
        if field.name in wire.SHOWN[cls] and str in {field.type, *get_args(field.type)}
    }
    deep = {
        field
        for f in msgspec.structs.fields(cls)
        if f.name in wire.SHOWN[cls]
        for struct, field in texts(f.type)
        if (struct, field) not in INSIDE_STRUCTS | {("Stage", "stops")}
    }
    return (own - set(WORDS) | deep) - set(HARMLESS)


def test_every_text_that_goes_out_was_looked_at() -> None:
    assert {cls.__name__: unchecked(cls) for cls in wire.PUBLIC if unchecked(cls)} == {}


def test_a_text_that_nobody_looked_at_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(WORDS, "stage")
    assert unchecked(StageEntered) == {"stage"}
    monkeypatch.delitem(HARMLESS, "metric")
    assert "metric" in unchecked(StageProposed)


def test_no_stage_that_a_special_reason_decides_has_a_name_outside() -> None:
    found = {}
    for name in shipped_rule_sets():
        rules = shipped_rule_set(name)
        special = special_codes(jurisdiction(rules.jurisdiction or "IE").table)
        for stage in rules.every_stage:
            if tells(stage.trigger, special):
                found[stage.key] = stage.key in said_outside.STAGES
    assert found == {"SICKNESS_RETURN": False, "EXCESSIVE_EXCUSED_LETTER": False}


def test_the_word_for_the_others_stands_for_more_than_one_stage() -> None:
    """Were it the sickness return alone, whoever knows the shipped rules would know."""
    left = {
        name: [
            x.key for x in shipped_rule_set(name).every_stage if x.key not in said_outside.STAGES
        ]
        for name in shipped_rule_sets()
    }
    assert left["gb-eng-default-1"] == ["ATTENDANCE_RETURN", "SICKNESS_RETURN"]


def test_what_is_shipped_has_its_names_in_the_lists() -> None:
    books = [book for name in shipped_sets() for book in shipped(name, TENANT)]
    assert {book.name for book in books} == said_outside.PLAYBOOKS
    assert {book.trigger_stage for book in books} <= said_outside.STAGES
    keys = json.loads((SHIPPED / "templates.json").read_bytes())["templates"]
    assert {one["key"] for one in keys} == said_outside.TEXTS
    assert set(TEMPLATES) <= said_outside.STAGES
    assert set(TEMPLATES.values()) <= said_outside.TEXTS
    assert all(STEP_ID.fullmatch(step.step_id) for book in books for step in book.steps)

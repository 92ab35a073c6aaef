"""A rule set is read whole or refused with the place and the words."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.attendance.conditions import NotComputed, Threshold, condition_of, reasons_not_computed
from domain.attendance.rules import (
    Approval,
    RuleSetUnreadable,
    Unit,
    read_rule_set,
    shipped_rule_set,
)
from domain.attendance.triggers import fraction

FOLDER = Path(__file__).parent / "default_rule_sets"
DAYS = {"metric": "ABSENT_DAYS", "value": 5}


def text(**changes: Any) -> str:
    stage = {"order": 1, "type": "LETTER_1", "trigger": DAYS}
    return json.dumps({"id": "t", "stages": [stage], **changes})


def trigger(**written: Any) -> str:
    return text(stages=[{"order": 1, "type": "LETTER_1", "trigger": written}])


def problems(written: str) -> list[tuple[str, str]]:
    with pytest.raises(RuleSetUnreadable) as refused:
        read_rule_set(written)
    assert all(problem.path in str(refused.value) for problem in refused.value.problems)
    return [(problem.path, problem.message) for problem in refused.value.problems]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_the_default_rule_sets_of_three_countries_are_read(path: Path) -> None:
    rules = read_rule_set(path.read_bytes())
    assert rules.id == path.stem
    assert len(rules.stages) == len(json.loads(path.read_text())["stages"])


def test_a_texan_stage_writes_its_condition_beside_its_type() -> None:
    window = {"type": "ROLLING_CALENDAR_DAYS", "n": 28}
    stage = {"order": 1, "type": "WARNING_NOTICE", "metric": "OCCASIONS", "value": 3}
    rules = read_rule_set(text(stages=[{**stage, "window": window}]))
    assert rules.stages[0].trigger.metric == "OCCASIONS"
    assert rules.stages[0].trigger.window.n == 28
    conduct = {"type": "TRUANT_CONDUCT", "value": 10, "order": 1}
    months = {"type": "ROLLING_MONTHS", "n": 6, "sameSchoolYear": True}
    rules = read_rule_set(text(stages=[{**conduct, "window": months}]))
    condition = condition_of(rules.stages[0].trigger, Unit.DAY)
    assert condition == NotComputed("a condition without a metric is not computed here")


def test_the_shipped_ladder_has_its_four_stages_on_one_track() -> None:
    rules = shipped_rule_set("ie-ladder-1")
    assert [stage.type for stage in rules.stages] == [
        "LETTER_1",
        "LETTER_2",
        "MEETING",
        "ESCALATION",
    ]
    assert {stage.track for stage in rules.stages} == {"SUPPORT"}
    assert [stage.approval for stage in rules.stages] == [Approval.STAFF] * 3 + [Approval.HEAD]
    assert all(
        reasons_not_computed(condition_of(s.trigger, rules.unit)) == [] for s in rules.stages
    )


@pytest.mark.parametrize(
    ("written", "path", "words"),
    [
        ("not json", "$", "this is not JSON"),
        ("[]", "$", "valid dictionary"),
        (text(stages=[]), "$.stages", "at least one stage"),
        (text(stages=["x"]), "$.stages[0]", "valid dictionary"),
        (text(stages=[{"order": 1, "type": "X"}]), "$.stages[0].trigger", "Field required"),
        (text(schoolYear={"start": "13-01"}), "$.schoolYear.start", "not a day of the year"),
        (text(schoolYear={"start": "1 Sept"}), "$.schoolYear.start", "month and day"),
        (text(schoolYear={"start": "02-29"}), "$.schoolYear.start", "every year"),
        (text(colour="red"), "$.colour", "Extra inputs are not permitted"),
        (trigger(), "$.stages[0].trigger", "say a metric"),
        (trigger(any=[]), "$.stages[0].trigger", "empty list"),
        (trigger(any=[DAYS], all=[DAYS]), "$.stages[0].trigger", "one of"),
        (trigger(metric="ABSENT_DAYS"), "$.stages[0].trigger", "needs a value"),
        (trigger(metric="ABSENCE_RATE", value=10), "$.stages[0].trigger", "fraction between 0"),
        (trigger(metric="ABSENCE_RATE", value="3/2"), "$.stages[0].trigger", "fraction between 0"),
        (trigger(metric="ABSENT_DAYS", value=0.1), "$.stages[0].trigger.value", "whole number"),
        (trigger(metric="ABSENT_DAYS", value=True), "$.stages[0].trigger.value", "whole number"),
        (trigger(metric="ABSENT_DAYS", value=-1), "$.stages[0].trigger.value", "whole number"),
        (trigger(metric="ABSENT_DAYS", value="1/0"), "$.stages[0].trigger.value", "whole number"),
        (trigger(**DAYS, op=">"), "$.stages[0].trigger.op", "'>='"),
        (trigger(**DAYS, window={"type": "DECADE"}), "$.stages[0].trigger.window.type", "Input"),
        (
            trigger(**DAYS, window={"type": "ROLLING_CALENDAR_DAYS"}),
            "$.stages[0].trigger.window",
            "needs n",
        ),
        (
            text(stages=[{"order": 1, "type": n, "trigger": DAYS} for n in ("A", "B")]),
            "$",
            "same order",
        ),
        (
            text(stages=[{"order": 1, "type": "A", "trigger": DAYS, "prerequisites": ["B"]}]),
            "$",
            "A asks for B",
        ),
    ],
)
def test_a_rule_set_that_cannot_be_meant_is_refused(written: str, path: str, words: str) -> None:
    found = problems(written)
    assert len(found) == 1
    assert found[0][0] == path
    assert words in found[0][1]


def test_every_problem_is_told_at_once() -> None:
    found = problems(text(colour="red", unit="HOURS"))
    assert {path for path, _ in found} == {"$.colour", "$.unit"}


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ({"manual": True}, "a person decides this stage"),
        ({"after": "LETTER_1", "furtherAbsentDays": 3}, "it follows LETTER_1, which an evaluation"),
        ({"metric": "SHOE_SIZE", "value": 3}, "SHOE_SIZE is not computed here"),
        ({"metric": "OCCASIONS", "value": 3}, "OCCASIONS needs the rule set to say what one"),
        ({**DAYS, "furtherAbsentDays": 3}, "furtherAbsentDays is not computed here"),
        ({"any": [DAYS], "guards": ["X"]}, "guards is not computed here"),
    ],
)
def test_what_is_not_computed_says_so_in_words(written: dict[str, Any], reason: str) -> None:
    condition = condition_of(read_rule_set(trigger(**written)).stages[0].trigger, Unit.DAY)
    assert isinstance(condition, NotComputed)
    assert condition.reason.startswith(reason)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"metric": "ABSENT_DAYS", "value": 5}, ">= 5"),
        ({"metric": "ABSENT_DAYS", "value": "9/2", "exclusive": True}, "> 9/2"),
        ({"metric": "ABSENCE_RATE", "value": "10/100"}, ">= 10/100"),
    ],
)
def test_a_condition_is_printed_as_it_was_written(written: dict[str, Any], words: str) -> None:
    condition = condition_of(read_rule_set(trigger(**written)).stages[0].trigger, Unit.DAY)
    assert isinstance(condition, Threshold)
    assert condition.words == words


def test_an_amount_is_a_pair_of_whole_numbers() -> None:
    assert fraction(7) == (7, 1)
    assert fraction("10/100") == (10, 100)

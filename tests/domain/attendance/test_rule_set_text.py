"""A rule set is read whole or refused with the place and the words."""

import json
from pathlib import Path
from typing import Any

import pytest

from domain.attendance.conditions import NotComputed, Threshold, condition_of, reasons_not_computed
from domain.attendance.rule_faults import problems_of
from domain.attendance.rules import (
    Approval,
    RuleProblem,
    RuleSet,
    RuleSetUnreadable,
    Unit,
    read_rule_set,
    shipped_rule_set,
    try_rule_set,
)
from domain.attendance.triggers import Trigger, fraction

FOLDER = Path(__file__).parent / "default_rule_sets"
DAYS = {"metric": "ABSENT_DAYS", "value": 5}
HAND = {"manual": True}


S, T = "$.stages[0]", "$.stages[0].trigger"
TEN = {"metric": "ABSENT_DAYS", "value": 10}
RATE = {"metric": "ABSENCE_RATE", "value": "1/1"}
BOTH = {"type": "ROLLING_MONTHS", "n": 6, "spansYears": True, "sameSchoolYear": True}
BACK = {"type": "DATE_WINDOW", "from": "2025-10-01", "to": "2025-09-01"}
CODED = {"id": "R", "trigger": {"metric": "COUNT", "codes": ["Q"], "value": 3}}


def text(**changes: Any) -> str:
    stage = {"order": 1, "type": "LETTER_1", "trigger": DAYS}
    return json.dumps({"id": "t", "stages": [stage], **changes})


ILL = {"any": [{"metric": "COUNT", "codes": ["I"], "value": 30}]}
EXCUSED_SINCE = {"after": "MEETING", "furtherAbsentDays": 3, "reasons": "EXCUSED"}


def trigger(**written: Any) -> str:
    return text(stages=[{"order": 1, "type": "LETTER_1", "trigger": written}])


def stages(*changes: dict[str, Any]) -> str:
    return text(
        stages=[
            {"order": n, "type": f"LETTER_{n}", "trigger": DAYS, **more}
            for n, more in enumerate(changes, 1)
        ]
    )


def problems(written: str) -> list[RuleProblem]:
    with pytest.raises(RuleSetUnreadable) as refused:
        read_rule_set(written)
    assert all(problem.words in str(refused.value) for problem in refused.value.problems)
    return list(refused.value.problems)


def stored(**written: Any) -> Trigger:
    """A trigger out of an old rule set, which was checked by the rules of its time."""
    return RuleSet.model_validate_json(trigger(**written)).stages[0].trigger


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_the_default_rule_sets_of_three_countries_are_read(path: Path) -> None:
    rules = read_rule_set(path.read_bytes())
    assert rules.id == path.stem
    assert len(rules.stages) == len(json.loads(path.read_text())["stages"])


def test_a_texan_stage_writes_its_condition_beside_its_type() -> None:
    window = {"type": "ROLLING_CALENDAR_DAYS", "n": 28}
    stage = {"order": 1, "type": "WARNING_NOTICE", "metric": "OCCASIONS", "value": 3}
    occasion = {"anyOf": ["FULL_DAY_UNEXCUSED"]}
    rules = read_rule_set(text(stages=[{**stage, "window": window}], occasion=occasion))
    assert rules.stages[0].trigger.metric == "OCCASIONS"
    assert rules.stages[0].trigger.window.n == 28
    conduct = {"type": "TRUANT_CONDUCT", "value": 10, "order": 1}
    months = {"type": "ROLLING_MONTHS", "n": 6, "sameSchoolYear": True}
    old = RuleSet.model_validate_json(text(stages=[{**conduct, "window": months}]))
    condition = condition_of(old.stages[0].trigger, Unit.DAY)
    assert condition == NotComputed("a condition without a metric is not computed here")
    found = problems(text(stages=[{**conduct, "window": months}]))
    assert [one.path for one in found] == ["$.stages[0].value", "$.stages[0].window"]
    assert {one.code for one in found} == {"metric-missing"}


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
    ("written", "path", "code"),
    [
        ("not json", "$", "not-json"),
        ("[]", "$", "wrong-type"),
        (text(stages=[]), "$.stages", "stages-missing"),
        (text(stages=["x"]), S, "wrong-type"),
        (text(stages=[{"order": 1, "type": "X"}]), T, "field-missing"),
        (text(schoolYear={"start": "13-01"}), "$.schoolYear.start", "malformed-day"),
        (text(schoolYear={"start": "1 Sept"}), "$.schoolYear.start", "malformed-day"),
        (text(schoolYear={"start": "02-29"}), "$.schoolYear.start", "malformed-day"),
        (text(colour="red"), "$.colour", "unknown-field"),
        (text(effectiveFrom="2025-02-30"), "$.effectiveFrom", "malformed-date"),
        (text(id="a b"), "$.id", "malformed-name"),
        (text(population={"maxAge": 5000}), "$.population.maxAge", "out-of-range"),
        (text(population={"minAge": 16, "maxAge": 6}), "$.population.maxAge", "backwards"),
        (text(effectiveFrom="2025-09-01", effectiveTo="2024-09-01"), "$.effectiveTo", "backwards"),
        (text(jurisdiction="UK"), "$.jurisdiction", "unknown-jurisdiction"),
        (text(stop=["HOLIDAY"]), "$.stop[0]", "unknown-stop"),
        (text(occasion={"anyOf": ["FULL_MOON"]}), "$.occasion.anyOf[0]", "unknown-occasion"),
        (text(tracks=[{"id": "DUTY"}]), S + ".track", "unknown-track"),
        (text(returns=[{"id": "R"}, {"id": "R"}]), "$.returns[1].id", "id-twice"),
        (text(returns=[{"id": "sar 1", "trigger": DAYS}]), "$.returns[0].id", "malformed-name"),
        (text(population={"onRoll": "yes"}), "$.population.onRoll", "wrong-type"),
        (text(effectiveFrom=0), "$.effectiveFrom", "wrong-type"),
        (stages({"guards": ["NO_N_MARK"]}), S + ".guards[0]", "unknown-guard"),
        (stages({"sources": ["LAW"]}), S + ".sources[0]", "unknown-source"),
        (stages({"stopConditions": ["X"]}), S + ".stopConditions[0]", "unknown-stop"),
        (stages({"letterTemplateId": "L1"}), S + ".letterTemplateId", "malformed-id"),
        (
            stages({"periodSchoolWeeks": {"min": 6, "max": 3}}),
            S + ".periodSchoolWeeks",
            "backwards",
        ),
        (stages({"approval": "AUTO", "statute": "s. 1"}), S + ".approval", "approval-too-low"),
        (stages({"prerequisites": ["LETTER_9"]}), S + ".prerequisites[0]", "unknown-stage"),
        (stages({"prerequisites": ["LETTER_1"]}), S, "stage-circle"),
        (stages({"escalationConditions": DAYS}), S + ".escalationConditions", "escalation-nowhere"),
        (
            stages({"escalationConditions": DAYS}, {}),
            S + ".escalationConditions",
            "escalation-twice",
        ),
        (trigger(), T, "trigger-empty"),
        (trigger(any=[]), T, "trigger-empty"),
        (trigger(any=[DAYS], all=[DAYS]), T, "trigger-mixed"),
        (trigger(metric="ABSENT_DAYS"), T, "value-missing"),
        (trigger(metric="ABSENCE_RATE", value=10), T, "malformed-rate"),
        (trigger(metric="ABSENCE_RATE", value="3/2"), T, "malformed-rate"),
        (trigger(metric="ABSENT_DAYS", value=0.1), T + ".value", "malformed-amount"),
        (trigger(metric="ABSENT_DAYS", value=True), T + ".value", "malformed-amount"),
        (trigger(metric="ABSENT_DAYS", value=-1), T + ".value", "malformed-amount"),
        (trigger(metric="ABSENT_DAYS", value="1/0"), T + ".value", "malformed-amount"),
        (trigger(**RATE, exclusive=True), T + ".value", "never-holds"),
        (trigger(**DAYS, op=">"), T + ".op", "unknown-value"),
        (trigger(**DAYS, window={"type": "DECADE"}), T + ".window.type", "unknown-value"),
        (trigger(**DAYS, window={"type": "ROLLING_MONTHS"}), T + ".window", "window-n-missing"),
        (trigger(**DAYS, window={"n": 3}), T + ".window.n", "does-nothing"),
        (trigger(**DAYS, window={"from": "09-01"}), T + ".window.from", "does-nothing"),
        (trigger(**DAYS, window=BOTH), T + ".window", "contradiction"),
        (trigger(**DAYS, window=BACK), T + ".window.to", "backwards"),
        (trigger(metric="SHOE_SIZE", value=3), T + ".metric", "unknown-metric"),
        (trigger(metric="OCCASIONS", value=3), T, "occasion-missing"),
        (trigger(**DAYS, furtherAbsentDays=3), T + ".furtherAbsentDays", "after-missing"),
        (trigger(after="LETTER_7"), T + ".after", "unknown-stage"),
        (trigger(manual=True, **DAYS), T + ".metric", "does-nothing"),
        (trigger(**DAYS, guards=["X"]), T + ".guards", "guards-misplaced"),
        (trigger(**DAYS, notWhenOnlyCodes=["G"]), T + ".notWhenOnlyCodes", "does-nothing"),
        (trigger(metric="TARDY_COUNT", value=3, reasons="EXCUSED"), T + ".reasons", "does-nothing"),
        (trigger(metric="CODE_TODAY", codes=["N"], window={}), T + ".window", "does-nothing"),
        (stages({"oncePerIllness": True}), "$.stages[0].oncePerIllness", "does-nothing"),
        (
            stages({"type": "SICK", "trigger": ILL, "oncePerIllness": True, "rearm": "TERM"}),
            "$.stages[0].oncePerIllness",
            "contradiction",
        ),
        (
            text(returns=[{"id": "R", "oncePerIllness": True}]),
            "$.returns[0].oncePerIllness",
            "does-nothing",
        ),
        (
            text(returns=[{"id": "R", "trigger": DAYS, "dueIn": "January"}]),
            "$.returns[0].dueIn",
            "does-nothing",
        ),
        (stages({"fourEyes": True}), "$.stages[0].fourEyes", "does-nothing"),
        (stages({"asksReason": True}), "$.stages[0].asksReason", "does-nothing"),
        (stages({"trigger": HAND, "approval": "AUTO"}), "$.stages[0].approval", "contradiction"),
        (
            stages({"guards": ["NOT_HOMELESS"], "approval": "AUTO"}),
            "$.stages[0].guards",
            "contradiction",
        ),
        (
            stages({"dueForthwith": True, "dueWithinDays": 7}),
            "$.stages[0].dueWithinDays",
            "contradiction",
        ),
        (
            stages({"dueWithinSchoolDays": 5, "approval": "AUTO"}),
            "$.stages[0].dueWithinSchoolDays",
            "does-nothing",
        ),
        (text(returns=[{"id": "R", "dueIn": "Spring"}]), "$.returns[0].dueIn", "unreadable-day"),
        (
            text(returns=[{"id": "R", "dueWithin": "6 weeks"}]),
            "$.returns[0].dueWithin",
            "unreadable-day",
        ),
        (
            text(returns=[{"id": "R", "dueIn": "May", "dueWithin": "1 day of last school day"}]),
            "$.returns[0].dueWithin",
            "contradiction",
        ),
        (
            text(schoolYear={"start": "09-01", "end": "07-31"}),
            "$.schoolYear.end",
            "contradiction",
        ),
        (trigger(**DAYS, codes=["I"]), "$.stages[0]", "name-tells"),
        (
            trigger(any=[DAYS, {**DAYS, "codes": ["ABSENT_AUTHORISED"]}]),
            "$.stages[0]",
            "name-tells",
        ),
        (
            stages({"type": "MEETING"}, {"type": "LETTER_2", "trigger": EXCUSED_SINCE}),
            "$.stages[1]",
            "name-tells",
        ),
        (trigger(any=[DAYS], minPossible=20), T + ".minPossible", "metric-missing"),
        (trigger(any=[DAYS, {"metric": "X", "value": 1}]), T + ".any[1].metric", "unknown-metric"),
        (
            text(parallel=[{"id": "P", "trigger": {"metric": "X", "value": 1}}]),
            "$.parallel[0].trigger.metric",
            "unknown-metric",
        ),
        (
            text(returns=[{"id": "R", "trigger": {**DAYS, "colour": "red"}}]),
            "$.returns[0].trigger.colour",
            "unknown-field",
        ),
        (text(jurisdiction="IE", returns=[CODED]), "$.returns[0].trigger.codes[0]", "unknown-code"),
    ],
)
def test_a_rule_set_that_cannot_be_meant_is_refused(written: str, path: str, code: str) -> None:
    (found,) = problems(written)
    assert (found.path, found.code) == (path, code)
    assert found.message
    assert found.right or code == "not-json"
    assert found.as_dict()["pointer"] == found.pointer


def test_every_problem_is_told_at_once() -> None:
    """Shape and meaning, in one stage and in the next, and more than one at one place."""
    broken = {"order": "first", "type": "LETTER_1", "trigger": {"metric": "COUNT"}}
    unmeant = {"order": 2, "type": "LETTER_2", "trigger": {"metric": "ABSENT_DAY", "value": 3}}
    found = problems(text(colour="red", unit="HOURS", jurisdiction="UK", stages=[broken, unmeant]))
    assert {(one.pointer, one.code) for one in found} == {
        ("/colour", "unknown-field"),
        ("/unit", "unknown-value"),
        ("/jurisdiction", "unknown-jurisdiction"),
        ("/stages/0/order", "wrong-type"),
        ("/stages/0/trigger", "value-missing"),
        ("/stages/0/trigger", "codes-missing"),
        ("/stages/1/trigger/metric", "unknown-metric"),
    }


def test_two_stages_of_one_order_or_one_id_are_both_told() -> None:
    found = problems(text(stages=[{"order": 1, "type": n, "trigger": DAYS} for n in ("A", "B")]))
    assert [(one.path, one.code) for one in found] == [
        ("$.stages[0].order", "order-twice"),
        ("$.stages[1].order", "order-twice"),
    ]
    same = [{"order": n, "type": f"T{n}", "id": "SAME", "trigger": DAYS} for n in (1, 2)]
    assert {one.code for one in problems(text(stages=same))} == {"id-twice"}


def test_stages_that_wait_for_each_other_are_never_entered() -> None:
    first = {"order": 1, "type": "A", "trigger": {"after": "C"}}
    second = {"order": 2, "type": "B", "trigger": DAYS, "prerequisites": ["A"]}
    third = {"order": 3, "type": "C", "trigger": {"all": [DAYS, {"after": "B"}]}}
    found = problems(text(stages=[first, second, third]))
    assert [one.path for one in found if one.code == "stage-circle"] == [
        "$.stages[0]",
        "$.stages[1]",
        "$.stages[2]",
    ]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (trigger(metric="ABSENT_DAY", value=3), "ABSENT_DAYS"),
        (trigger(metric="absence_rate".upper() + "S", value="1/10"), "ABSENCE_RATE"),
        (trigger(**DAYS, window={"type": "SCHOOLYEAR"}), "SCHOOL_YEAR"),
        (trigger(condition="TardyCountTreshold", value=3), "TardyCountThreshold"),
        (text(jurisdiction="GB-EN"), "GB-ENG"),
        (stages({"setleDays": 3}), "settleDays"),
        (stages({"guards": ["NO_N_MARK"]}), "NO_N_MARKS"),
        (stages({}, {"prerequisites": ["LETTER_11"]}), "LETTER_1"),
    ],
)
def test_an_unknown_name_is_told_with_the_one_that_is_nearest(written: str, meant: str) -> None:
    (found,) = problems(written)
    assert f"did you mean {meant}?" in found.right


def test_what_was_written_is_quoted_only_where_it_can_be_no_more_than_a_name() -> None:
    (found,) = problems(trigger(metric="SHOE_SIZE", value=3))
    assert "SHOE_SIZE" in found.words
    (found,) = problems(text(unit="Síofra Canary, 12"))
    assert "Canary" not in found.words


def test_conditions_in_conditions_without_an_end_are_refused_and_not_unfolded() -> None:
    deep: dict[str, Any] = DAYS
    for _ in range(600):
        deep = {"any": [deep]}
    said = {"id": "t", "stages": [{"order": 1, "type": "A", "trigger": deep}]}
    assert {one.code for one in problems_of(said)} == {"wrong-type"}


def test_a_stage_may_take_its_trigger_from_what_leads_on_from_the_one_before() -> None:
    """001-066: the escalation conditions of a stage are the trigger of the next of its track."""
    leads = {"order": 1, "type": "LETTER_1", "trigger": DAYS, "escalationConditions": TEN}
    aside = {"order": 2, "type": "DUTY", "track": "DUTY", "trigger": DAYS}
    led = {"order": 3, "type": "LETTER_2"}
    rules = read_rule_set(text(stages=[leads, aside, led]))
    assert rules.stages[2].trigger == rules.stages[0].escalation_conditions
    assert rules.stages[2].trigger.value == 10


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
def test_what_is_not_computed_of_a_stored_rule_set_says_so_in_words(
    written: dict[str, Any], reason: str
) -> None:
    """What was once accepted stays readable; it is never taken as false."""
    condition = condition_of(stored(**written), Unit.DAY)
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


def test_a_faulty_rule_set_is_tried_out_with_what_is_wrong_beside_it() -> None:
    tried, wrong = try_rule_set(stages({}, {"prerequisites": ["LETTER_9"]}))
    assert [stage.type for stage in tried.stages] == ["LETTER_1", "LETTER_2"]
    assert wrong


@pytest.mark.parametrize("written", ["[]", '{"id": "t", "stages": 5}'])
def test_what_has_not_the_shape_of_a_rule_set_is_not_even_tried_out(written: str) -> None:
    with pytest.raises(RuleSetUnreadable):
        try_rule_set(written)

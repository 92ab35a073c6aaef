"""The rule sets that come with the product: tracks, sources, approvals, and what the law asks."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from domain.attendance.conditions import NotComputed, condition_of, reasons_not_computed
from domain.attendance.jurisdictions import jurisdiction
from domain.attendance.rule_parts import Approval, Population, Rearm, TrackKind
from domain.attendance.rules import RETURNS, RuleSet, shipped_rule_set, shipped_rule_sets
from domain.attendance.standing import conditions_of

WRITTEN = Path(__file__).parent / "default_rule_sets"
DEFAULTS = [name for name in shipped_rule_sets() if name.endswith("-default-1")]
IE, ENG, CA, TX = (
    shipped_rule_set(f"{place}-default-1") for place in ("ie", "gb-eng", "us-ca", "us-tx")
)


def stages_of(rules: RuleSet, kind: TrackKind) -> set[str]:
    tracks = {track.id for track in rules.tracks if track.kind is kind}
    return {stage.type for stage in rules.every_stage if stage.track in tracks}


def test_four_countries_and_a_schools_own_ladder_are_shipped() -> None:
    assert shipped_rule_sets() == (
        "gb-eng-default-1",
        "ie-default-1",
        "ie-ladder-1",
        "us-ca-default-1",
        "us-tx-default-1",
    )


@pytest.mark.parametrize("name", DEFAULTS)
def test_each_stage_of_a_default_names_its_sources_and_stands_on_a_track_that_is_told(
    name: str,
) -> None:
    rules = shipped_rule_set(name)
    assert rules.id == name
    assert rules.name
    assert rules.effective_from is not None
    assert jurisdiction(rules.jurisdiction or "").code == rules.jurisdiction
    sources = {source.id for source in rules.sources}
    assert all(stage.sources and set(stage.sources) <= sources for stage in rules.stages)
    assert {stage.track for stage in rules.every_stage} == {track.id for track in rules.tracks}
    assert sources == {one for stage in rules.every_stage for one in stage.sources}


@pytest.mark.parametrize("name", DEFAULTS)
def test_nothing_with_legal_effect_is_entered_by_software_alone(name: str) -> None:
    rules = shipped_rule_set(name)
    legal = stages_of(rules, TrackKind.STATUTORY)
    assert legal
    assert all(s.approval is not Approval.AUTO for s in rules.every_stage if s.type in legal)
    assert all(stage.type in legal for stage in rules.stages if stage.statute)


@pytest.mark.parametrize("name", DEFAULTS)
def test_no_duty_waits_for_a_letter_of_support(name: str) -> None:
    """A missing letter never holds back a legal duty: prerequisites stay on legal tracks.

    A referral is no duty: it asks for what the school tried before.
    """
    rules = shipped_rule_set(name)
    legal = stages_of(rules, TrackKind.STATUTORY)
    for stage in rules.stages:
        if stage.type in legal - {"REFERRAL_EWS"}:
            assert set(stage.needs) <= legal


@pytest.mark.parametrize("rules", [IE, ENG], ids=lambda rules: rules.id)
def test_a_support_ladder_goes_from_letters_over_a_meeting_to_escalation(rules: RuleSet) -> None:
    """001-067 LETTER_1, 001-068 LETTER_2, 001-069 MEETING, 001-070 ESCALATION."""
    ladder = [stage for stage in rules.every_stage if stage.track == "SUPPORT"]
    kinds = {"LETTER_1", "LETTER_2", "ESCALATION"} | {ladder[1].type}
    assert {stage.type for stage in ladder} == kinds
    assert ladder[1].type.startswith("MEETING")
    for before, after in pairwise(ladder):
        assert after.needs == (before.type,)


@pytest.mark.parametrize("path", sorted(WRITTEN.glob("*.json")), ids=lambda path: path.stem)
def test_the_defaults_ask_what_the_paper_of_the_domain_asks(path: Path) -> None:
    """Each stage, return and parallel of the paper is there with its trigger and approval.

    Two are divided: the nudges have names of their own, and a suspension of six days may come
    again in a year in which the twentieth day was reached.
    """
    rules, paper = shipped_rule_set(path.stem), RuleSet.model_validate_json(path.read_bytes())
    ours = {stage.type: stage for stage in rules.every_stage}
    divided = {"NUDGE_1": "NUDGE_5_DAYS", "NUDGE_2": "NUDGE_10_DAYS"}
    for stage in paper.every_stage:
        mine = ours[divided.get(stage.key, stage.type)]
        assert (mine.approval, mine.settle_days) == (stage.approval, stage.settle_days)
        assert (mine.guards or mine.trigger.guards) == (stage.guards or stage.trigger.guards)
        assert set(mine.needs) >= set(stage.needs)
        if stage.type == "SUSPENSION_NOTICE":
            both = (mine.trigger, ours["SUSPENSION_NOTICE_20_DAYS"].trigger)
            assert both == stage.trigger.any
        elif not stage.trigger.manual:
            assert mine.trigger == stage.trigger
    # From 6 to 16, or three years of post-primary education if those end later: DOMAIN.md 1.2.
    irish = {"ie-default-1": Population(compulsory_age=True)}
    assert rules.population == irish.get(path.stem, paper.population)
    assert rules.unit == paper.unit
    assert (rules.school_year, rules.occasion) == (paper.school_year, paper.occasion)
    assert rules.effective_from == paper.effective_from


@pytest.mark.parametrize("name", shipped_rule_sets())
def test_everything_but_a_persons_decision_is_computed(name: str) -> None:
    rules = shipped_rule_set(name)
    for stage, condition in conditions_of(rules, following=True):
        reasons = reasons_not_computed(condition)
        wanted = ["a person decides this stage"] if stage.trigger.manual else []
        if stage.trigger.or_expected:
            wanted = ["a person may expect it before it is reached"]
        assert reasons == wanted


def test_a_return_with_a_trigger_is_a_stage_of_a_track_of_its_own() -> None:
    owed = [stage for stage in ENG.every_stage if stage.track == RETURNS]
    assert [stage.type for stage in owed] == ["ATTENDANCE_RETURN", "SICKNESS_RETURN"]
    assert [stage.order for stage in owed] == [10, 11]
    assert [stage.approval for stage in owed] == [Approval.HEAD] * 2


def test_stages_of_one_type_are_told_apart_by_their_order() -> None:
    paper = RuleSet.model_validate_json((WRITTEN / "ie-default-1.json").read_bytes())
    assert [stage.key for stage in paper.stages[:4]] == [
        "SAME_DAY_TEXT",
        "NUDGE_1",
        "NUDGE_2",
        "LETTER_1",
    ]
    again = RuleSet.model_validate(json.loads(paper.model_dump_json(by_alias=True)))
    assert again == paper


def test_a_stage_comes_again_by_day_half_term_spell_or_school_year() -> None:
    armed = {stage.key: stage.armed_for for rules in (IE, ENG) for stage in rules.stages}
    assert armed["SAME_DAY_TEXT"] is armed["FIRST_DAY_CONTACT"] is Rearm.DAY
    assert armed["NUDGE_DAYS_MISSED"] is Rearm.HALF_TERM
    assert armed["CONSIDER_PENALTY_NOTICE"] is armed["SUSPENSION_NOTICE"] is Rearm.SPELL
    assert armed["STATUTORY_20_DAY"] is armed["LETTER_1"] is Rearm.SCHOOL_YEAR
    paper = RuleSet.model_validate_json((WRITTEN / "gb-eng-default-1.json").read_bytes())
    unsaid = {stage.key: stage.armed_for for stage in paper.stages}
    assert unsaid["FIRST_DAY_CONTACT"] is Rearm.DAY
    assert unsaid["NUDGE_DAYS_MISSED"] is Rearm.HALF_TERM
    assert unsaid["CONSIDER_PENALTY_NOTICE"] is Rearm.SCHOOL_YEAR


def test_a_stage_that_a_person_begins_is_never_begun_by_the_register() -> None:
    for rules, name in ((IE, "REFERRAL_EWS"), (CA, "SARB_REFERRAL"), (TX, "COURT_REFERRAL")):
        (stage,) = [one for one in rules.stages if one.type == name]
        assert isinstance(condition_of(stage.trigger, rules.unit, rules.occasion), NotComputed)
        assert stage.approval is Approval.HEAD
        assert stage.needs


def test_a_stored_return_of_any_name_is_still_a_stage() -> None:
    """What was once accepted stays readable: ids of returns were free."""
    days = {"metric": "ABSENT_DAYS", "value": 5}
    stage = {"order": 1, "type": "LETTER_1", "trigger": days}
    old = RuleSet.model_validate(
        {"id": "t", "stages": [stage], "returns": [{"id": "sar 1", "trigger": days}]}
    )
    assert [one.type for one in old.every_stage] == ["LETTER_1", "R_SAR_1"]

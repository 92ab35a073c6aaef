"""Stages that have nothing to do with each other climb apart, and give its answer."""

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.attendance.apart import Climbers, Part, parts_of
from domain.attendance.climbing import climb
from domain.attendance.evenings import Evenings, Upcoming
from domain.attendance.firings import Climb
from domain.attendance.guards import DEEDS
from domain.attendance.ladder import Acts, Assumed, Rung, rungs
from domain.attendance.metrics import Denominator
from domain.attendance.people import People, people_of
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.sheet import EVER, sheet_of
from domain.attendance.standing import over_days
from domain.attendance.tally import SchoolFacts
from domain.attendance.what_if import climb_school
from tests.support.roll_book import CALENDAR, OPEN, line, whole

FACTS = SchoolFacts(CALENDAR, Denominator.MARKS)
DAYS = np.array([day.toordinal() for day in OPEN[:40]], np.int32)
EVENINGS = Evenings(DAYS, DAYS, DAYS[:1], DAYS[:1])
NAMES = "ABCDEF"
GUARD = "CONFERENCE_ATTEMPTED"


def names(rules: RuleSet) -> list[list[str]]:
    ladder = rungs(rules)
    return [[ladder[number].name for number in part] for part in parts_of(ladder)]


def test_a_track_and_whatever_its_stages_need_is_one_part() -> None:
    """Referral needs stages of the Irish support track; contact and nudges stand for themselves."""
    assert names(shipped_rule_set("ie-default-1")) == [
        ["SAME_DAY_TEXT"],
        ["NUDGE_5_DAYS", "NUDGE_10_DAYS"],
        ["LETTER_1", "MEETING", "LETTER_2", "ESCALATION", "REFERRAL_EWS"],
        ["STATUTORY_20_DAY"],
        ["SUSPENSION_NOTICE", "SUSPENSION_NOTICE_20_DAYS"],
    ]


def test_stages_whose_work_meets_a_guard_are_one_part_with_it() -> None:
    stages = [
        {"order": n, "type": name, "track": name, "trigger": {"manual": True}}
        for n, name in enumerate([*DEEDS[GUARD], "LATER", "OTHER"])
    ]
    stages[-2]["guards"] = [GUARD]
    rules = RuleSet.model_validate({"id": "t", "stages": stages})
    assert names(rules) == [[*DEEDS[GUARD], "LATER"], ["OTHER"]]


@dataclass
class Chance:
    """A ladder of chance, and pupils at whom its conditions hold by chance."""

    seed: int

    def __post_init__(self) -> None:
        random, chance = Random(self.seed), np.random.default_rng(self.seed)
        self.ladder = rungs(RuleSet.model_validate({"id": "t", "stages": stages(random)}))
        self.people = someone(self.ladder, random)
        often = chance.choice([0, 0.02, 0.3], (len(self.ladder), 1, 12))
        self.holds = list(chance.random((len(self.ladder), len(DAYS), 12)) < often)

    def whole(self) -> list[Any]:
        return told(climb(self.ladder, EVENINGS, self.holds, self.people))

    def in_parts(self, parts: list[Part] | None = None) -> list[Any]:
        climbers = Climbers(self.ladder, EVENINGS, self.people, self.holds, {})
        climbed = climbers.nobody()
        for part in parts or parts_of(self.ladder):
            climbed = climbers.climb(climbed, part, climbers.whom(part))
        return told(climbed)


def stages(random: Random) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for order, name in enumerate(NAMES):
        stage = {
            "order": order,
            "type": "CONFERENCE" if name == "B" else name,
            "track": random.choice(["S", "S", "D", name]),
            "trigger": {"metric": "ABSENT_DAYS", "value": 1},
            "approval": random.choice(["AUTO", "STAFF"]),
            "rearm": random.choice(["DAY", "SPELL", "ONCE", "TERM"]),
        }
        if found and random.random() < 0.3:
            stage["prerequisites"] = [random.choice(found)["type"]]
        if random.random() < 0.3:
            stage["daysBeforeNextStage"] = 4
        if random.random() < 0.2:
            stage["guards"] = [GUARD]
        found.append(stage)
    return found


def someone(ladder: list[Rung], random: Random) -> People:
    people = people_of(Acts(), Assumed(random.choice([None, 1, 3])), ladder, None, 12, DAYS)
    exempt = np.zeros((len(DAYS), 12), np.bool_)
    exempt[random.randrange(30) :, random.randrange(12)] = True
    return People(people.approved, people.declined, exempt, None, dict(people.met), people.assumed)


def told(climbed: Climb) -> list[Any]:
    again = [
        (one.stage, *each)
        for one in climbed.again
        for each in zip(*(column.tolist() for column in one[1:]), strict=True)
    ]
    return [climbed.proposed.tolist(), climbed.entered.tolist(), sorted(again)]


@given(seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_parts_give_the_answer_of_the_whole_ladder(seed: int) -> None:
    example = Chance(seed)
    assert example.in_parts() == example.whole(), f"seed {seed}"


def test_stages_torn_apart_would_be_found_out() -> None:
    """The control: parts that forget what stages have to do with each other answer otherwise.

    One without a stage that another of it needs does not climb at all.
    """
    found = {"track": 0, "guards": 0}
    for seed in range(30):
        example = Chance(seed)
        truth = example.whole()
        for name in found:
            found[name] += example.in_parts(parts_of(without(example.ladder, name))) != truth
    assert min(found.values()) > 0, found
    needs = next(one for one in map(Chance, range(30)) if any(rung.needs for rung in one.ladder))
    with pytest.raises(KeyError):
        needs.in_parts([[number] for number in range(len(NAMES))])


def without(ladder: list[Rung], name: str) -> list[Rung]:
    """A ladder whose stages each have a track of their own, or have no guards."""
    return [
        one._replace(stage=one.stage.model_copy(update={name: one.name if name == "track" else ()}))
        for one in ladder
    ]


def test_only_those_at_whom_a_condition_ever_holds_climb_unless_they_are_most() -> None:
    holds = [np.zeros((len(DAYS), 6), np.bool_) for _ in range(3)]
    holds[0][3, [1, 4]] = True
    holds[1][7, :5] = True
    climbers = Climbers([], EVENINGS, someone([], Random(1)), holds, {})
    assert climbers.whom([0]).tolist() == [1, 4]
    assert climbers.whom([0, 1]).tolist() == [0, 1, 2, 3, 4, 5]
    assert climbers.whom([2]).tolist() == []


def test_the_first_evening_is_found_behind_more_evenings_than_a_byte_counts() -> None:
    holds = np.zeros((600, 5), np.bool_)
    holds[[0, 254, 255, 599], [0, 1, 2, 3]] = True
    holds[400:, :3] = True
    assert Upcoming(holds, None).first.tolist() == [0, 254, 255, 599, 600]


def test_a_stage_that_follows_a_contact_on_the_day_comes_the_evening_after_it() -> None:
    """The contact climbs the quick way, and who needs it has to see when it was entered."""
    days: dict[str, Any] = {"metric": "ABSENT_DAYS", "value": 1}
    today = days | {"window": {"type": "ROLLING_SCHOOL_DAYS", "n": 1}}
    call: dict[str, Any] = {"type": "CALL", "track": "CALL", "trigger": today, "rearm": "DAY"}
    visit = {"type": "VISIT", "track": "VISIT", "trigger": days, "prerequisites": ["CALL"]}
    asked = [one | {"order": n, "approval": "AUTO"} for n, one in enumerate([call, visit])]
    rules = RuleSet.model_validate({"id": "t", "stages": asked})
    climbed = climb_school(rules, OPEN[:20], sheet_of([line(whole("I", [3, 4]))]), FACTS)
    assert [climbed.step(n, 0) for n in (0, 1)] == [(OPEN[3], OPEN[3]), (OPEN[4], OPEN[4])]


def test_numbers_are_counted_again_for_neighbours_as_they_were_counted_for_all() -> None:
    """Of three pupils who stand far from each other on the sheet, and one who never got there."""
    rules = shipped_rule_set("ie-default-1")
    marks = {0: range(6), 64: range(2, 17), 65: range(4), 140: range(7, 30)}
    sheet = sheet_of([line(whole("I", marks.get(n, ())), number=n) for n in range(141)])
    climbed = climb_school(rules, OPEN[:60], sheet, FACTS)
    for stage in (1, 2, 3):
        name = climbed.ladder[stage].name
        for pupil in (140, 0, 64, 65):
            proposed = int(climbed.climb.proposed[stage, pupil])
            expected: Any = ()
            if proposed < len(climbed.on):
                found = over_days(rules, [climbed.on[proposed]], sheet, FACTS, {})
                expected = found[stage].decided(0, pupil)
            assert climbed.numbers(name, pupil) == expected
    assert date.fromordinal(int(climbed.climb.entered[3].min())) == OPEN[19]
    assert climbed.climb.entered[3, 65] == EVER


def test_a_stage_that_is_alone_on_its_track_and_never_holds_is_proposed_to_nobody() -> None:
    """Whoever is asked again may have nothing to climb any more."""
    stage = {"order": 1, "type": "A", "trigger": {"metric": "ABSENT_DAYS", "value": 1}}
    ladder = rungs(RuleSet.model_validate({"id": "t", "stages": [stage]}))
    people = people_of(Acts(), Assumed(1), ladder, None, 2, DAYS)
    climbed = climb(ladder, EVENINGS, [np.zeros((len(DAYS), 2), np.bool_)], people)
    assert told(climbed) == [[[len(DAYS)] * 2], [[EVER] * 2], []]

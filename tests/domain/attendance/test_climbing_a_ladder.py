"""What would have been: all pupils climb on arrays as each would, evening by evening, alone."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.attendance.guards import DEEDS
from domain.attendance.ladder import Acts, Assumed, Away
from domain.attendance.metrics import Denominator
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import sheet_of
from domain.attendance.tally import SchoolFacts
from domain.attendance.what_if import Climbed, climb_school
from tests.support.naive_ladder import Way, way_of
from tests.support.naive_register import Register, days_of, made_up
from tests.support.roll_book import CALENDAR, OPEN, line, whole

SEEDS = st.integers(0, 2**32)
FIRST, LAST = date(2025, 9, 1), date(2026, 7, 17)
NAMES = ("A", "B", "C", "D", "E")


def a_trigger(random: Random, earlier: list[str]) -> dict[str, Any]:
    window = random.choice(
        [
            {"type": "SCHOOL_YEAR"},
            {"type": "ROLLING_SCHOOL_DAYS", "n": 10},
            {"type": "ROLLING_CALENDAR_DAYS", "n": 15},
        ]
    )
    count = {"metric": "ABSENT_DAYS", "value": random.randint(1, 8), "window": window}
    rate = {"metric": "ABSENCE_RATE", "value": "30/100", "window": window, "minPossible": 4}
    if not earlier or random.random() < 0.5:
        return random.choice([count, rate])
    after = {"after": random.choice(earlier)}
    further = {"furtherAbsentDays": random.randint(1, 4), "withinSchoolDays": 60}
    return random.choice(
        [after | further, {"all": [after, rate]}, {"any": [after | further, rate]}]
    )


def a_rule_set(random: Random) -> RuleSet:
    """A ladder of some tracks; stages may follow, need and wait for each other."""
    stages: list[dict[str, Any]] = []
    for order, name in enumerate(NAMES[: random.randint(2, 5)]):
        earlier = [one["type"] for one in stages]
        stage = {
            "order": order,
            "type": name,
            "track": random.choice(["SUPPORT", "SUPPORT", "DUTY"]),
            "trigger": a_trigger(random, earlier),
            "approval": random.choice(["AUTO", "STAFF", "HEAD"]),
            "settleDays": random.choice([0, 0, 2]),
        }
        if earlier and random.random() < 0.4:
            stage["prerequisites"] = [random.choice(earlier)]
        if random.random() < 0.3:
            stage["rearm"] = random.choice(["DAY", "HALF_TERM", "TERM", "SPELL", "ONCE"])
        if random.random() < 0.5:
            stage["daysBeforeNextStage"] = random.choice([3, 10, 40])
        if random.random() < 0.3:
            stage["stopConditions"] = random.choice([["LEFT_ROLL"], ["EXEMPTION"], ["CASE_CLOSED"]])
        stages.append(stage)
    return RuleSet.model_validate(
        {"id": "made-up", "schoolYear": {"start": "09-01"}, "stages": stages}
    )


def some_acts(random: Random, registers: list[Register], rules: RuleSet) -> Acts:
    approved: dict[Any, dict[str, date]] = {}
    declined: dict[Any, dict[str, date]] = {}
    exempt: dict[Any, list[Away]] = {}
    closed: dict[Any, list[Away]] = {}
    for register in registers:
        who = register.pupil.student
        for stage in rules.stages:
            day = FIRST + timedelta(days=random.randrange(300))
            answer = random.choice([approved, declined, None, None])
            if answer is not None:
                answer.setdefault(who, {})[stage.type] = day
        if random.random() < 0.4:
            first = FIRST + timedelta(days=random.randrange(200))
            exempt[who] = [Away(first, first + timedelta(days=random.choice([0, 5, 60])))]
        if random.random() < 0.2:
            closed[who] = [Away(FIRST + timedelta(days=random.randrange(250)), LAST)]
    return Acts(approved, declined, exempt, closed)


Told = tuple[Way, list[tuple[str, date]]]
"""How one pupil climbed: the first time on each stage, and every firing of any."""


def ways(climbed: Climbed) -> list[Told]:
    steps = [
        {rung.name: climbed.step(number, pupil) for number, rung in enumerate(climbed.ladder)}
        for pupil in range(len(climbed.pupils))
    ]
    firings = [
        [(name, one.proposed) for name, one in way.items() if one is not None] for way in steps
    ]
    for again in climbed.climb.again:
        name = climbed.ladder[again.stage].name
        for pupil, evening in zip(again.pupils.tolist(), again.evenings.tolist(), strict=True):
            firings[pupil].append((name, climbed.on[evening]))
    return [
        (
            {name: (one.proposed, one.entered) for name, one in way.items() if one is not None},
            sorted(fired),
        )
        for way, fired in zip(steps, firings, strict=True)
    ]


class Example:
    """A school, a ladder, and what people said, all made up from one number."""

    def __init__(self, seed: int) -> None:
        random = Random(seed)
        registers = made_up(seed, pupils=4)
        self.rules, self.assumed = a_rule_set(random), Assumed(random.choice([None, 1, 3]))
        self.acts = some_acts(random, registers, self.rules)
        calendar = registers[0].calendar
        self.facts = SchoolFacts(calendar, Denominator.MARKS)
        last = FIRST + timedelta(days=random.randrange(100, 300))
        school_days = [day for day in days_of(FIRST, last) if calendar.is_open(day)]
        self.evenings = sorted(random.sample(school_days, min(35, len(school_days))))
        self.lines = [register.line() for register in registers]

    def together(self, rules: RuleSet | None = None, acts: Acts | None = None) -> list[Told]:
        """All pupils on arrays."""
        climbed = climb_school(
            rules or self.rules,
            self.evenings,
            sheet_of(self.lines),
            self.facts,
            self.acts if acts is None else acts,
            self.assumed,
        )
        return ways(climbed)

    def alone(self) -> list[Told]:
        """Each pupil's own intervention, asked on each day."""
        how = (self.facts, self.evenings, self.acts, self.assumed)
        found = [way_of(self.rules, line, *how) for line in self.lines]
        return [(_until(way, self.evenings[-1]), firings) for way, firings in found]


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_arrays_climb_as_each_pupil_would_alone(seed: int) -> None:
    """001-093 Order, gaps, prerequisites, tracks and answers hold as in the real intervention."""
    example = Example(seed)
    assert example.together() == example.alone(), f"seed {seed}"


def test_a_ladder_without_its_order_or_its_answers_would_be_found_out() -> None:
    """The control: the same look at ladders that forget something must find it."""
    found = {"gaps": 0, "needs": 0, "tracks": 0, "stops": 0, "acts": 0}
    for seed in range(16):
        example = Example(seed)
        rules, truth = example.rules, example.alone()
        stages = rules.stages
        wrong = {
            "gaps": [one.model_copy(update={"days_before_next_stage": None}) for one in stages],
            "needs": [one.model_copy(update={"prerequisites": ()}) for one in stages],
            "stops": [one.model_copy(update={"stop_conditions": ()}) for one in stages],
            "tracks": [one.model_copy(update={"track": one.type}) for one in stages],
        }
        for name, changed in wrong.items():
            other = rules.model_copy(update={"stages": tuple(changed)})
            found[name] += example.together(other) != truth
        found["acts"] += example.together(acts=Acts()) != truth
    assert min(found.values()) > 0, found


def _until(way: Way, last: date) -> Way:
    """An answer after the last evening is an answer that nobody gave yet."""
    return {
        name: (on, entered if entered is not None and entered <= last else None)
        for name, (on, entered) in way.items()
    }


def test_two_stages_of_one_type_are_two_stages() -> None:
    stages = [
        {
            "order": n,
            "type": "NUDGE",
            "approval": "AUTO",
            "trigger": {"metric": "ABSENT_DAYS", "value": n},
        }
        for n in (1, 2)
    ]
    rules = RuleSet.model_validate({"id": "t", "stages": stages})
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    climbed = climb_school(rules, OPEN[:20], sheet_of([line(whole("I", range(5)))]), facts)
    assert [climbed.step(n, 0) for n in (0, 1)] == [(OPEN[n], OPEN[n]) for n in (0, 1)]
    assert climbed.numbers("NUDGE_2", 0)[0].numbers.absent == 4
    assert climbed.numbers("NUDGE_3", 0) == ()


def test_a_stage_that_is_alone_on_its_track_comes_on_the_first_evening_that_holds() -> None:
    """It climbs the quick way, as long as nobody is away: once for who gets there, else never."""
    trigger = {"metric": "ABSENT_DAYS", "value": 3}
    stage = {"order": 1, "type": "DUTY", "track": "DUTY", "trigger": trigger}
    rules = RuleSet.model_validate({"id": "t", "stages": [stage]})
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    sheet = sheet_of([line(whole("I", range(absent))) for absent in (2, 3, 9)])
    climbed = climb_school(rules, OPEN[:20], sheet, facts, assumed=Assumed(1))
    steps = [climbed.step(0, pupil) for pupil in range(3)]
    assert [one and one.proposed for one in steps] == [None, OPEN[2], OPEN[2]]


def fired(rules: RuleSet, days: range, acts: Acts, *absent: int) -> list[date]:
    """Return the days on which the one stage of a rule set fired for one pupil."""
    sheet = sheet_of([line(whole("I", absent))])
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    ((_, firings),) = ways(climb_school(rules, [OPEN[n] for n in days], sheet, facts, acts))
    return [day for _, day in firings]


def one_stage(again: str, **condition: Any) -> RuleSet:
    stage = {"order": 1, "type": "CALL", "approval": "AUTO", "rearm": again, "trigger": condition}
    return RuleSet.model_validate({"id": "t", "stages": [stage]})


def test_contact_on_the_day_comes_each_day_and_not_while_an_exemption_holds() -> None:
    today = {"type": "ROLLING_SCHOOL_DAYS", "n": 1}
    rules = one_stage("DAY", metric="ABSENT_DAYS", value=1, window=today)
    (pupil,) = sheet_of([line(whole("I", range(5)))]).pupils
    away = Acts(exempt={pupil.student: [Away(OPEN[2], OPEN[3])]})
    assert fired(rules, range(9), Acts(), *range(5)) == OPEN[:5]
    assert fired(rules, range(9), away, *range(5)) == [OPEN[0], OPEN[1], OPEN[4]]


@pytest.mark.parametrize(("again", "times"), [("TERM", 3), ("HALF_TERM", 4), ("SCHOOL_YEAR", 1)])
def test_a_stage_comes_once_in_each_stretch_that_it_is_armed_for(again: str, times: int) -> None:
    """Three terms, of which the calendar divides the first by a week without school."""
    rules = one_stage(again, metric="ABSENT_DAYS", value=1)
    found = fired(rules, range(len(OPEN)), Acts(), *range(len(OPEN)))
    assert len(found) == times
    assert found[0] == OPEN[0]


def test_a_stage_comes_once_in_each_spell() -> None:
    rules = one_stage("SPELL", metric="CONSECUTIVE_DAYS", value=2)
    assert fired(rules, range(30), Acts(), 3, 4, 5, 9, 10) == [OPEN[4], OPEN[10]]


@pytest.mark.parametrize(("absent", "again"), [(3, False), (8, True)])
def test_an_answer_waits_when_another_stage_of_the_track_came_first(
    absent: int, again: bool
) -> None:
    """A asks a person, who answers after five days; B needs nobody and comes between."""
    days = {"metric": "ABSENT_DAYS"}
    stages = [
        {"order": 0, "type": "Z", "trigger": {"manual": True}, "daysBeforeNextStage": 10},
        {"order": 1, "type": "A", "trigger": days | {"value": 1}, "rearm": "DAY"},
        {"order": 2, "type": "B", "trigger": days | {"value": absent}, "approval": "AUTO"},
    ]
    rules = RuleSet.model_validate({"id": "t", "stages": stages})
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    sheet = sheet_of([line(whole("I", range(10)))])
    climbed = climb_school(rules, OPEN[:40], sheet, facts, assumed=Assumed(5))
    b = OPEN[absent - 1]
    assert climbed.step(2, 0) == (b, b)
    if again:
        assert climbed.step(1, 0) == (OPEN[0], OPEN[5])
        first, *_ = climbed.climb.again
        assert date.fromordinal(int(first.entered[0])) == OPEN[absent + 9]
    else:
        assert climbed.step(1, 0) == (OPEN[0], OPEN[absent + 9])


def guarded(guard: str, **more: Any) -> list[Any]:
    """Return the steps of a stage with a guard, behind the stages whose work meets it."""
    days = {"metric": "ABSENT_DAYS"}
    done = [
        {"type": name, "track": name, "trigger": days | {"value": 2}}
        for name in DEEDS.get(guard, ())
    ]
    last = {"type": "Z", "track": "Z", "trigger": days | {"value": 1}, "guards": [guard]}
    stages = [{"order": n, **one} for n, one in enumerate([*done, last])]
    rules = RuleSet.model_validate({"id": "t", "stages": stages})
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    sheet = sheet_of([line(more.pop("marks", whole("I", range(3))))])
    acts = Acts(**{k: {sheet.pupils[0].student: v} for k, v in more.items()})
    climbed = climb_school(rules, OPEN[:20], sheet, facts, acts, Assumed(1))
    return [climbed.step(number, 0) for number in range(len(stages))]


@pytest.mark.parametrize("guard", DEEDS)
def test_work_that_meets_a_guard_is_done_when_its_stage_is_entered(guard: str) -> None:
    """What would have been has no facts: the stage counts, from the evening that knows of it."""
    *done, last = guarded(guard)
    assert {one.entered for one in done} == {OPEN[2]}
    assert last.proposed == OPEN[2]


@pytest.mark.parametrize("guard", DEEDS)
def test_facts_go_before_what_would_have_been(guard: str) -> None:
    """Who really entered the stages, and whose work nobody did, is held back as it was."""
    *_, never = guarded(guard, entered=DEEDS[guard])
    assert never is None
    *_, later = guarded(guard, entered=DEEDS[guard], met={guard: OPEN[7]})
    assert later.proposed == OPEN[7]


def test_a_guard_of_a_person_is_taken_as_met_and_one_without_its_stages_never_is() -> None:
    (step,) = guarded("NOT_HOMELESS")
    assert step.proposed == OPEN[0]
    days = {"metric": "ABSENT_DAYS", "value": 1}
    stage = {"order": 1, "type": "Z", "trigger": days, "guards": ["CONFERENCE_ATTEMPTED"]}
    rules = RuleSet.model_validate({"id": "t", "stages": [stage]})
    assert fired(rules, range(20), Acts(), *range(5)) == []


def test_an_absence_that_nobody_has_explained_holds_back_who_must_have_none() -> None:
    (step,) = guarded("NO_N_MARKS", marks=whole("I", range(3)))
    assert step.proposed == OPEN[0]
    assert guarded("NO_N_MARKS", marks=whole("N", range(3))) == [None]


def test_an_exemption_takes_back_what_waits_and_the_stage_comes_again_after_it() -> None:
    rules = one_stage("SCHOOL_YEAR", metric="ABSENT_DAYS", value=1)
    stage = rules.stages[0].model_copy(update={"approval": "STAFF"})
    rules = rules.model_copy(update={"stages": (stage,)})
    who = line({}).student
    away = Acts(exempt={who: [Away(OPEN[2], OPEN[4])]}, approved={who: {"CALL": OPEN[8]}})
    assert fired(rules, range(20), away, 0) == [OPEN[0], OPEN[5]]
    over = Acts(closed={who: [Away(OPEN[2], LAST)]}, approved={who: {"CALL": OPEN[8]}})
    assert fired(rules, range(20), over, 0) == [OPEN[0]]

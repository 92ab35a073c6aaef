"""Ages and year groups leave pupils out, day by day; what is not known leaves nobody out."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from domain.attendance.ages import Known, ranges
from domain.attendance.codes import code_table
from domain.attendance.evaluate import Evaluation, evaluate
from domain.attendance.jurisdictions import jurisdiction
from domain.attendance.metrics import Denominator
from domain.attendance.populations import PupilYears, Told, gathered, members
from domain.attendance.register_line import Pupil, RegisterLine
from domain.attendance.roll import Roll
from domain.attendance.rule_parts import Population
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.sheet import sheet_of
from domain.attendance.tally import SchoolFacts
from domain.attendance.unanswered import unanswered
from domain.attendance.what_if import climb_school
from tests.support.evenings import ask_one
from tests.support.naive_ladder import student
from tests.support.roll_book import CALENDAR, OPEN, SCHOOL, line, whole

DAY = timedelta(days=1)
KNOWN = Known(date(2024, 9, 1), date(2027, 8, 31))
ON = OPEN[60]
SIXTEEN_BY_THEN = date(ON.year - 16, ON.month, ON.day)


def years(*born: date | None, groups: tuple[str | None, ...] = (), place: str = "IE") -> PupilYears:
    """What an import tells of pupils number 9, 10 and on."""
    where = jurisdiction(place)
    rows = []
    for number, day in enumerate(born):
        told = {} if day is None else ranges(day, where.compulsory_age, where.ages, KNOWN)
        first, last = ([days[end] for days in told.values()] for end in (0, 1))
        group = groups[number] if groups else None
        rows.append(Told(student(9 + number), group, *KNOWN, list(told), first, last))
    return gathered(rows, where.compulsory_age)


def ladder(**population: Any) -> RuleSet:
    stage = {"order": 1, "type": "A", "trigger": {"metric": "ABSENT_DAYS", "value": 1}}
    whom = Population.model_validate(population)
    return RuleSet.model_validate({"id": "t", "stages": [stage], "population": whom})


def asked(
    rules: RuleSet, told: PupilYears | None, *lines: RegisterLine, on: date = ON
) -> Evaluation:
    facts = SchoolFacts(CALENDAR, Denominator.MARKS, code_table("ie"), told)
    return evaluate(rules, on, lines, {SCHOOL: facts})


def away(number: int = 9) -> RegisterLine:
    return line(whole("O", range(30)), number=number)


@pytest.mark.parametrize(
    ("born", "group", "covered"),
    [
        (date(2020, 11, 30), None, False),  # five: a junior infant is not in the report
        (date(2019, 9, 1), None, True),
        (date(2012, 1, 1), None, True),
        (SIXTEEN_BY_THEN + DAY, "TY", True),  # the day before the sixteenth birthday
        (SIXTEEN_BY_THEN, "TY", False),
        (SIXTEEN_BY_THEN, "3rd  Year", True),  # three years of post-primary are not over
        (SIXTEEN_BY_THEN, "5th year", False),
        (SIXTEEN_BY_THEN, None, True),  # open: nobody is left out for it
        (SIXTEEN_BY_THEN, "Class Rowan", True),
        (date(2007, 1, 1), "3rd year", False),  # eighteen
        (None, "3rd year", True),
    ],
)
def test_the_irish_report_is_about_six_to_sixteen_or_three_years_of_post_primary(
    born: date | None, group: str | None, covered: bool
) -> None:
    """DOMAIN 1.2: junior infants under 6 are on the roll but not in the report."""
    rules = shipped_rule_set("ie-default-1")
    answer = asked(rules, years(born, groups=(group,)), away())
    found = next(one for one in answer.stages if one.stage.key == "STATUTORY_20_DAY")
    assert len(found.pupils) == covered
    assert found.outside == (not covered)


def test_a_sixth_former_is_not_considered_for_a_penalty_notice() -> None:
    """DOMAIN 1.1: many duties apply only up to the last Friday in June."""
    rules = shipped_rule_set("gb-eng-default-1")
    told = years(date(2009, 6, 1), date(2010, 1, 1), place="GB-ENG")
    found = asked(rules, told, away(9), away(10))
    (stage,) = [one for one in found.stages if one.stage.key == "CONSIDER_PENALTY_NOTICE"]
    assert ([one.source_id for one in stage.pupils], stage.outside) == (["10"], 1)


def test_a_birthday_in_the_middle_of_a_year_divides_its_days() -> None:
    rules = ladder(minAge=6, maxAge=16)
    turned = years(date(OPEN[80].year - 16, OPEN[80].month, OPEN[80].day))
    found = [len(asked(rules, turned, away(), on=OPEN[n]).stages[0].pupils) for n in (79, 80)]
    assert found == [1, 0]


def test_what_is_not_known_leaves_nobody_out_and_is_said() -> None:
    rules = ladder(minAge=6, maxAge=16, yearGroups=["3"])
    answer = asked(rules, years(None), away())
    (stage,) = answer.stages
    (pupil,) = stage.pupils
    assert pupil.not_known == ("AGE_UNKNOWN", "YEAR_GROUP_UNKNOWN")
    assert pupil.numbers()["not_known"] == ["AGE_UNKNOWN", "YEAR_GROUP_UNKNOWN"]
    assert stage.open == {"AGE_UNKNOWN": 1, "YEAR_GROUP_UNKNOWN": 1}
    assert "nobody is left out for it" in answer.warnings[0]
    assert asked(rules, None, away()).stages == answer.stages


def test_an_age_that_no_import_tells_is_open() -> None:
    (stage,) = asked(ladder(minAge=12), years(date(2020, 1, 1)), away()).stages
    assert (len(stage.pupils), stage.open) == (1, {"AGE_UNKNOWN": 1})


def test_year_groups_leave_out_whom_they_do_not_name_however_they_are_written() -> None:
    rules = ladder(yearGroups=["Year 7", "8"])
    told = years(None, None, None, groups=("year7", "8 ", "9"))
    answer = asked(rules, told, away(9), away(10), away(11))
    assert [one.source_id for one in answer.stages[0].pupils] == ["10", "9"]
    assert answer.stages[0].outside == 1
    assert answer.warnings == ()


def test_what_is_known_in_one_respect_decides_though_another_is_open() -> None:
    """Surely outside by the year group: that the age is not known is then no question."""
    told = years(None, groups=("9",))
    (stage,) = asked(ladder(minAge=6, yearGroups=["7"]), told, away()).stages
    assert (stage.pupils, stage.outside, stage.open) == ((), 1, {})


def test_what_is_told_of_some_days_says_nothing_of_others() -> None:
    (stage,) = asked(ladder(minAge=6), years(date(2015, 1, 1)), away(), on=OPEN[5]).stages
    assert stage.open == {}
    late = members(
        Population(min_age=6),
        years(date(2015, 1, 1)),
        [Pupil(student(9), SCHOOL, "9")],
        np.array([date(2029, 1, 1).toordinal()], np.int32),
    )
    assert late is not None
    assert late.not_known(0, 0) == ("AGE_UNKNOWN",)


@pytest.mark.parametrize(
    "population",
    [{}, {"compulsoryAge": True}, {"minAge": 6}, {"maxAge": 16, "yearGroups": ["6"]}],
)
def test_where_nobody_was_ever_told_of_it_is_as_where_others_were(
    population: dict[str, Any],
) -> None:
    """The short way: without any import of ages nobody is outside, and all of it is open."""
    whom = Population.model_validate(population)
    pupils = sheet_of([away(30), away(31)]).pupils
    on = np.array([day.toordinal() for day in OPEN[:3]], np.int32)
    others = years(SIXTEEN_BY_THEN, groups=("6",))
    found = [members(whom, told, pupils, on) for told in (None, PupilYears(), others)]
    assert [None if one is None else one.outside.tolist() for one in found] == [
        [[False] * 2] * 3 if population else None
    ] * 3
    said = [{} if one is None else {k: v.tolist() for k, v in one.open.items()} for one in found]
    assert said[0] == said[1] == said[2]


def test_a_population_that_asks_nothing_decides_nothing() -> None:
    assert members(Population(), None, [], np.array([1], np.int32)) is None


def test_pupils_of_a_stored_roll_are_found_by_their_ids() -> None:
    told = years(date(2015, 1, 1), date(2000, 1, 1))
    roll = Roll(SCHOOL, told.students, ["9", "10"], [None, None])
    found = members(Population(max_age=16), told, roll, np.array([ON.toordinal()], np.int32))
    assert found is not None
    assert found.outside.tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("population", "born", "group", "because"),
    [
        ({"minAge": 6}, date(2020, 11, 30), None, "the pupil has not reached the age of 6"),
        ({"maxAge": 16}, date(2008, 1, 1), None, "the pupil has reached the age of 16"),
        ({"compulsoryAge": True}, date(2020, 11, 30), None, "not of compulsory school age"),
        ({"yearGroups": ["7"]}, None, "9", "the pupil's year group is none of 7"),
    ],
)
def test_a_simulation_says_why_a_pupil_is_outside(
    population: dict[str, Any], born: date | None, group: str | None, because: str
) -> None:
    told = years(born, groups=(group,))
    facts = SchoolFacts(CALENDAR, Denominator.MARKS, None, told)
    (stage,) = ask_one(ladder(**population), ON, away(), facts)
    said = stage.as_dict()
    assert (said["fires"], said["condition_holds"]) == (False, True)
    (why,) = said["held_back_by"]
    assert why.startswith("outside the population, because ")
    assert because in why


def test_a_simulation_says_what_is_not_known() -> None:
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    (stage,) = ask_one(ladder(minAge=6), ON, away(), facts)
    assert (stage.fires, stage.as_dict()["not_known"]) == (True, ["AGE_UNKNOWN"])


def test_a_what_if_lets_nobody_climb_who_is_outside() -> None:
    told = years(date(2015, 1, 1), date(2008, 1, 1))
    facts = SchoolFacts(CALENDAR, Denominator.MARKS, None, told)
    sheet = sheet_of([away(9), away(10)])
    climbed = climb_school(ladder(maxAge=16), OPEN[:60], sheet, facts)
    assert climbed.step(0, 0) is not None
    assert climbed.step(0, 1) is None


def test_how_many_ages_are_missing_is_told_for_a_district() -> None:
    told = years(date(2015, 1, 1), None, groups=("1", None))
    facts = [SchoolFacts(CALENDAR, Denominator.MARKS, None, told)]
    rules = ladder(minAge=6, yearGroups=["1"])
    lines = [away(9), away(10), away(11)]
    assert unanswered(rules, lines, facts)["in_general"] == [
        "the age of 2 pupils is not known: nobody is left out for it",
        "the year group of 2 pupils is not known: nobody is left out for it",
    ]
    assert unanswered(rules, [], facts)["in_general"] == []

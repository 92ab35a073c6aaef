"""California: late or away for more than 30 minutes is truancy only without a valid excuse.

Education Code 48260: "tardy or absent for more than any 30-minute period during the schoolday
without a valid excuse on three occasions in one school year".
"""

from collections.abc import Mapping
from datetime import date

import pytest

from domain.attendance.codes import code_table
from domain.attendance.evaluate import Evaluation, evaluate
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.simulating import Simulated
from domain.attendance.tally import SchoolFacts
from tests.support.evenings import ask_one
from tests.support.roll_book import CALENDAR, OPEN, SCHOOL, line

CA, TX = shipped_rule_set("us-ca-default-1"), shipped_rule_set("us-tx-default-1")
FACTS = SchoolFacts(CALENDAR, Denominator.MARKS, code_table("us-ca"))
FIRST = "TRUANCY_NOTICE_1"


def half(letter: str, days: int) -> dict[date, str]:
    return {OPEN[n]: letter + "/" for n in range(days)}


def by(minutes: int, days: int) -> dict[date, int]:
    return {OPEN[n]: minutes for n in range(days)}


def asked(one: RegisterLine, rules: RuleSet = CA, facts: SchoolFacts = FACTS) -> Evaluation:
    return evaluate(rules, OPEN[40], [one], {SCHOOL: facts}, {})


def truant(marks: Mapping[date, str], minutes: Mapping[date, int]) -> bool:
    stages = asked(line(marks, minutes=minutes)).stages
    return any(stage.stage.key == FIRST and stage.pupils for stage in stages)


def notice(marks: Mapping[date, str], minutes: Mapping[date, int]) -> Simulated:
    found = ask_one(CA, OPEN[40], line(marks, minutes=minutes), FACTS)
    return next(one for one in found if one.rung.name == FIRST)


@pytest.mark.parametrize(
    ("letter", "minutes", "days", "met"),
    [
        ("E", 45, 3, False),  # after the dentist
        ("E", 45, 60, False),
        ("T", 45, 3, True),
        ("T", 45, 2, False),
        ("T", 30, 3, False),
        ("L", 45, 3, False),  # nobody has said whether excused
        ("Q", 90, 20, True),  # left early without excuse
        ("Q", 90, 2, False),
        ("P", 90, 20, False),  # away for a part, and nobody has said why
    ],
)
def test_three_parts_of_days_without_excuse_are_truancy_and_with_one_never(
    letter: str, minutes: int, days: int, met: bool
) -> None:
    assert truant(half(letter, days), by(minutes, days)) is met


def test_late_and_early_on_one_day_are_one_occasion() -> None:
    marks = {OPEN[n]: "TQ" for n in range(2)}
    assert not truant(marks, by(60, 2))
    assert truant({**marks, OPEN[2]: "T/"}, by(60, 3))


def test_what_nobody_has_said_is_shown_beside_the_numbers() -> None:
    """A person sees that two late arrivals have no word on an excuse: excused or not is open."""
    marks = half("T", 3) | {OPEN[5]: "L/", OPEN[6]: "L/", OPEN[7]: "L/"}
    one = line(marks, minutes=by(45, 3) | {OPEN[5]: 45, OPEN[7]: 10})
    (pupil,) = next(s for s in asked(one).stages if s.stage.key == FIRST).pupils
    assert pupil.decided[0].numbers.undecided == 2  # the one of ten minutes is none either way
    assert pupil.numbers()["undecided_days"] == 2


def test_minutes_that_nobody_gave_leave_it_open_too() -> None:
    said = notice(half("T", 3), by(45, 2)).as_dict()
    assert (said["condition_holds"], said["fires"]) == (None, False)
    assert said["conditions"][0]["undecided_days"] == 1


def test_one_word_more_would_not_be_enough() -> None:
    """One occasion and one open day are two at most: surely not three."""
    assert notice(half("T", 1) | {OPEN[9]: "L/"}, by(45, 1)).as_dict()["condition_holds"] is False


def test_days_that_count_already_are_not_open_as_well() -> None:
    said = notice({OPEN[0]: "UU", OPEN[1]: "TL"}, {OPEN[1]: 45}).as_dict()
    assert "undecided_days" not in said["conditions"][0]


def test_nobody_is_asked_about_days_off_the_roll() -> None:
    one = line(half("L", 3), minutes=by(45, 3), enrolled_on=OPEN[2])
    found = ask_one(CA, OPEN[40], one, FACTS)
    told = next(one for one in found if one.rung.name == FIRST).as_dict()
    assert told["conditions"][0]["undecided_days"] == 1


def test_without_a_table_no_code_says_an_excuse() -> None:
    facts = SchoolFacts(CALENDAR, Denominator.MARKS)
    one = line(half("T", 3), minutes=by(45, 3))
    assert not any(stage.pupils for stage in asked(one, facts=facts).stages)


@pytest.mark.parametrize(("letter", "met"), [("Q", True), ("T", False), ("P", False)])
def test_leaving_early_without_excuse_is_a_part_of_a_texan_day_however_short(
    letter: str, met: bool
) -> None:
    """Coming late is none: the district decides. What says no excuse is open, and not counted."""
    facts = SchoolFacts(CALENDAR, Denominator.MARKS, code_table("us-tx"))
    stages = evaluate(TX, OPEN[5], [line(half(letter, 3))], {SCHOOL: facts}, {}).stages
    assert any(s.stage.key == "WARNING_NOTICE" and s.pupils for s in stages) is met


@pytest.mark.parametrize(("letter", "undecided"), [("P", 3), ("L", None)])
def test_an_open_texan_part_of_a_day_is_told(letter: str, undecided: int | None) -> None:
    facts = SchoolFacts(CALENDAR, Denominator.MARKS, code_table("us-tx"))
    (warning, *_) = ask_one(TX, OPEN[6], line(half(letter, 3)), facts)
    assert warning.as_dict()["conditions"][0].get("undecided_days") == undecided

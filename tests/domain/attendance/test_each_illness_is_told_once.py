"""The sickness return comes once for each illness, also later in a year (DOMAIN 3.1)."""

from datetime import date

import pytest

from domain.attendance.arming import Arming
from domain.attendance.ladder import rungs
from domain.attendance.metrics import Denominator
from domain.attendance.not_done import not_done
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.sheet import sheet_of
from domain.attendance.tally import SchoolFacts
from domain.attendance.what_if import climb_school
from tests.support.roll_book import CALENDAR, OPEN, line, whole

ENGLAND = shipped_rule_set("gb-eng-default-1")
ONCE_A_YEAR = RuleSet.model_validate(
    ENGLAND.model_dump(by_alias=True, exclude_unset=True)
    | {
        "returns": [
            one.model_dump(by_alias=True, exclude_unset=True) | {"oncePerIllness": False}
            for one in ENGLAND.returns
        ]
    }
)
FACTS = SchoolFacts(CALENDAR, Denominator.MARKS)
RETURN = "SICKNESS_RETURN"
ILL = whole("I", [*range(20), *range(40, 43), 60])


def firings(marks: dict[date, str], rules: RuleSet = ENGLAND) -> list[date]:
    climbed = climb_school(rules, OPEN, sheet_of([line(marks)]), FACTS)
    number = [rung.name for rung in climbed.ladder].index(RETURN)
    step = climbed.step(number, 0)
    again = [one for one in climbed.climb.again if one.stage == number]
    return (
        [] if step is None else [step.proposed, *(OPEN[int(n)] for a in again for n in a.evenings)]
    )


def test_a_new_illness_leads_to_a_return_of_its_own() -> None:
    """Thirty half-days on the fifteenth day; the total never falls, and each illness is new."""
    assert firings(ILL) == [OPEN[14], OPEN[40], OPEN[60]]
    assert firings(whole("I", [*range(14)])) == []


def test_another_absence_is_no_illness_and_one_day_of_school_ends_one() -> None:
    assert firings(ILL | whole("G", range(80, 85))) == firings(ILL)
    assert firings(whole("I", [*range(16), 17])) == [OPEN[14], OPEN[17]]


def test_without_the_word_it_comes_once_a_year() -> None:
    """The negative control: how it was."""
    assert firings(ILL, ONCE_A_YEAR) == [OPEN[14]]


@pytest.mark.parametrize(
    ("on", "begins"),
    [(OPEN[18], None), (OPEN[30], None), (OPEN[40], OPEN[40]), (OPEN[42], OPEN[40])],
    ids=["still the first one", "at school", "ill again", "on the third day"],
)
def test_an_evening_asks_again_for_an_illness_that_began_later(
    on: date, begins: date | None
) -> None:
    (rung,) = (rung for rung in rungs(ENGLAND) if rung.name == RETURN)
    anchor = Arming(ENGLAND, on, lambda: sheet_of([line(ILL)]), FACTS).anchor(rung, OPEN[14])
    assert (anchor is None) is (begins is None)
    if anchor is not None and begins is not None:
        assert OPEN[14] < anchor <= begins


def test_a_stage_once_for_ever_says_how_far_it_looks_back() -> None:
    stage = {"order": 1, "type": "LETTER_1", "rearm": "ONCE"}
    trigger = {"metric": "ABSENT_DAYS", "value": 5}
    rules = RuleSet.model_validate({"id": "t", "stages": [{**stage, "trigger": trigger}]})
    (said,) = not_done(rules)
    assert said.endswith("LETTER_1, rearm ONCE: this school year and the one before are looked at")

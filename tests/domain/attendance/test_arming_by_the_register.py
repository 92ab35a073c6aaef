"""What a stage is armed for once it has fired: stretches of the year, and spells known in time or
late."""

from datetime import date
from typing import Any

import pytest

from domain.attendance.arming import Arming
from domain.attendance.ladder import rungs
from domain.attendance.metrics import Denominator
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import sheet_of
from domain.attendance.tally import SchoolFacts
from tests.support.evenings import ask_one, stands, stood
from tests.support.roll_book import CALENDAR, DAY, OPEN, line, whole

FACTS = SchoolFacts(CALENDAR, Denominator.MARKS)
RUN = {"metric": "CONSECUTIVE_DAYS", "value": 2}


def rules(again: str = "SPELL", **trigger: Any) -> RuleSet:
    stage = {"order": 1, "type": "S1", "rearm": again, "trigger": trigger or RUN}
    return RuleSet.model_validate({"id": "t", "stages": [stage]})


def anchor(
    on: date, fired_on: date, *absent: int, asked: RuleSet | None = None, **entered: date
) -> date | None:
    chosen = asked or rules()
    arming = Arming(chosen, on, lambda: sheet_of([line(whole("D", absent))]), FACTS, entered)
    return arming.anchor(rungs(chosen)[0], fired_on)


@pytest.mark.parametrize(
    ("again", "fired", "begins"),
    [
        ("DAY", OPEN[0], date(2026, 1, 12)),
        ("TERM", OPEN[0], date(2026, 1, 5)),
        ("HALF_TERM", OPEN[0], date(2026, 1, 5)),
        ("SCHOOL_YEAR", OPEN[0], None),
        ("SCHOOL_YEAR", date(2025, 6, 2), date(2025, 8, 1)),
        ("ONCE", date(2025, 6, 2), None),
    ],
)
def test_a_stage_is_armed_for_what_has_begun(again: str, fired: date, begins: date | None) -> None:
    assert anchor(date(2026, 1, 12), fired, asked=rules(again)) == begins


def test_a_run_that_goes_on_is_the_same_spell() -> None:
    assert anchor(OPEN[4], OPEN[4], 3, 4) is None
    assert anchor(OPEN[6], OPEN[4], 3, 4, 5, 6) is None
    assert anchor(OPEN[8], OPEN[4], 3, 4, 5) is None, "its end was learned later"


def test_another_run_begins_anew_whether_it_is_known_in_time_or_after_it_ended() -> None:
    """The window of the year still knows of the first run; only what had not ended tells spells."""
    for on in (OPEN[10], OPEN[15]):
        assert anchor(on, OPEN[4], 3, 4, 9, 10) == OPEN[9] + DAY


def test_a_run_that_was_told_late_is_not_told_again() -> None:
    assert anchor(OPEN[15], OPEN[15], 3, 4, 9, 10) is None
    assert anchor(OPEN[16], OPEN[15], 3, 4, 9, 10) is None
    assert anchor(OPEN[21], OPEN[15], 3, 4, 9, 10, 20, 21) == OPEN[20] + DAY


def test_two_runs_that_become_one_by_a_late_mark_are_one_spell() -> None:
    """Days 5 to 8 were thought present when the second run fired; now they belong to the first."""
    assert anchor(OPEN[12], OPEN[10], *range(3, 11)) is None


def test_a_run_is_not_broken_by_half_term() -> None:
    last = max(n for n, day in enumerate(OPEN) if day < date(2025, 10, 27))
    assert anchor(OPEN[last + 2], OPEN[last], last - 1, last, last + 1, last + 2) is None


def test_a_spell_behind_a_stage_is_asked_by_who_entered_it() -> None:
    """Two further absences within ten days are over, and come again: counted since S0."""
    window = {"type": "ROLLING_SCHOOL_DAYS", "n": 2}
    both = [{"after": "S0"}, {"metric": "ABSENT_DAYS", "value": 2, "window": window}]
    after = rules(all=both)
    assert anchor(OPEN[10], OPEN[4], 3, 4, 9, 10, asked=after, S0=OPEN[1]) == OPEN[9] + DAY
    assert anchor(OPEN[10], OPEN[4], 3, 4, 9, 10, asked=after) is None


def test_an_evening_tells_each_run_once_however_late_it_is_known() -> None:
    """One pupil, evening by evening: the second run is learned of five days after it ended."""
    first, second = whole("D", [3, 4]), whole("D", [3, 4, 9, 10])
    told, fired = [], None
    for number in range(25):
        known = stood() if fired is None else stood(stands("S1", "ENTERED", fired))
        pupil = line(second if number >= 15 else first)
        (answer,) = ask_one(rules(), OPEN[number], pupil, FACTS, known)
        if answer.fires:
            told.append(number)
            fired = OPEN[number]
    assert told == [4, 15]


@pytest.mark.parametrize("status", ["WITHDRAWN", "WITHHELD", "DROPPED"])
def test_a_proposal_that_came_to_nothing_leaves_the_stage_as_the_firing_before_it_did(
    status: str,
) -> None:
    """It waits for a spell behind the one that was entered, not behind the one that was none."""
    told = stands("S1", "ENTERED", OPEN[4]).but(status=status, evaluated_on=OPEN[10], firing=2)
    for absent, fires in (([3, 4], False), ([3, 4, 13, 14], True)):
        (answer,) = ask_one(rules(), OPEN[14], line(whole("D", absent)), FACTS, stood(told))
        assert answer.fires is fires, absent
    never = told.but(firings=())
    (answer,) = ask_one(rules(), OPEN[14], line(whole("D", [13, 14])), FACTS, stood(never))
    assert answer.fires

"""A run of absence that became known after it ended is found, and each run once."""

from datetime import date

import numpy as np
import pytest

from domain.attendance.metrics import Denominator
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import Standing, over_days
from domain.attendance.tally import SchoolFacts
from domain.attendance.what_if import climb_school
from tests.support.roll_book import CALENDAR, OPEN, line, whole

IE = shipped_rule_set("ie-default-1")
FACTS = SchoolFacts(CALENDAR, Denominator.MARKS)


def rules(window: dict[str, object], value: int = 3) -> RuleSet:
    trigger = {"metric": "CONSECUTIVE_DAYS", "value": value, "window": window}
    stage = {"order": 1, "type": "RUN", "trigger": trigger, "rearm": "SPELL", "approval": "AUTO"}
    return RuleSet.model_validate(
        {
            "id": "t",
            "schoolYear": {"start": "09-01"},
            "population": {"onRoll": False},
            "stages": [stage],
        }
    )


@pytest.mark.parametrize(("days", "asked", "found"), [(6, 16, True), (6, 90, True), (5, 16, False)])
def test_a_suspension_of_six_days_is_found_however_late(days: int, asked: int, found: bool) -> None:
    """Education (Welfare) Act 2000, s. 21(4)(a): not less than 6 days; D often comes afterwards."""
    sheet = sheet_of([line(whole("D", range(10, 10 + days)))])
    stages = over_days(IE, [OPEN[asked]], sheet, FACTS)
    (one,) = (one for one in stages if one.stage.type == "SUSPENSION_NOTICE")
    assert bool(one.holds[0, 0]) is found
    assert not one.going_on[0, 0]


def firings(marks: dict[date, str], value: int = 3) -> list[date]:
    climbed = climb_school(rules({}, value), OPEN, sheet_of([line(marks)]), FACTS)
    again = [OPEN[int(n)] for one in climbed.climb.again for n in one.evenings]
    step = climbed.step(0, 0)
    return [] if step is None else [step.proposed, *again]


def test_each_run_leads_to_its_stage_once() -> None:
    """Re-arming by the spell: the first run is still in the window, and is not told again."""
    marks = whole("D", [*range(10, 15), *range(30, 32), *range(50, 54)])
    assert firings(marks) == [OPEN[12], OPEN[52]]
    assert firings(marks, value=6) == []


def test_what_goes_on_is_asked_by_what_was_known_when_its_stage_was_asked() -> None:
    """It is looked for when somebody asks, and a stage may have been entered in between."""
    run = {"after": "A", "metric": "CONSECUTIVE_DAYS", "value": 3}
    stages = [
        {"order": 1, "type": "A", "trigger": {"metric": "ABSENT_DAYS", "value": 9}},
        {"order": 2, "type": "RUN", "trigger": run, "rearm": "SPELL"},
    ]
    asked = RuleSet.model_validate({"id": "t", "stages": stages})
    sheet = sheet_of([line(whole("D", range(10, 15)))])
    standing = Standing(asked, [OPEN[13]], sheet, FACTS)
    before = standing.at(1)
    standing.looking.enter("A", np.array([OPEN[11].toordinal()], np.int32))
    after = standing.at(1)
    assert [bool(one.going_on[0, 0]) for one in (before, after)] == [False, True]

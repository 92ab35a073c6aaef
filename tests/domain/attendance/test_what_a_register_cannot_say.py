"""What a register cannot answer: late marks without minutes, days that nobody closed, ages."""

from datetime import date

from domain.attendance.codes import code_table
from domain.attendance.metrics import Denominator
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.tally import SchoolFacts
from domain.attendance.unanswered import unanswered
from tests.support.roll_book import CALENDAR, OPEN, line

DECLARED = SchoolDays((Term(date(2021, 8, 23), date(2021, 12, 17), 81), Term(OPEN[0], OPEN[4])))


def test_late_marks_without_minutes_leave_occasions_open() -> None:
    late = line({OPEN[0]: "L/", OPEN[1]: "LL", OPEN[2]: "L/"}, minutes={OPEN[2]: 45})
    told = unanswered(
        shipped_rule_set("us-ca-default-1"), [late], [SchoolFacts(CALENDAR, Denominator.MARKS)]
    )
    assert told["late_marks_without_minutes"] == 2
    stages = {one["stage"]: one["cannot_say"] for one in told["stages"]}
    assert stages["TRUANCY_NOTICE_1"][0].startswith("2 late marks came without minutes")
    assert told["days_without_a_word_on_an_excuse"] == 3
    assert "nobody said whether a part was excused" in stages["TRUANCY_NOTICE_1"][1]
    assert stages["SARB_REFERRAL"] == ["a person decides this stage"]
    assert told["in_general"][0].startswith("the age of 1 pupils is not known")
    assert "CHRONIC_ABSENCE_SUPPORT" in told["answered"]


def test_where_every_code_says_its_excuse_nothing_is_open() -> None:
    """Excused or not, and away by a code that is about a part of a day: all say it."""
    said = line({OPEN[0]: "E/", OPEN[1]: "T/", OPEN[2]: "/Q"}, minutes=dict.fromkeys(OPEN[:3], 45))
    facts = SchoolFacts(CALENDAR, Denominator.MARKS, code_table("us-ca"))
    rules = shipped_rule_set("us-ca-default-1")
    assert unanswered(rules, [said], [facts])["days_without_a_word_on_an_excuse"] == 0
    open_too = line({OPEN[0]: "P/"})
    assert unanswered(rules, [open_too], [facts])["days_without_a_word_on_an_excuse"] == 1


def test_days_that_nobody_closed_make_rates_estimates() -> None:
    facts = [SchoolFacts(DECLARED, Denominator.DECLARED_DAYS)]
    told = unanswered(shipped_rule_set("us-ca-default-1"), [], facts)
    assert told["weekdays_not_known_open_or_closed"] == 85 - 81
    stages = {one["stage"]: one["cannot_say"] for one in told["stages"]}
    assert stages["CHRONIC_ABSENCE_SUPPORT"] == [
        "rates are estimates: which 4 weekdays were closed nobody has said"
    ]


def test_a_rule_set_without_ages_says_nothing_of_them() -> None:
    days = {"order": 1, "type": "A", "trigger": {"metric": "ABSENT_DAYS", "value": 1}}
    told = unanswered(RuleSet.model_validate({"id": "t", "stages": [days]}), [], [])
    assert (told["in_general"], told["answered"]) == ([], ["A"])

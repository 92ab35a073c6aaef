"""The day of the mark that reached a threshold: from it, and not from the look, clocks run."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from domain.attendance.metrics import Denominator
from domain.attendance.qualifying import qualifying_days
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet, checked_rule_set, shipped_rule_set
from domain.attendance.tally import SchoolFacts
from tests.support.roll_book import CALENDAR, OPEN, line, whole

IE, ENG, CA, TX = (
    shipped_rule_set(f"{place}-default-1") for place in ("ie", "gb-eng", "us-ca", "us-tx")
)


def qualified(
    rules: RuleSet,
    stage: str,
    on: date,
    one: RegisterLine,
    entered: Mapping[str, date] | None = None,
    denominator: Denominator = Denominator.MARKS,
) -> date | None:
    found = {stage: [one.student]}
    facts = SchoolFacts(CALENDAR, denominator)
    said = qualifying_days(
        rules, on, found, {one.student: one}, facts, {one.student: entered or {}}
    )
    return said.get((stage, one.student))


def one_stage(**trigger: Any) -> RuleSet:
    stages = [{"order": 1, "type": "LETTER_1", "settleDays": 1, "trigger": trigger}]
    return checked_rule_set({"id": "r", "unit": "DAY", "stages": stages})


def test_the_twentieth_day_brings_the_notice_whenever_it_is_found() -> None:
    """DOMAIN 2.2 H and s. 21(4): the twentieth day, and no later one."""
    one = line(whole("I", [*range(19), 30, 40]))
    for evening in (OPEN[31], OPEN[36], OPEN[60]):
        assert qualified(IE, "STATUTORY_20_DAY", evening, one) == OPEN[30]


def test_a_tenth_texan_occasion_dates_the_conduct() -> None:
    """19 absences in a month, and only ten of them count: the tenth is the day of the clock."""
    one = line(whole("U", [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20]))
    assert qualified(TX, "TRUANT_CONDUCT", OPEN[25], one) == OPEN[18]


def test_the_last_session_of_ten_in_ten_school_weeks_is_the_day() -> None:
    one = line({OPEN[3]: "UU", OPEN[12]: "UU", OPEN[22]: "UU", OPEN[31]: "UU", OPEN[33]: "/U"})
    assert qualified(ENG, "CONSIDER_PENALTY_NOTICE", OPEN[45], one) is None
    more = line({OPEN[3]: "UU", OPEN[12]: "UU", OPEN[22]: "UU", OPEN[31]: "UU", OPEN[33]: "UU"})
    assert qualified(ENG, "CONSIDER_PENALTY_NOTICE", OPEN[45], more) == OPEN[33]


def test_a_rate_dates_from_its_last_rise_over_the_threshold() -> None:
    """It was over it before, recovered, and rose again: the family's month in between counts."""
    rules = one_stage(metric="ABSENCE_RATE", value="10/100", minPossible=10)
    one = line(whole("I", [0, 1, 30, 31, 32]))
    assert qualified(rules, "LETTER_1", OPEN[19], one) == OPEN[9]  # ten days were possible
    assert qualified(rules, "LETTER_1", OPEN[40], one) == OPEN[31]


def test_any_dates_from_the_first_and_all_from_the_last_of_its_parts() -> None:
    days, letters = ({"metric": "ABSENT_DAYS", "value": value} for value in (2, 4))
    one = line(whole("I", [5, 7, 9, 11]))
    assert qualified(one_stage(any=[days, letters]), "LETTER_1", OPEN[20], one) == OPEN[7]
    assert qualified(one_stage(all=[days, letters]), "LETTER_1", OPEN[20], one) == OPEN[11]


def test_what_follows_a_stage_dates_from_there_and_from_what_came_after() -> None:
    one = line(whole("U", [1, 2, 3, 20]))
    entered = {"TRUANCY_NOTICE_1": OPEN[8]}
    assert qualified(CA, "CONFERENCE", OPEN[25], one, entered) == OPEN[8]
    assert qualified(CA, "TRUANCY_NOTICE_2", OPEN[25], one, entered) == OPEN[20]
    assert qualified(CA, "CONFERENCE", OPEN[25], one) is None


def test_dates_and_days_on_the_roll_bring_nobody_to_a_stage_alone() -> None:
    window = {"type": "DATE_WINDOW", "from": OPEN[3].isoformat(), "to": OPEN[60].isoformat()}
    one = line(whole("I", [0]))
    assert qualified(one_stage(during=window), "LETTER_1", OPEN[20], one) == OPEN[3]
    both = one_stage(metric="ABSENT_DAYS", value=1, minEnrolledDays=5)
    assert qualified(both, "LETTER_1", OPEN[20], one) == OPEN[0]
    assert qualified(IE, "REFERRAL_EWS", OPEN[20], one) is None


def test_a_window_without_a_day_dates_nothing() -> None:
    nothing = replace(line({}), days=(), marks="", codes=())
    before = one_stage(metric="ABSENT_DAYS", value=0)
    assert qualified(before, "LETTER_1", OPEN[5], nothing) is None


def test_registers_of_exceptions_date_by_the_mark_too() -> None:
    one = replace(line({}), days=(OPEN[4], OPEN[9]), marks="AAAA", codes=("I",) * 4)
    found = qualified(
        one_stage(metric="ABSENT_DAYS", value=2),
        "LETTER_1",
        OPEN[20],
        one,
        denominator=Denominator.DECLARED_DAYS,
    )
    assert found == OPEN[9]

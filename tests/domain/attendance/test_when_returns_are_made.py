"""In which days a school makes its returns: by the rule set's words and the school's calendar."""

from datetime import date

import pytest

from domain.attendance.returns import days_within, has_clock, month_of, owed
from domain.attendance.rule_parts import Return
from domain.attendance.rules import RuleSet, shipped_rule_set
from domain.attendance.school_days import SchoolDays, Term

IRELAND = shipped_rule_set("ie-default-1")
AUTUMN = Term(date(2025, 9, 1), date(2025, 12, 19))
SPRING = Term(date(2026, 1, 5), date(2026, 6, 26))
YEAR = SchoolDays((AUTUMN, SPRING))


def days(calendar: SchoolDays, today: date, rules: RuleSet = IRELAND) -> dict[str, tuple[str, str]]:
    found = owed(rules, calendar, today)
    return {one.said.id: (one.opens_on.isoformat(), one.due_on.isoformat()) for one in found}


def test_an_irish_school_returns_in_january_and_within_six_weeks_of_its_last_day() -> None:
    """DOMAIN 1.2: SAR in January, whole year and AAR within six weeks of the end of the year."""
    assert days(YEAR, date(2026, 1, 9)) == {
        "SAR-1": ("2026-01-01", "2026-01-31"),
        "SAR-2": ("2026-06-27", "2026-08-07"),
        "AAR": ("2026-06-27", "2026-08-07"),
    }
    assert days(YEAR, date(2026, 9, 1))["SAR-1"] == ("2027-01-01", "2027-01-31")


def test_the_last_school_day_is_that_of_the_calendar_and_moves_with_it() -> None:
    """Traps 20 and 21: closed on its last days, opened on one more."""
    closed = SchoolDays((AUTUMN, SPRING), closed=frozenset({date(2026, 6, 26), date(2026, 6, 25)}))
    assert days(closed, date(2026, 6, 1))["AAR"] == ("2026-06-25", "2026-08-05")
    opened = SchoolDays((AUTUMN, SPRING), opened=frozenset({date(2026, 6, 30)}))
    assert days(opened, date(2026, 6, 1))["AAR"] == ("2026-07-01", "2026-08-11")


def test_nothing_is_guessed_of_a_year_whose_end_nobody_has_told() -> None:
    """Half a calendar ends in December; that is no end of a school year."""
    assert days(SchoolDays((AUTUMN,)), date(2025, 12, 20)).keys() == {"SAR-1"}
    assert days(SchoolDays(), date(2026, 1, 9)) == {}
    shut = frozenset(date(2026, 5, n) for n in range(1, 32))
    may = SchoolDays((Term(date(2026, 5, 1), date(2026, 5, 31)),), closed=shut)
    assert "AAR" not in days(may, date(2026, 5, 9))


def test_a_return_for_a_pupil_is_a_stage_and_has_no_day_of_the_year() -> None:
    assert days(YEAR, date(2026, 1, 9), shipped_rule_set("gb-eng-default-1")) == {}


@pytest.mark.parametrize(
    ("within", "found"),
    [
        ("6 weeks of last school day", 42),
        ("1 week of last school day", 7),
        ("10 days of last school day", 10),
        ("6 weeks", None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_stretch_is_read_in_one_form(within: str | None, found: int | None) -> None:
    assert days_within(within) == found
    assert has_clock(Return(id="R", due_within=within)) is (found is not None)


def test_a_month_is_read_by_its_name() -> None:
    assert [month_of(one) for one in ("January", "December", "Jan", None)] == [1, 12, None, None]
    assert has_clock(Return(id="R", due_in="May"))

"""Open days, settled marks, declared days and the school year."""

from datetime import date
from uuid import UUID

import pytest

from domain.attendance.codes import DayCounting
from domain.attendance.codes import MarkStatus as S
from domain.attendance.register_line import Mark, Pupil, Session, register_line
from domain.attendance.school_days import MonthDay, SchoolDays, Term
from domain.shared.ids import SchoolId, StudentId
from tests.support.asking_rules import days_absent, reaches

FALL = Term(date(2021, 8, 23), date(2021, 12, 17), 81)
SPRING = Term(date(2022, 1, 4), date(2022, 5, 27), 88)
DISTRICT = SchoolDays(terms=(FALL, SPRING))
SEPTEMBER = MonthDay(9, 1)
SCHOOL_DAYS = [date.fromordinal(day) for day in DISTRICT.open_ordinals(738_000, 739_000)]
HALVES = DayCounting.HALF_DAYS
PUPIL = Pupil(StudentId(UUID(int=1)), SchoolId(UUID(int=2)), "1")


def test_a_school_without_known_terms_is_open_on_weekdays() -> None:
    assert SchoolDays().is_open(date(2025, 10, 3))
    assert not SchoolDays().is_open(date(2025, 10, 4))


def test_a_day_named_closed_or_open_wins_over_the_weekday() -> None:
    storm, make_up = date(2021, 11, 8), date(2021, 11, 13)
    school = SchoolDays((FALL,), closed=frozenset({storm}), opened=frozenset({make_up}))
    assert not school.is_open(storm)
    assert school.is_open(make_up)


def test_outside_every_term_a_school_is_closed() -> None:
    assert not DISTRICT.is_open(date(2021, 12, 20))
    assert DISTRICT.open_days(date(2021, 12, 13), date(2022, 1, 7)) == 5 + 4


@pytest.mark.parametrize(
    ("on", "days", "settled"),
    [
        (date(2022, 5, 25), 0, date(2022, 5, 25)),
        (date(2022, 5, 25), 1, date(2022, 5, 24)),
        (date(2022, 5, 23), 2, date(2022, 5, 19)),
        (date(2022, 5, 22), 1, date(2022, 5, 19)),
        (date(2022, 1, 4), 1, date(2021, 12, 17)),
        (date(2022, 1, 4), 2, date(2021, 12, 16)),
    ],
)
def test_marks_settle_in_school_days(on: date, days: int, settled: date) -> None:
    """DOMAIN 4.1, settleDays: a mark is looked at from its day on, and one younger is not."""
    for marked in (settled, next(d for d in SCHOOL_DAYS if d > settled)):
        line = register_line(
            PUPIL, [Mark(marked, Session.DAY, "A", S.ABSENT_AUTHORISED)], HALVES, DISTRICT
        )
        found = reaches(line, days_absent(1), on, settle=days, calendar=DISTRICT)
        assert found is (marked == settled)


def test_a_whole_year_has_the_declared_days() -> None:
    assert DISTRICT.declared_days(date(2021, 8, 1), date(2022, 5, 27)) == (169, False)


def test_between_two_terms_the_first_is_complete() -> None:
    assert DISTRICT.declared_days(date(2021, 8, 1), date(2021, 12, 31)) == (81, False)


def test_in_a_running_term_the_weekdays_so_far_are_an_estimate() -> None:
    assert DISTRICT.declared_days(date(2021, 8, 1), date(2022, 1, 10)) == (81 + 5, True)


def test_an_estimate_never_passes_the_declared_days() -> None:
    assert DISTRICT.declared_days(date(2021, 8, 1), date(2022, 5, 26)) == (169, True)


def test_a_term_that_declares_nothing_is_estimated() -> None:
    school = SchoolDays((Term(date(2022, 5, 2), date(2022, 5, 13)),), frozenset({date(2022, 5, 2)}))
    assert school.declared_days(date(2022, 1, 1), date(2022, 12, 31)) == (9, True)


def test_no_term_in_the_window_means_no_day() -> None:
    assert DISTRICT.declared_days(date(2022, 6, 1), date(2022, 6, 30)) == (0, False)


@pytest.mark.parametrize(
    ("on", "begins"),
    [
        (date(2022, 5, 27), date(2021, 8, 23)),
        (date(2021, 8, 30), date(2021, 8, 23)),
        (date(2021, 8, 22), date(2020, 9, 1)),
        (date(2022, 9, 1), date(2022, 9, 1)),
    ],
)
def test_a_term_belongs_as_a_whole_to_the_year_that_it_opens(on: date, begins: date) -> None:
    assert DISTRICT.year_begins(on, SEPTEMBER) == begins


@pytest.mark.parametrize("opens", [date(2025, 8, 27), date(2025, 8, 28), date(2025, 9, 1)])
def test_a_year_is_known_by_its_nominal_day_whenever_the_school_opens(opens: date) -> None:
    school = SchoolDays((Term(opens, date(2025, 12, 19)),))
    assert school.year_begins(date(2025, 10, 1), SEPTEMBER) == opens
    assert school.year_named(date(2025, 10, 1), SEPTEMBER) == date(2025, 9, 1)
    assert school.year_named(opens, SEPTEMBER) == date(2025, 9, 1)
    assert school.year_named(date(2025, 8, 26), SEPTEMBER) == date(2024, 9, 1)


def test_a_term_that_is_more_than_half_over_belongs_to_the_year_that_ends() -> None:
    """California counts from the first of July; summer term runs into it."""
    july = MonthDay(7, 1)
    school = SchoolDays((Term(date(2026, 4, 13), date(2026, 7, 17)),))
    assert school.year_begins(date(2026, 6, 30), july) == date(2025, 7, 1)
    assert school.year_begins(date(2026, 7, 1), july) == date(2026, 7, 1)


def test_without_terms_the_year_begins_on_its_nominal_day() -> None:
    assert SchoolDays().year_begins(date(2025, 8, 31), SEPTEMBER) == date(2024, 9, 1)
    assert SchoolDays().year_begins(date(2025, 9, 1), SEPTEMBER) == date(2025, 9, 1)

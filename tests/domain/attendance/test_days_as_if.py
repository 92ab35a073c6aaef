"""A calendar as if other words had been said of some days."""

from datetime import date

from domain.attendance.day_words import DayPart, DayWord, school_days
from domain.attendance.other_days import with_words
from domain.attendance.school_days import Term

TERM = (Term(date(2025, 9, 1), date(2025, 12, 19)),)
MONDAY, TUESDAY, WEDNESDAY = (date(2025, 9, n) for n in (8, 9, 10))
SATURDAY = date(2025, 9, 13)
PLAIN = school_days(TERM, [DayWord(TUESDAY, is_open=False)])


def test_a_day_is_closed_or_opened_before_whatever_was_said_of_it() -> None:
    other = with_words(
        PLAIN,
        [
            DayWord(MONDAY, is_open=False),
            DayWord(TUESDAY, is_open=True),
            DayWord(SATURDAY, is_open=True),
        ],
    )
    assert [other.is_open(day) for day in (MONDAY, TUESDAY, SATURDAY)] == [False, True, True]
    assert PLAIN.is_open(MONDAY)
    assert not PLAIN.is_open(TUESDAY)
    assert other.groups == ()


def test_a_half_is_closed_and_opened_again() -> None:
    half = with_words(PLAIN, [DayWord(MONDAY, is_open=False, part=DayPart.PM)])
    assert (half.is_open_half(MONDAY, "AM"), half.is_open_half(MONDAY, "PM")) == (True, False)
    again = with_words(half, [DayWord(MONDAY, is_open=True, part=DayPart.PM)])
    assert again.is_open_half(MONDAY, "PM")
    whole = with_words(half, [DayWord(MONDAY, is_open=True)])
    assert whole.is_open_half(MONDAY, "PM")


def test_a_word_about_a_year_group_is_about_these_pupils_only() -> None:
    sixth = DayWord(MONDAY, is_open=False, year_group="6")
    other = with_words(PLAIN, [sixth, DayWord(SATURDAY, is_open=True, year_group="5")])
    assert not other.for_group("6").is_open(MONDAY)
    assert other.for_group("5").is_open(MONDAY)
    assert other.for_group("1").is_open(MONDAY)
    assert other.is_open(MONDAY)
    assert other.is_open(SATURDAY)  # somebody is expected
    assert other.for_group("5").is_open(SATURDAY)
    assert not other.for_group("1").is_open(SATURDAY)


def test_a_word_about_everybody_reaches_groups_with_days_of_their_own() -> None:
    known = school_days(TERM, [DayWord(WEDNESDAY, is_open=True, year_group="6")])
    other = with_words(known, [DayWord(MONDAY, is_open=False)])
    assert not other.for_group("6").is_open(MONDAY)
    assert other.for_group("6").is_open(WEDNESDAY)
    assert not other.for_group("1").is_open(WEDNESDAY)

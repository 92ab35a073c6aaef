"""Days closed by halves, and days that some year groups have of their own."""

from datetime import date

import pytest

from domain.attendance.codes import DayCounting, MarkStatus
from domain.attendance.day_words import DayPart, DayWord, days_of, school_days
from domain.attendance.metrics import in_days
from domain.attendance.register_line import (
    Mark,
    Pupil,
    RegisterLine,
    Session,
    register_line,
    whole_day_line,
)
from domain.attendance.school_days import SchoolDays, Term
from domain.shared.ids import SchoolId, StudentId, derived_id

MONDAY = date(2025, 9, 1)
TERM = Term(MONDAY, date(2025, 12, 19))
SATURDAY = date(2025, 9, 6)
PUPIL = Pupil(StudentId(derived_id("p")), SchoolId(derived_id("s")), "1")


def test_a_range_opens_weekdays_and_closes_every_day() -> None:
    """Trap 19: a word that opens a weekend names it alone."""
    sunday = date(2025, 9, 7)
    week = [date(2025, 9, day) for day in range(1, 8)]
    assert days_of(MONDAY, sunday, is_open=True) == week[:5]
    assert days_of(MONDAY, sunday, is_open=False) == week
    assert days_of(SATURDAY, sunday, is_open=True) == week[5:]


def closed(on: date, part: DayPart = DayPart.DAY, group: str | None = None) -> DayWord:
    return DayWord(on, is_open=False, part=part, year_group=group)


def opened(on: date, part: DayPart = DayPart.DAY, group: str | None = None) -> DayWord:
    return DayWord(on, is_open=True, part=part, year_group=group)


def calendar(*words: DayWord) -> SchoolDays:
    return school_days([TERM], words)


def line(school: SchoolDays, *statuses: MarkStatus) -> RegisterLine:
    halves = zip((Session.AM, Session.PM), statuses, strict=True)
    marks = [Mark(MONDAY, half, "", status) for half, status in halves]
    return register_line(PUPIL, marks, DayCounting.HALF_DAYS, school)


def test_a_school_that_says_nothing_of_days_has_its_terms() -> None:
    assert calendar() == SchoolDays((TERM,))


def test_a_half_that_is_closed_leaves_the_other_open() -> None:
    school = calendar(closed(MONDAY, DayPart.PM))
    assert school.is_open(MONDAY)
    assert school.is_open_half(MONDAY, "AM")
    assert not school.is_open_half(MONDAY, "PM")


def test_two_closed_halves_are_a_closed_day() -> None:
    school = calendar(closed(MONDAY, DayPart.AM), closed(MONDAY, DayPart.PM))
    assert not school.is_open(MONDAY)
    assert not school.is_open_half(MONDAY, "AM")


def test_a_mark_in_a_closed_half_is_closed_and_the_other_counts() -> None:
    """Ill in the morning, the boiler fails at noon: one possible half-day, and one absent."""
    school = calendar(closed(MONDAY, DayPart.PM))
    ill, present = MarkStatus.ABSENT_AUTHORISED, MarkStatus.PRESENT
    assert line(school, ill, present).marks == "A#"
    morning_off = calendar(closed(MONDAY, DayPart.AM))
    assert line(morning_off, present, ill).marks == "#A"
    assert in_days(line(school, ill, present).marks.count("A")) == "0.5"


def test_a_mark_for_a_whole_day_does_not_open_its_closed_half() -> None:
    school = calendar(closed(MONDAY, DayPart.PM))
    said = [MONDAY], ["I"], ["ABSENT_AUTHORISED"], school
    assert whole_day_line(PUPIL, *said, DayCounting.HALF_DAYS) is None
    mark = Mark(MONDAY, Session.DAY, "I", MarkStatus.ABSENT_AUTHORISED)
    assert register_line(PUPIL, [mark], DayCounting.HALF_DAYS, school).marks == "A#"


def test_an_irish_day_on_which_the_roll_was_called_counts_whole() -> None:
    school = calendar(closed(MONDAY, DayPart.PM))
    mark = Mark(MONDAY, Session.DAY, "A", MarkStatus.ABSENT_AUTHORISED)
    line = register_line(PUPIL, [mark], DayCounting.WHOLE_DAYS, school)
    assert line.marks == "AA"
    said = [MONDAY], ["A"], ["ABSENT_AUTHORISED"], school
    assert whole_day_line(PUPIL, *said, DayCounting.WHOLE_DAYS) == line


def test_a_day_may_be_closed_for_one_year_group_only() -> None:
    school = calendar(closed(MONDAY, group="6"))
    assert school.is_open(MONDAY)
    assert not school.for_group("6").is_open(MONDAY)
    assert school.for_group("5").is_open(MONDAY)
    assert school.for_group(None).is_open(MONDAY)


@pytest.mark.parametrize("day", [MONDAY, SATURDAY])
def test_a_day_that_is_open_for_some_is_closed_for_the_rest(day: date) -> None:
    """An examination day: the school is open, and only the sixth years are expected."""
    school = calendar(opened(day, group="6"), closed(date(2025, 10, 1), group="5"))
    assert school.is_open(day)
    assert school.for_group("6").is_open(day)
    assert not school.for_group("5").is_open(day)
    assert not school.for_group("1").is_open(day)


def test_a_closure_of_everybody_yields_to_a_year_group_that_comes_all_the_same() -> None:
    school = calendar(closed(MONDAY), opened(MONDAY, group="6"))
    assert school.is_open(MONDAY)
    assert [school.for_group(group).is_open(MONDAY) for group in ("6", "5")] == [True, False]


def test_two_year_groups_may_come_on_one_day() -> None:
    school = calendar(opened(MONDAY, group="6"), opened(MONDAY, group="3"))
    open_for = [group for group in "123456" if school.for_group(group).is_open(MONDAY)]
    assert open_for == ["3", "6"]


def test_a_year_group_may_go_home_at_noon() -> None:
    school = calendar(closed(MONDAY, DayPart.PM, "6"))
    assert not school.for_group("6").is_open_half(MONDAY, "PM")
    assert school.for_group("5").is_open_half(MONDAY, "PM")


def test_a_year_group_may_stay_when_the_others_go_home() -> None:
    school = calendar(closed(MONDAY, DayPart.PM), opened(MONDAY, DayPart.PM, "6"))
    assert school.for_group("6").is_open_half(MONDAY, "PM")
    assert not school.for_group("5").is_open_half(MONDAY, "PM")


def test_a_school_without_days_of_year_groups_has_one_calendar() -> None:
    school = calendar(closed(MONDAY))
    assert school.for_group("6") is school

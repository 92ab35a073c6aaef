"""School days and school weeks are counted over closures, and change with nothing else."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.attendance.day_words import DayPart, DayWord, school_days
from domain.attendance.numbered_days import NumberedDay, numbered
from domain.attendance.school_days import MonthDay, SchoolDays, Term
from domain.shared.calendar import SchoolCalendar

FIRST, LAST = date(2025, 9, 1), date(2026, 6, 26)
YEAR = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
TERMS = (
    Term(date(2025, 9, 1), date(2025, 12, 19)),
    Term(date(2026, 1, 5), date(2026, 3, 27)),
    Term(date(2026, 4, 13), LAST),
)
SEPTEMBER = MonthDay(9, 1)
SLOWLY = settings(deadline=None, max_examples=50)  # each example walks a whole school year
DAYS = st.sampled_from(YEAR)
WORDS = st.lists(
    st.builds(
        DayWord,
        DAYS,
        is_open=st.booleans(),
        part=st.sampled_from(DayPart),
        year_group=st.sampled_from([None, None, "5", "6"]),
    ),
    max_size=12,
    unique_by=lambda word: (word.on, word.part, word.year_group),
)


def days(calendar: SchoolDays, first: date = FIRST, last: date = LAST) -> list[NumberedDay]:
    return list(numbered(calendar, first, last, SEPTEMBER))


def known(calendar: SchoolDays, zone: str = "Europe/Dublin") -> SchoolCalendar:
    return SchoolCalendar(zone, tuple(day for day in YEAR if calendar.is_open(day)))


@SLOWLY
@given(st.sets(DAYS, max_size=30), st.sets(DAYS, max_size=5))
def test_numbers_count_the_open_days_without_a_gap(closed: set[date], opened: set[date]) -> None:
    """The number is that of `open_days`, and of the calendar by which steps are planned."""
    calendar = SchoolDays(TERMS, frozenset(closed), frozenset(opened - closed))
    found = days(calendar)
    counted = [day.school_day for day in found if day.school_day is not None]
    assert counted == list(range(1, len(counted) + 1))
    assert len(counted) == calendar.open_days(FIRST, LAST)
    before, planned = FIRST - timedelta(days=1), known(calendar)
    for day in found:
        assert (day.school_day is not None) == calendar.is_open(day.on)
        if day.school_day is not None:
            assert planned.school_days_between(before, day.on) == day.school_day


@SLOWLY
@given(st.sets(DAYS, max_size=60))
def test_a_school_week_is_a_week_with_an_open_day(closed: set[date]) -> None:
    """Trap 17: ten school weeks are not seventy days."""
    found = [day for day in days(SchoolDays(TERMS, frozenset(closed))) if day.is_open]
    mondays = [day.on - timedelta(days=day.on.weekday()) for day in found]
    order = {monday: number for number, monday in enumerate(dict.fromkeys(mondays), 1)}
    assert [day.school_week for day in found] == [order[monday] for monday in mondays]


@SLOWLY
@given(WORDS, DAYS, st.sampled_from([None, "5", "6"]))
def test_adding_a_closure_changes_no_other_days_openness(
    words: list[DayWord], on: date, group: str | None
) -> None:
    """Trap 21: also for a closure that is entered afterwards, for halves and for year groups."""
    before = school_days(TERMS, words)
    kept = [word for word in words if word.on != on or word.year_group != group]
    after = school_days(TERMS, [*kept, DayWord(on, is_open=False, year_group=group)])
    for asked in (None, "5", "6", "1"):
        old, new = before.for_group(asked), after.for_group(asked)
        assert [
            (day, new.is_open(day), new.is_open_half(day, "AM"), new.is_open_half(day, "PM"))
            for day in YEAR
            if day != on
        ] == [
            (day, old.is_open(day), old.is_open_half(day, "AM"), old.is_open_half(day, "PM"))
            for day in YEAR
            if day != on
        ]
    if group is not None:
        assert not after.for_group(group).is_open(on)


@SLOWLY
@given(DAYS)
def test_a_closure_takes_one_number_from_the_days_behind_it(on: date) -> None:
    before = {day.on: day.school_day for day in days(SchoolDays(TERMS))}
    after = {day.on: day.school_day for day in days(SchoolDays(TERMS, frozenset({on})))}
    was_open = before[on] is not None
    for day, number in before.items():
        if number is not None and day != on:
            assert after[day] == number - (was_open and day > on)


@pytest.mark.parametrize(
    "zone", ["Europe/Dublin", "Europe/London", "America/Los_Angeles", "America/Chicago"]
)
@SLOWLY
@given(st.sets(DAYS, max_size=10))
def test_no_clock_change_gains_or_loses_a_school_day(zone: str, closed: set[date]) -> None:
    """The nights of both changes have 23 and 25 hours; the days between are days all the same."""
    calendar = SchoolDays(TERMS, frozenset(closed))
    planned = known(calendar, zone)
    numbers = {day.on: day.school_day for day in days(calendar)}
    for begins in (date(2025, 10, 24), date(2025, 10, 31), date(2026, 3, 6), date(2026, 3, 27)):
        after = planned.school_days_after(begins, 1)
        assert after is not None
        assert planned.school_days_between(begins, after) == 1
        if numbers[begins] is not None:
            assert numbers[after] == (numbers[begins] or 0) + 1
        noon = datetime.combine(begins, time(18, 30), ZoneInfo(zone)).astimezone(UTC)
        moment = planned.lawful_moment(begins, noon)
        assert planned.local(moment).time() == time(9, 0)
        assert planned.local(moment).date() == after


@pytest.mark.parametrize(
    ("instant", "local"),
    [
        (datetime(2025, 9, 23, 23, 30, tzinfo=UTC), date(2025, 9, 24)),
        (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), date(2025, 10, 26)),
        (datetime(2025, 12, 1, 23, 30, tzinfo=UTC), date(2025, 12, 1)),
    ],
)
def test_half_past_midnight_belongs_to_the_day_at_the_school(
    instant: datetime, local: date
) -> None:
    """Trap 24."""
    assert known(SchoolDays(TERMS)).local(instant).date() == local


def test_numbers_begin_anew_with_the_school_year() -> None:
    calendar = SchoolDays((*TERMS, Term(date(2026, 8, 27), date(2026, 12, 18))))
    found = {day.on: day for day in days(calendar, date(2026, 6, 25), date(2026, 8, 31))}
    assert (found[LAST].school_day or 0) > 170
    assert found[date(2026, 8, 26)].school_day is None
    assert (found[date(2026, 8, 27)].school_day, found[date(2026, 8, 27)].school_week) == (1, 1)
    assert (found[date(2026, 8, 31)].school_day, found[date(2026, 8, 31)].school_week) == (3, 2)


def test_a_day_asked_for_alone_has_the_number_that_it_has_in_its_year() -> None:
    calendar = SchoolDays(TERMS)
    for day in days(calendar)[::17]:
        assert days(calendar, day.on, day.on) == [day]


def test_thirteen_calendar_weeks_may_be_ten_school_weeks() -> None:
    """A half-term of one week and Christmas of two lie between."""
    half_term = frozenset(date(2025, 10, 27) + timedelta(days=n) for n in range(5))
    found = {day.on: day for day in days(SchoolDays(TERMS, half_term))}
    early, late = date(2025, 10, 20), date(2026, 1, 12)
    assert (late - early).days == 12 * 7
    assert (found[late].school_week or 0) - (found[early].school_week or 0) == 9


def test_half_a_day_is_a_school_day() -> None:
    word = DayWord(FIRST, is_open=False, part=DayPart.PM)
    (day,) = days(school_days(TERMS, [word]), FIRST, FIRST)
    assert (day.morning, day.afternoon, day.is_open, day.school_day) == (True, False, True, 1)


def test_the_open_days_of_a_calendar_run_from_its_first_term_to_its_last() -> None:
    sunday, closed = date(2025, 9, 14), date(2025, 9, 15)
    calendar = SchoolDays(terms=TERMS[:1], closed=frozenset({closed}), opened=frozenset({sunday}))
    open_days = calendar.known_open_days
    assert (open_days[0], open_days[-1], len(open_days)) == (FIRST, date(2025, 12, 19), 80)
    assert sunday in open_days
    assert closed not in open_days
    assert SchoolDays(opened=frozenset({sunday})).known_open_days == (sunday,)

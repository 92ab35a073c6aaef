"""Open days, lawful hours, and both clock changes."""

from datetime import UTC, date, datetime, time

import pytest

from domain.shared.calendar import SchoolCalendar
from tests.support.scenario import at, calendar

AUTUMN = calendar(closed="2025-10-27/2025-10-31")
ENDING = calendar(last="2026-06-26")
EMPTY = SchoolCalendar("Europe/Dublin", ())


def test_a_school_is_open_on_its_own_days_only() -> None:
    asked = [date(2025, 10, 24), date(2025, 10, 25), date(2025, 10, 27), date(2025, 11, 3)]
    assert [AUTUMN.is_open(day) for day in asked] == [True, False, False, True]
    assert not AUTUMN.is_open(date(2025, 8, 1))
    assert not AUTUMN.is_open(date(2027, 1, 8))


@pytest.mark.parametrize(
    ("day", "count", "found"),
    [
        ("2025-10-23", 0, "2025-10-23"),
        ("2025-10-25", 0, "2025-11-03"),
        ("2025-10-23", 1, "2025-10-24"),
        ("2025-10-24", 1, "2025-11-03"),
        ("2025-10-25", 1, "2025-11-03"),
        ("2025-10-22", 4, "2025-11-04"),
    ],
)
def test_school_days_are_counted_over_closures(day: str, count: int, found: str) -> None:
    after = AUTUMN.school_days_after(date.fromisoformat(day), count)
    assert after == date.fromisoformat(found)


def test_past_the_known_calendar_there_is_no_school_day() -> None:
    assert ENDING.school_days_after(date(2026, 6, 26), 0) == date(2026, 6, 26)
    assert ENDING.school_days_after(date(2026, 6, 26), 1) is None
    assert EMPTY.school_days_after(date(2026, 6, 26), 0) is None


def test_school_days_between_counts_the_last_day_and_not_the_first() -> None:
    assert AUTUMN.school_days_between(date(2025, 10, 23), date(2025, 11, 4)) == 3
    assert AUTUMN.school_days_between(date(2025, 10, 24), date(2025, 10, 24)) == 0


@pytest.mark.parametrize(
    ("on", "now", "lawful"),
    [
        ("2025-09-23", "2025-09-23 07:15", "2025-09-23 09:00"),
        ("2025-09-23", "2025-09-23 09:00", "2025-09-23 09:00"),
        ("2025-09-23", "2025-09-23 17:59", "2025-09-23 17:59"),
        ("2025-09-23", "2025-09-23 18:00", "2025-09-24 09:00"),
        ("2025-09-26", "2025-09-26 19:00", "2025-09-29 09:00"),
        ("2025-09-20", "2025-09-20 11:00", "2025-09-22 09:00"),
        ("2025-10-24", "2025-10-24 18:30", "2025-11-03 09:00"),
        ("2025-09-25", "2025-09-23 11:00", "2025-09-25 09:00"),
        ("2025-10-29", "2025-09-23 11:00", "2025-11-03 09:00"),
        ("2025-09-01", "2025-09-23 11:00", "2025-09-23 11:00"),
    ],
    ids=[
        "before the opening hour",
        "at the opening hour",
        "in the last minute",
        "at the closing hour",
        "on a Friday evening",
        "on a Saturday",
        "before a closure",
        "on a later day",
        "on a later day in a closure",
        "on a day that has passed",
    ],
)
def test_a_family_is_contacted_on_an_open_day_inside_the_hours(
    on: str, now: str, lawful: str
) -> None:
    assert AUTUMN.lawful_moment(date.fromisoformat(on), at(now)) == at(lawful)


@pytest.mark.parametrize(
    ("on", "now", "lawful"),
    [
        ("2026-06-26", "2026-06-26 19:00", "2026-06-29 09:00"),
        ("2026-07-04", "2026-07-03 11:00", "2026-07-06 09:00"),
        ("2026-07-01", "2026-07-01 07:00", "2026-07-01 09:00"),
        ("2026-07-01", "2026-07-01 09:00", "2026-07-01 09:00"),
        ("2026-07-01", "2026-07-01 14:00", "2026-07-02 09:00"),
        ("2026-07-03", "2026-07-03 14:00", "2026-07-06 09:00"),
    ],
)
def test_past_the_known_calendar_a_step_waits_for_a_weekday(on: str, now: str, lawful: str) -> None:
    """In the afternoon the answer was nine o'clock of the same day: a moment that had passed."""
    assert ENDING.lawful_moment(date.fromisoformat(on), at(now)) == at(lawful)


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2025, 10, 24), datetime(2025, 10, 24, 8, 0, tzinfo=UTC)),
        (date(2025, 11, 3), datetime(2025, 11, 3, 9, 0, tzinfo=UTC)),
        (date(2026, 3, 27), datetime(2026, 3, 27, 9, 0, tzinfo=UTC)),
        (date(2026, 3, 30), datetime(2026, 3, 30, 8, 0, tzinfo=UTC)),
    ],
)
def test_nine_oclock_at_the_school_moves_with_the_clock_changes(day: date, utc: datetime) -> None:
    moment = AUTUMN.lawful_moment(day, at("2025-09-23 11:00"))
    assert (moment, moment.tzinfo) == (utc, UTC)


@pytest.mark.parametrize(
    ("now", "hour"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), time(0, 59)),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), time(2, 0)),
        (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), time(1, 30)),
        (datetime(2025, 10, 26, 1, 30, tzinfo=UTC), time(1, 30)),
    ],
)
def test_the_wall_clock_leaps_in_march_and_repeats_an_hour_in_october(
    now: datetime, hour: time
) -> None:
    assert AUTUMN.local(now).time() == hour


def test_the_schools_day_is_not_always_the_day_in_utc() -> None:
    late = datetime(2025, 9, 23, 23, 30, tzinfo=UTC)
    assert AUTUMN.local(late).date() == date(2025, 9, 24)

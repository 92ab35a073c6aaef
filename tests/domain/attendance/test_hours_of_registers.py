"""When a register closes, so that no family hears of an absence that is only a late arrival."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.attendance.day_words import DayPart
from domain.attendance.register_hours import (
    RegisterHours,
    closes_at,
    hours_on,
    register_closed,
)

DUBLIN = ZoneInfo("Europe/Dublin")
ON = date(2025, 11, 12)
USUAL = RegisterHours(
    date(2025, 9, 1),
    am_start=time(8, 50),
    am_close=time(9, 20),
    pm_start=time(13, 0),
    pm_close=time(13, 20),
    day_end=time(15, 10),
)
EARLY = RegisterHours(ON, ON, pm_close=time(12, 20), day_end=time(12, 30))
SINCE_JANUARY = RegisterHours(date(2026, 1, 5), am_close=time(9, 30))


def at(hour: int, minute: int, on: date = ON) -> datetime:
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=DUBLIN)


def test_before_the_register_closes_nobody_is_absent_yet() -> None:
    """N at 09:05 may be L at 09:20 (trap 26); DOMAIN 5.1, amClose."""
    assert register_closed([USUAL], ON, DayPart.AM, at(9, 19)) is False
    assert register_closed([USUAL], ON, DayPart.AM, at(9, 20)) is True
    assert register_closed([USUAL], ON, DayPart.PM, at(9, 20)) is False
    assert register_closed([USUAL], ON, DayPart.PM, at(13, 20)) is True


def test_a_roll_that_is_called_once_a_day_closes_in_the_morning() -> None:
    assert closes_at([USUAL], ON, DayPart.DAY) == time(9, 20)


def test_days_gone_by_have_closed_and_days_to_come_have_not() -> None:
    for said in ([USUAL], []):
        assert register_closed(said, date(2025, 11, 11), DayPart.PM, at(0, 1)) is True
        assert register_closed(said, date(2025, 11, 13), DayPart.AM, at(23, 59)) is False


def test_where_nobody_has_said_it_the_answer_is_unknown() -> None:
    assert hours_on([], ON) is None
    assert register_closed([], ON, DayPart.AM, at(15, 0)) is None
    assert register_closed([EARLY], ON, DayPart.AM, at(15, 0)) is None
    assert closes_at([USUAL], date(2025, 8, 29), DayPart.AM) is None


def test_a_single_day_goes_before_the_usual_hours_where_it_names_a_time() -> None:
    hours = hours_on([USUAL, EARLY], ON)
    assert hours is not None
    assert hours.times == (time(8, 50), time(9, 20), time(13, 0), time(12, 20), time(12, 30))
    assert closes_at([EARLY, USUAL], date(2025, 11, 13), DayPart.PM) == time(13, 20)


def test_new_hours_leave_the_days_before_them_as_they_were() -> None:
    said = [SINCE_JANUARY, USUAL]
    assert closes_at(said, date(2026, 1, 4), DayPart.AM) == time(9, 20)
    assert closes_at(said, date(2026, 1, 5), DayPart.AM) == time(9, 30)
    assert closes_at(said, date(2026, 1, 5), DayPart.PM) == time(13, 20)


def test_the_school_s_clock_decides_and_not_that_of_the_machine() -> None:
    """Trap 24: 09:05 in UTC is 10:05 at a school in summer time."""
    day = date(2025, 9, 10)
    moment = datetime(2025, 9, 10, 9, 5, tzinfo=UTC)
    assert register_closed([USUAL], day, DayPart.AM, moment.astimezone(DUBLIN)) is True
    assert register_closed([USUAL], day, DayPart.AM, moment) is False
    with pytest.raises(ValueError, match="zone"):
        register_closed([USUAL], day, DayPart.AM, moment.replace(tzinfo=None))

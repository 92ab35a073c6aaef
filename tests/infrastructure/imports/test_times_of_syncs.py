"""When a school is read by itself: in its own time, through both changes of the clocks."""

from datetime import UTC, datetime, time

from hypothesis import given
from hypothesis import strategies as st

from infrastructure.imports.sync_times import Reading, Timetable, every

DUBLIN = Timetable("Europe/Dublin", (time(8, 0), time(12, 30)), time(2, 0))
SUMMER = datetime(2025, 9, 1, 6, 0, tzinfo=UTC)  # seven o'clock in Dublin


def utc(day: int, hour: int, minute: int = 0, month: int = 9) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=UTC)


def test_a_school_that_was_never_read_is_due_at_once_and_wholly() -> None:
    assert DUBLIN.due(SUMMER, None, None) is Reading.EVERYTHING


def test_changes_are_read_at_times_of_the_schools_own_day() -> None:
    """Eight in an Irish summer is seven in UTC (trap 24)."""
    compared = utc(1, 1, 30)
    assert DUBLIN.due(utc(1, 6, 59), None, compared) is None
    assert DUBLIN.due(utc(1, 7), None, compared) is Reading.CHANGES
    assert DUBLIN.due(utc(1, 7, 1), utc(1, 7), compared) is None
    assert DUBLIN.following(utc(1, 7, 1)) == (utc(1, 11, 30), Reading.CHANGES)


def test_times_that_were_missed_come_to_one_reading() -> None:
    compared = utc(1, 1)
    assert DUBLIN.due(utc(1, 20), utc(1, 1), compared) is Reading.CHANGES
    assert DUBLIN.due(utc(1, 20), utc(1, 19), compared) is None


def test_everything_is_compared_each_night_and_serves_the_times_before_it() -> None:
    assert DUBLIN.due(utc(2, 0, 59), utc(1, 12), utc(1, 1)) is None
    assert DUBLIN.due(utc(2, 1), utc(1, 12), utc(1, 1)) is Reading.EVERYTHING
    assert DUBLIN.due(utc(2, 9), None, utc(2, 8, 30)) is None
    assert DUBLIN.following(utc(1, 12)) == (utc(2, 1), Reading.EVERYTHING)


def test_both_changes_of_the_clocks_have_one_night_each() -> None:
    """30 March 2025 has no 01:30 in Dublin, 26 October has two."""
    odd = Timetable("Europe/Dublin", (), time(1, 30))
    for month, night in ((3, 30), (10, 26)):
        before = utc(night - 1, 12, month=month)
        moments = [utc(night, hour, minute, month) for hour in range(6) for minute in (0, 30)]
        due = [one for one in moments if odd.due(one, None, before)]
        assert due
        assert not [one for one in moments if one > due[0] and odd.due(one, None, due[0])]


def test_times_so_many_minutes_apart() -> None:
    assert every(45, time(8, 0), time(9, 30)) == (time(8, 0), time(8, 45), time(9, 30))
    assert every(60, time(8, 0), time(8, 0)) == (time(8, 0),)


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001  made aware below
    st.lists(st.times().map(lambda one: one.replace(second=0, microsecond=0)), max_size=5),
    st.sampled_from(["Europe/Dublin", "Europe/London", "America/Chicago", "UTC"]),
)
def test_what_was_just_read_is_due_at_the_time_that_was_told_and_not_before(
    now: datetime, times: list[time], zone: str
) -> None:
    now = now.replace(tzinfo=UTC)
    table = Timetable(zone, tuple(times), time(2, 0))
    at, reading = table.following(now)
    assert at > now
    assert table.due(now, now, now) is None
    assert table.due(at, now, now) is reading or table.due(at, now, now) is Reading.EVERYTHING

"""Before a register closes a child may be on the way; after it, an absence is one."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from domain.attendance.lines import Lines
from domain.attendance.register_hours import RegisterHours, over_on
from domain.attendance.rules import shipped_rule_set
from tests.support.roll_book import OPEN, line

SIX = time(18, 0)
DUBLIN = ZoneInfo("Europe/Dublin")
USUAL = [RegisterHours(date(2025, 9, 1), am_close=time(9, 20), pm_close=time(13, 20))]
ON = date(2025, 11, 12)


@pytest.mark.parametrize(
    ("clock", "over"),
    [
        ("00:00", ()),
        ("09:19", ()),
        ("09:20", ("AM",)),
        ("13:19", ("AM",)),
        ("13:20", ("AM", "PM")),
        ("17:59", ("AM", "PM")),
        ("18:00", ("AM", "PM", "CONTACT")),
    ],
)
def test_a_day_passes_by_the_schools_own_clock(clock: str, over: tuple[str, ...]) -> None:
    now = datetime.combine(ON, time.fromisoformat(clock), DUBLIN)
    assert over_on(USUAL, ON, now, SIX) == over


def test_days_gone_by_are_over_and_days_to_come_are_not() -> None:
    now = datetime.combine(ON, time(12), DUBLIN)
    assert over_on(USUAL, date(2025, 11, 11), now, SIX) == ("AM", "PM", "CONTACT")
    assert over_on(USUAL, date(2025, 11, 13), now, SIX) == ()


@pytest.mark.parametrize(
    ("on", "closes_at"),
    [
        (date(2025, 10, 26), datetime(2025, 10, 26, 9, 20, tzinfo=UTC)),  # winter time again
        (date(2026, 3, 29), datetime(2026, 3, 29, 8, 20, tzinfo=UTC)),  # summer time
    ],
)
def test_both_changes_of_the_clocks_leave_the_wall_clock_to_decide(
    on: date, closes_at: datetime
) -> None:
    moments = [closes_at.replace(minute=19), closes_at]
    said = [over_on(USUAL, on, now.astimezone(DUBLIN), SIX) for now in moments]
    assert said == [(), ("AM",)]


def test_what_has_closed_stays_closed_in_the_hour_that_comes_twice() -> None:
    night = [RegisterHours(date(2025, 9, 1), am_close=time(1, 30))]
    on = date(2025, 10, 26)
    moments = [datetime(2025, 10, 26, 0, 30, tzinfo=UTC), datetime(2025, 10, 26, 1, 0, tzinfo=UTC)]
    assert [over_on(night, on, now.astimezone(DUBLIN), SIX) for now in moments] == [("AM",)] * 2


def test_marks_of_a_register_that_is_open_are_not_shown() -> None:
    one = line({OPEN[3]: "NN", OPEN[4]: "NN"})
    lines = Lines.of([one])
    at = 2 * one.days.index(OPEN[4])
    assert lines.while_open(OPEN[4], ())[one.student].marks[at : at + 2] == "--"
    morning = lines.while_open(OPEN[4], ("AM",))[one.student]
    assert (morning.marks[at : at + 2], morning.codes[at : at + 2]) == ("N-", ("N", ""))
    assert morning.marks[at - 2 : at] == "NN"
    afternoon = lines.while_open(OPEN[4], ("PM", "CONTACT"))[one.student]
    assert afternoon.marks[at : at + 2] == "-N"
    assert lines.while_open(OPEN[4], ("AM", "PM", "CONTACT")) is lines
    assert lines.while_open(date(2024, 1, 1), ()) is lines
    assert lines[one.student].marks[at : at + 2] == "NN"


def test_the_shipped_contacts_of_the_day_wait_for_the_register() -> None:
    """001-023: SAME_DAY_TEXT after roll call, FIRST_DAY_CONTACT after the register has closed."""
    irish, english = (shipped_rule_set(f"{place}-default-1") for place in ("ie", "gb-eng"))
    assert [stage.waits for stage in irish.stages] == [True] + [False] * 10
    assert english.stages[0].waits

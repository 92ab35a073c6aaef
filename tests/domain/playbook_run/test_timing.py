"""D+n in school days or calendar days, at the first lawful moment of that day."""

from datetime import datetime, time

import msgspec
import pytest

from domain.playbook_run.timing import Hours, step_day
from domain.shared.calendar import SchoolCalendar
from domain.shared.playbooks import OffsetUnit, SendWindow, Step, Weekday
from tests.support.examples import STEPS
from tests.support.scenario import at, calendar

SCHOOL = calendar(closed="2025-10-27/2025-10-31")
SHORT = calendar(last="2025-12-19", closed="2025-10-27/2025-10-31")


def due_at(step: Step, trigger: datetime, now: datetime, calendar: SchoolCalendar) -> datetime:
    hours = Hours(calendar, SendWindow())
    return hours.first_moment(step_day(step, trigger, calendar), now)


def step(offset: int, unit: OffsetUnit) -> Step:
    return msgspec.structs.replace(STEPS[0], offset=offset, unit=unit)


@pytest.mark.parametrize(
    ("offset", "unit", "due"),
    [
        (0, OffsetUnit.SCHOOL_DAYS, "2025-10-22 11:00"),
        (1, OffsetUnit.SCHOOL_DAYS, "2025-10-23 09:00"),
        (3, OffsetUnit.SCHOOL_DAYS, "2025-11-03 09:00"),
        (7, OffsetUnit.SCHOOL_DAYS, "2025-11-07 09:00"),
        (0, OffsetUnit.CALENDAR_DAYS, "2025-10-22 11:00"),
        (1, OffsetUnit.CALENDAR_DAYS, "2025-10-23 09:00"),
        (3, OffsetUnit.CALENDAR_DAYS, "2025-11-03 09:00"),
        (7, OffsetUnit.CALENDAR_DAYS, "2025-11-03 09:00"),
        (13, OffsetUnit.CALENDAR_DAYS, "2025-11-04 09:00"),
    ],
)
def test_a_step_falls_on_its_school_or_calendar_day(
    offset: int, unit: OffsetUnit, due: str
) -> None:
    trigger = at("2025-10-22 11:00")
    assert due_at(step(offset, unit), trigger, trigger, SCHOOL) == at(due)


def test_a_trigger_late_at_night_counts_from_the_schools_own_day() -> None:
    night = at("2025-09-24 00:30")  # still 23 September in UTC
    assert due_at(step(1, OffsetUnit.SCHOOL_DAYS), night, night, SCHOOL) == at("2025-09-25 09:00")


def test_a_step_whose_day_has_passed_is_due_now_or_at_the_next_opening() -> None:
    trigger = at("2025-09-23 11:00")
    for now, due in (
        ("2025-10-08 15:00", "2025-10-08 15:00"),
        ("2025-10-08 20:00", "2025-10-09 09:00"),
    ):
        assert due_at(step(1, OffsetUnit.SCHOOL_DAYS), trigger, at(now), SCHOOL) == at(due)


@pytest.mark.parametrize(
    ("trigger", "offset", "due"),
    [
        ("2025-12-17 11:00", 2, "2025-12-19 09:00"),
        ("2025-12-17 11:00", 3, "2025-12-22 09:00"),
        ("2025-12-17 11:00", 7, "2025-12-26 09:00"),
        ("2025-12-17 11:00", 8, "2025-12-29 09:00"),
        ("2025-12-19 11:00", 1, "2025-12-22 09:00"),
        ("2025-12-24 11:00", 1, "2025-12-25 09:00"),
        ("2025-12-24 11:00", 0, "2025-12-24 11:00"),
    ],
)
def test_past_the_known_calendar_the_remaining_days_are_weekdays(
    trigger: str, offset: int, due: str
) -> None:
    """Two steps could fall on one day, or a later one before an earlier one."""
    when = at(trigger)
    assert due_at(step(offset, OffsetUnit.SCHOOL_DAYS), when, when, SHORT) == at(due)


def test_a_later_step_is_never_due_before_an_earlier_one() -> None:
    for trigger in (at("2025-10-22 11:00"), at("2025-12-10 11:00"), at("2026-01-07 11:00")):
        due = [due_at(step(n, OffsetUnit.SCHOOL_DAYS), trigger, trigger, SHORT) for n in range(25)]
        assert due == sorted(due)
        assert len(set(due[1:])) == 24


def test_hours_that_never_agree_are_the_schools() -> None:
    night = SendWindow(opens=time(20, 0), closes=time(22, 0))
    moment = at("2025-09-23 11:00")
    assert Hours(SCHOOL, night).first_moment(moment.date(), moment) == moment


def test_days_of_the_week_that_never_come_are_given_up() -> None:
    sundays = Hours(SCHOOL, SendWindow(days=(Weekday.SUNDAY,)))
    moment = at("2025-09-23 11:00")
    assert sundays.first_moment(moment.date(), moment) == moment

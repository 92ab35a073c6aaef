"""A preview says which step falls when at a school, and why not on the plain day."""

from datetime import date, time

import msgspec

from domain.playbook_run.previewing import Moment, Shift, Why, escalation_day, timeline
from domain.shared.calendar import SchoolCalendar
from domain.shared.playbooks import (
    Escalation,
    OffsetUnit,
    Playbook,
    SendWindow,
    WaitStep,
    Weekday,
)
from tests.support.examples import PLAYBOOK_1, STEPS
from tests.support.scenario import at, calendar

CHRISTMAS = calendar(closed="2025-12-22/2026-01-02")
TRIGGER = at("2025-12-18 11:00")  # the Thursday before the holidays


def counted(unit: OffsetUnit, **fields: object) -> Playbook:
    steps = tuple(msgspec.structs.replace(step, unit=unit) for step in STEPS)
    return msgspec.structs.replace(PLAYBOOK_1, steps=steps, **fields)


def shown(
    playbook: Playbook, on: SchoolCalendar = CHRISTMAS, trigger: str = "2025-12-18 11:00"
) -> list[tuple[str, str, list[Why]]]:
    found = timeline(playbook, on, at(trigger))
    return [(f"{m.local_at:%m-%d %H:%M}", f"{m.plain_on:%m-%d}", _why(m)) for m in found]


def _why(moment: Moment) -> list[Why]:
    return [shift.why for shift in moment.moved]


def test_school_days_go_round_the_holidays_and_say_so() -> None:
    """000-002 D counts school days by default; 000-044."""
    assert shown(counted(OffsetUnit.SCHOOL_DAYS)) == [
        ("12-19 09:00", "12-19", []),
        ("01-06 09:00", "12-23", [Why.SCHOOL_CLOSED]),
        ("01-12 09:00", "12-29", [Why.SCHOOL_CLOSED]),
    ]
    (closed,) = timeline(counted(OffsetUnit.SCHOOL_DAYS), CHRISTMAS, TRIGGER)[1].moved
    assert len(closed.days) == 10
    assert closed == Shift(Why.SCHOOL_CLOSED, closed.days)
    assert date(2025, 12, 25) in closed.days


def test_calendar_days_wait_for_the_first_open_day() -> None:
    """000-002 Calendar days are selectable; none of them reaches a family on Christmas Day."""
    assert shown(counted(OffsetUnit.CALENDAR_DAYS)) == [
        ("12-19 09:00", "12-19", []),
        ("01-05 09:00", "12-21", [Why.SCHOOL_CLOSED]),
        ("01-05 09:00", "12-25", [Why.SCHOOL_CLOSED, Why.STEP_BEFORE]),
    ]


def test_a_day_that_the_window_leaves_out_is_named() -> None:
    window = SendWindow(days=(Weekday.MONDAY,), opens=time(10, 0))
    _, second, _ = timeline(counted(OffsetUnit.SCHOOL_DAYS, window=window), CHRISTMAS, TRIGGER)
    assert f"{second.local_at:%Y-%m-%d %H:%M}" == "2026-01-12 10:00"
    assert second.moved[-1].why is Why.NOT_A_DAY_OF_THE_WINDOW


def test_a_step_of_the_same_evening_waits_for_the_morning() -> None:
    now = msgspec.structs.replace(STEPS[0], offset=0)
    book = msgspec.structs.replace(PLAYBOOK_1, steps=(now,))
    (moment,) = timeline(book, CHRISTMAS, at("2025-09-23 19:00"))
    assert f"{moment.local_at:%m-%d %H:%M}" == "09-24 09:00"
    assert moment.moved == (Shift(Why.HOURS_OVER, (date(2025, 9, 23),)),)


def test_what_lies_behind_the_known_calendar_says_so() -> None:
    short = calendar(last="2025-12-19")
    assert [why for _, _, why in shown(counted(OffsetUnit.SCHOOL_DAYS), short)] == [
        [],
        [Why.CALENDAR_ENDS],
        [Why.CALENDAR_ENDS],
    ]
    nothing = SchoolCalendar("Europe/Dublin", ())
    assert shown(counted(OffsetUnit.SCHOOL_DAYS), nothing)[0][2] == [Why.CALENDAR_ENDS]


def test_a_wait_is_shown_where_it_is_over_and_the_taking_over_by_its_day() -> None:
    wait = WaitStep(step_id="wait-1", order=1, offset=1, unit=OffsetUnit.SCHOOL_DAYS, wait=2)
    book = msgspec.structs.replace(PLAYBOOK_1, steps=(wait,))
    (moment,) = timeline(book, CHRISTMAS, at("2025-09-23 11:00"))
    assert moment.plain_on == date(2025, 9, 26)
    assert escalation_day(book, CHRISTMAS, TRIGGER) is None
    taken_over = msgspec.structs.replace(book, escalation=Escalation(after=2))
    assert escalation_day(taken_over, CHRISTMAS, TRIGGER) == date(2026, 1, 5)

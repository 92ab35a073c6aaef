"""The five conditions by their names, and the windows that they may look at."""

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.attendance.codes import DayCounting, MarkStatus
from domain.attendance.conditions import NotComputed, condition_of
from domain.attendance.evaluate import evaluate
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import Mark, Pupil, RegisterLine, Session, register_line
from domain.attendance.rules import Occasion, RuleSet, RuleSetUnreadable, Unit, read_rule_set
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.tally import SchoolFacts
from domain.attendance.triggers import Trigger, Window
from domain.attendance.windows import look_back, months_before
from domain.shared.ids import SchoolId, StudentId

SCHOOL = SchoolId(UUID(int=1))
CALENDAR = SchoolDays((Term(date(2025, 9, 1), date(2026, 6, 26)),))
OPEN = [day for n in range(299) if CALENDAR.is_open(day := date(2025, 9, 1) + timedelta(n))]
STATUS = {
    "/": MarkStatus.PRESENT,
    "L": MarkStatus.PRESENT_LATE,
    "A": MarkStatus.ABSENT_AUTHORISED,
}


def line(marks: str, calendar: SchoolDays = CALENDAR, **pupil: Any) -> RegisterLine:
    """A pupil's marks, one letter a day from the first day of the year."""
    said = [
        Mark(day, Session.DAY, letter, STATUS[letter])
        for day, letter in zip(OPEN, marks, strict=False)
    ]
    who = Pupil(StudentId(UUID(int=9)), SCHOOL, "9", **pupil)
    return register_line(who, said, DayCounting.WHOLE_DAYS, calendar)


def stages(*written: dict[str, Any]) -> str:
    return json.dumps(
        {
            "id": "t",
            "schoolYear": {"start": "09-01"},
            "stages": [
                {"order": n, "type": f"S{n}", "trigger": trigger}
                for n, trigger in enumerate(written)
            ],
        }
    )


def holds(
    trigger: dict[str, Any], on: date, one: RegisterLine, calendar: SchoolDays = CALENDAR
) -> bool:
    facts = {SCHOOL: SchoolFacts(calendar, Denominator.MARKS)}
    answer = evaluate(read_rule_set(stages(trigger)), on, [one], facts)
    assert answer.stages[0].not_computed is None
    return bool(answer.stages[0].count)


def refused(trigger: dict[str, Any]) -> str:
    with pytest.raises(RuleSetUnreadable) as why:
        read_rule_set(stages(trigger))
    return str(why.value)


@pytest.mark.parametrize(("marks", "on", "met"), [("A" * 5, 10, True), ("A" * 4, 10, False)])
def test_absence_count_threshold_five_in_thirty_days(marks: str, on: int, met: bool) -> None:
    """001-100."""
    condition = {"condition": "AbsenceCountThreshold", "value": 5, "days": 30}
    assert holds(condition, OPEN[on], line(marks + "/" * 30)) is met
    assert not holds(condition, OPEN[40], line(marks + "/" * 40))


@pytest.mark.parametrize(("percent", "met"), [(90, True), ("90.0", True), ("89.9", False)])
def test_attendance_percent_threshold_takes_ninety_exactly_as_reached(
    percent: int | str, met: bool
) -> None:
    """001-101: ten percent absence is persistent, so 90 exactly counts; exclusive says below."""
    one = line("AA" + "/" * 18)
    condition = {"condition": "AttendancePercentThreshold", "percent": percent}
    assert holds(condition, OPEN[19], one) is met
    assert not holds({**condition, "exclusive": True}, OPEN[19], one)


@pytest.mark.parametrize(("days", "met"), [(3, True), (2, False)])
def test_consecutive_absence_days_three_or_more(days: int, met: bool) -> None:
    """001-102."""
    condition = {"condition": "ConsecutiveAbsenceDays", "value": 3}
    assert holds(condition, OPEN[5], line("/AA/AA"[:-days] + "A" * days)) is met


@pytest.mark.parametrize(("late", "met"), [(3, True), (2, False)])
def test_tardy_count_threshold_counts_late_arrivals(late: int, met: bool) -> None:
    """001-103: late is present, and yet it is counted."""
    condition = {"condition": "TardyCountThreshold", "value": 3, "days": 14}
    assert holds(condition, OPEN[5], line("L" * late + "///")) is met
    assert not holds({"metric": "ABSENT_DAYS", "value": 1}, OPEN[5], line("LLL///"))


@pytest.mark.parametrize(("place", "met"), [(0, False), (25, True), (90, False)])
def test_date_window_says_when_a_rule_is_asked_at_all(place: int, met: bool) -> None:
    """001-104: dates, or days of every school year."""
    window = {"condition": "DateWindow", "from": "10-01", "to": "12-31"}
    both = {"all": [{"metric": "ABSENT_DAYS", "value": 0}, window]}
    assert holds(both, OPEN[place], line("/" * 120)) is met
    dated = {"condition": "DateWindow", "from": "2025-10-01", "to": "2025-12-31"}
    assert holds(dated, OPEN[place], line("/" * 120)) is met


def test_a_date_window_can_also_be_the_days_that_are_counted() -> None:
    """001-104: the evaluation period of another condition, also over the turn of the year."""
    window = {"type": "DATE_WINDOW", "from": "12-01", "to": "01-31"}
    one = line("A" * 65 + "/" * 60)
    assert sum(date(2025, 12, 1) <= day for day in OPEN[:65]) == 0
    two = line("/" * 70 + "AA" + "/" * 60)
    trigger = {"metric": "ABSENT_DAYS", "value": 2, "window": window}
    assert not holds(trigger, OPEN[110], one)
    assert holds(trigger, OPEN[110], two)


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ({"condition": "AbsencesThreshold", "value": 5}, "no condition is called"),
        ({"condition": "AbsenceCountThreshold"}, "needs a value"),
        ({"condition": "AttendancePercentThreshold"}, "needs percent"),
        ({"condition": "AttendancePercentThreshold", "percent": 92.5}, "needs percent"),
        ({"condition": "AttendancePercentThreshold", "percent": 101}, "at most 100"),
        ({"condition": "DateWindow", "from": "10-01"}, "needs from and to"),
        ({"condition": "DateWindow", "from": "10-01", "to": "2025-12-01"}, "both dates"),
        ({"condition": "DateWindow", "from": "tomorrow", "to": "12-01"}, "month and day"),
        ({"metric": "COUNT", "value": 1}, "needs codes"),
        ({"during": {"type": "SCHOOL_YEAR"}}, "during is a DATE_WINDOW"),
        (
            {"metric": "ABSENT_DAYS", "value": 1, "window": {"which": "PREVIOUS"}},
            "TERM and HALF_TERM only",
        ),
    ],
)
def test_a_condition_that_cannot_be_meant_is_refused(trigger: dict[str, Any], words: str) -> None:
    assert words in refused(trigger)


def test_a_condition_may_stand_beside_the_type_of_its_stage() -> None:
    flat = {"order": 1, "type": "LATE", "condition": "TardyCountThreshold", "value": 3, "days": 7}
    rules = RuleSet.model_validate({"id": "t", "stages": [flat]})
    assert rules.stages[0].trigger.metric == "TARDY_COUNT"
    assert RuleSet.model_validate(rules.model_dump(by_alias=True, mode="json")) == rules
    dated = {"condition": "DateWindow", "from": "2025-10-01", "to": "2025-12-31"}
    gate = read_rule_set(stages(dated))
    assert RuleSet.model_validate(gate.model_dump(mode="json")) == gate


def test_a_pupil_who_came_late_is_not_asked_before_so_many_school_days() -> None:
    trigger = {"metric": "ABSENT_DAYS", "value": 1, "minEnrolledDays": 30}
    one = line("A" * 60, enrolled_on=OPEN[10])
    assert not holds(trigger, OPEN[38], one)
    assert holds(trigger, OPEN[39], one)


def test_an_occasion_that_nobody_knows_is_not_computed() -> None:
    trigger = Trigger.model_validate({"metric": "OCCASIONS", "value": 3})
    strange = Occasion(any_of=("FULL_DAY_UNEXCUSED", "FULL_MOON"))
    found = condition_of(trigger, Unit.OCCASION, strange)
    assert found == NotComputed("the occasion FULL_MOON is not computed here")


@pytest.mark.parametrize(("kind", "calendar"), [("TERM", SchoolDays()), ("HALF_TERM", CALENDAR)])
def test_a_term_that_nobody_told_us_of_is_an_empty_window(kind: str, calendar: SchoolDays) -> None:
    window = {"type": kind, "which": "PREVIOUS"}
    one = line("A" * 20, calendar)
    assert not holds(
        {"metric": "ABSENT_DAYS", "value": 1, "window": window}, OPEN[15], one, calendar
    )


@pytest.mark.parametrize(
    ("on", "months", "before"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 7, 31), 6, date(2026, 1, 31)),
        (date(2026, 1, 31), 2, date(2025, 11, 30)),
    ],
)
def test_months_are_months_and_not_thirty_days(on: date, months: int, before: date) -> None:
    assert date.fromordinal(months_before(on.toordinal(), months)) == before


@pytest.mark.parametrize(
    ("window", "days"),
    [
        ({"type": "SCHOOL_YEAR"}, 0),
        ({"type": "ROLLING_CALENDAR_DAYS", "n": 30}, 30),
        ({"type": "ROLLING_SCHOOL_WEEKS", "n": 10}, 70),
        ({"type": "ROLLING_SCHOOL_DAYS", "n": 20}, 28),
        ({"type": "ROLLING_MONTHS", "n": 6}, 184),
        ({"type": "HALF_TERM", "which": "PREVIOUS"}, 100),
    ],
)
def test_a_window_says_how_far_back_marks_are_needed(window: dict[str, Any], days: int) -> None:
    assert look_back(Window.model_validate(window)) >= days


def test_a_window_that_begins_anew_with_the_school_year() -> None:
    calendar = SchoolDays(
        (Term(date(2024, 9, 2), date(2025, 6, 27)), Term(date(2025, 9, 1), date(2026, 6, 26)))
    )
    june = [Mark(date(2025, 6, 20), Session.DAY, "A", STATUS["A"])]
    pupil = Pupil(StudentId(UUID(int=9)), SCHOOL, "9")
    one = register_line(pupil, june, DayCounting.WHOLE_DAYS, calendar)
    weeks = {"type": "ROLLING_SCHOOL_WEEKS", "n": 4}
    trigger = {"metric": "ABSENT_DAYS", "value": 1, "window": weeks}
    assert holds(trigger, date(2025, 9, 5), one, calendar)
    own = {**trigger, "window": {**weeks, "sameSchoolYear": True}}
    assert not holds(own, date(2025, 9, 5), one, calendar)

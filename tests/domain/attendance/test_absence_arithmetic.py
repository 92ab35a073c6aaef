"""Days absent and rates, in whole half-days: the worked examples and their neighbours."""

from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attendance.codes import ABSENT, ATTENDING, DayCounting, MarkStatus, Reasons
from domain.attendance.metrics import Counting, Denominator, Numbers, in_days
from domain.attendance.register_line import (
    Mark,
    Pupil,
    RegisterLine,
    Session,
    register_line,
    whole_day_line,
)
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.tally import measure
from domain.shared.ids import SchoolId, StudentId
from tests.support.asking_rules import PERSISTENT, SEVERE, days_absent, reaches

S = MarkStatus
MONDAY = date(2025, 9, 1)
WEEKDAYS = [day for day in (MONDAY + timedelta(days=n) for n in range(400)) if day.weekday() < 5]
YEAR = (MONDAY, MONDAY + timedelta(days=399))
SUMMER = date(2026, 8, 31)  # the last day of the school year: every mark of it has settled
OPEN = SchoolDays()
PUPIL = Pupil(StudentId(UUID(int=1)), SchoolId(UUID(int=2)), "1")


def line_of(
    marks: Iterable[Mark],
    counting: DayCounting = DayCounting.HALF_DAYS,
    calendar: SchoolDays = OPEN,
    pupil: Pupil | None = None,
) -> RegisterLine:
    return register_line(pupil or PUPIL, marks, counting, calendar)


def halves(statuses: Iterable[MarkStatus]) -> list[Mark]:
    """Marks of half-days, morning and afternoon, one status after the other."""
    places = ((day, half) for day in WEEKDAYS for half in (Session.AM, Session.PM))
    return [
        Mark(day, half, status[0], status)
        for (day, half), status in zip(places, statuses, strict=False)
    ]


def days(*statuses: MarkStatus) -> list[Mark]:
    return [
        Mark(day, Session.DAY, "", status) for day, status in zip(WEEKDAYS, statuses, strict=False)
    ]


def numbers(line: RegisterLine, counting: Counting = Counting()) -> Numbers:  # noqa: B008
    return measure(line, OPEN, YEAR, counting, Denominator.MARKS)


def numbers_of(absent: int, possible: int) -> Numbers:
    return Numbers(absent, possible, *YEAR, Denominator.MARKS)


def line_with(absent: int, possible: int) -> RegisterLine:
    gone = [S.ABSENT_AUTHORISED] * absent
    return line_of(halves([*gone, *[S.PRESENT] * (possible - absent)]))


def test_a_what_is_in_the_denominator() -> None:
    """118 of 140 and 125 of 140 would both accuse: traps 1, 2 and 10."""
    marks = halves(
        [S.PRESENT] * 118
        + [S.PRESENT_LATE] * 4
        + [S.PRESENT_OFFSITE] * 3
        + [S.ABSENT_AUTHORISED] * 8
        + [S.ABSENT_UNAUTHORISED] * 3
        + [S.NOT_COUNTED] * 2
        + [S.NOT_OPEN] * 2
    )
    line = line_of(marks)
    found = numbers(line)
    assert (found.absent, found.possible) == (11, 136)
    assert found.rate_percent == "8.1"
    assert not reaches(line, PERSISTENT, SUMMER)
    assert reaches(line, {**PERSISTENT, "value": "11/136"}, SUMMER)


@pytest.mark.parametrize(
    ("absent", "possible", "persistent"),
    [(38, 380, True), (37, 380, False), (36, 359, True), (36, 361, False)],
)
def test_b_the_boundary_is_decided_by_whole_numbers(
    absent: int, possible: int, persistent: bool
) -> None:
    """Exactly 10 % is persistent: traps 7 and 8."""
    assert reaches(line_with(absent, possible), PERSISTENT, SUMMER) is persistent


@pytest.mark.parametrize(("absent", "severe"), [(9, False), (10, True), (11, True)])
def test_b_half_of_the_sessions_is_severe_absence(absent: int, severe: bool) -> None:
    assert reaches(line_with(absent, 20), SEVERE, SUMMER) is severe


@pytest.mark.parametrize(("possible", "held"), [(39, False), (40, True), (41, True)])
def test_d_a_small_denominator_opens_no_case(possible: int, held: bool) -> None:
    """15 % of twenty is persistent by statistics; with minPossible 40 nobody acts on it."""
    assert reaches(line_with(3, 20), PERSISTENT, SUMMER)
    guarded = {**PERSISTENT, "minPossible": 40}
    assert not reaches(line_with(3, 20), guarded, SUMMER)
    assert reaches(line_with(6, possible), guarded, SUMMER) is held


def test_c_display_hides_the_boundary_and_decides_nothing() -> None:
    assert numbers_of(36, 359).rate_percent == numbers_of(36, 361).rate_percent == "10.0"


@pytest.mark.parametrize(
    ("absent", "possible", "percent"),
    [(1, 8, "12.5"), (1, 16, "6.3"), (1, 2000, "0.1"), (1, 2001, "0.0"), (7, 7, "100.0")],
)
def test_display_rounds_half_up(absent: int, possible: int, percent: str) -> None:
    assert numbers_of(absent, possible).rate_percent == percent


def test_an_exclusive_threshold_is_strict() -> None:
    rate, count = {**PERSISTENT, "exclusive": True}, days_absent(20, exclusive=True)
    assert [reaches(line_with(n, 380), rate, SUMMER) for n in (38, 39)] == [False, True]
    assert [reaches(line_with(n, 380), count, SUMMER) for n in (40, 41)] == [False, True]


def test_e_half_a_day_where_morning_and_afternoon_count() -> None:
    line = line_of(halves([S.ABSENT_AUTHORISED, S.PRESENT]))
    found = numbers(line)
    assert in_days(found.absent) == "0.5"
    assert in_days(found.possible) == 1
    assert found.rate == "1/2"
    assert reaches(line, days_absent("1/2"), SUMMER)
    assert not reaches(line, days_absent(1), SUMMER)


@pytest.mark.parametrize(
    ("morning", "afternoon", "absent"),
    [
        (S.ABSENT_AUTHORISED, S.PRESENT, 1),
        (S.PRESENT, S.ABSENT_AUTHORISED, 0),
        (S.MISSING, S.ABSENT_UNEXPLAINED, 1),
        (S.NOT_OPEN, S.PRESENT, 0),
    ],
)
def test_e_an_irish_day_is_absent_or_present_by_its_roll_call(
    morning: MarkStatus, afternoon: MarkStatus, absent: int
) -> None:
    line = line_of(halves([morning, afternoon]), DayCounting.WHOLE_DAYS)
    found = numbers(line)
    assert in_days(found.absent) == absent
    assert in_days(found.possible) == 1


def test_f_a_mixed_day_is_one_possible_half_day() -> None:
    line = line_of(halves([S.ABSENT_AUTHORISED, S.NOT_OPEN]))
    found = numbers(line)
    assert (found.absent, found.possible) == (1, 1)
    assert reaches(line, days_absent("1/2"), SUMMER)
    assert not reaches(line, days_absent(1), SUMMER)


@pytest.mark.parametrize(
    ("marks", "run"),
    [
        ([S.ABSENT_AUTHORISED, S.ABSENT_AUTHORISED], 2),
        ([S.ABSENT_AUTHORISED, S.NOT_COUNTED, S.ABSENT_AUTHORISED], 2),
        ([S.ABSENT_AUTHORISED, S.PRESENT, S.ABSENT_AUTHORISED], 1),
    ],
)
def test_g_friday_and_monday_are_two_days_in_a_row(marks: list[MarkStatus], run: int) -> None:
    """Trap 18: neither a weekend nor a day that did not count breaks or extends the run."""
    friday = WEEKDAYS[4:]
    line = line_of(Mark(on, Session.DAY, "", x) for on, x in zip(friday, marks, strict=False))
    asked = {"metric": "CONSECUTIVE_DAYS", "value": run}
    assert reaches(line, asked, SUMMER)
    assert not reaches(line, {**asked, "value": run + 1}, SUMMER)


@pytest.mark.parametrize(("absent", "reached"), [(19, False), (20, True)])
def test_h_not_less_than_twenty_irish_days(absent: int, reached: bool) -> None:
    line = line_of(days(*[S.ABSENT_AUTHORISED] * absent, S.PRESENT), DayCounting.WHOLE_DAYS)
    assert reaches(line, days_absent(20), SUMMER, unit="DAY") is reached


def test_i_late_is_present_and_after_the_close_is_unexcused() -> None:
    line = line_of(halves([S.PRESENT_LATE, S.ABSENT_UNAUTHORISED]))
    assert numbers(line, Counting(Reasons.UNEXCUSED)).absent == 1
    assert numbers(line, Counting(Reasons.EXCUSED)).absent == 0


def test_no_possible_day_gives_no_rate() -> None:
    found = numbers(line_of([]))
    assert found.rate is None
    assert found.rate_percent is None
    assert not reaches(line_of([]), {**PERSISTENT, "value": "0/100"}, SUMMER)


def test_a_missing_mark_is_neither_present_nor_absent() -> None:
    found = numbers(line_of(halves([S.MISSING, S.PRESENT])))
    assert (found.absent, found.possible) == (0, 1)


def test_a_mark_on_a_closed_day_counts_nowhere() -> None:
    closed = SchoolDays(closed=frozenset({MONDAY}))
    found = numbers(line_of(days(S.ABSENT_AUTHORISED, S.PRESENT), calendar=closed))
    assert (found.absent, found.possible) == (0, 2)


def test_the_word_on_one_half_is_nearer_than_the_word_on_the_day() -> None:
    said = [
        Mark(MONDAY, Session.PM, "A", S.ABSENT_AUTHORISED),
        Mark(MONDAY, Session.DAY, "/", S.PRESENT),
    ]
    for marks in (said, said[::-1]):
        line = line_of(marks)
        assert line.marks == "/A"
        assert line.codes == ("/", "A")


def test_a_joiner_is_judged_from_the_first_day_and_a_leaver_to_the_last() -> None:
    marks = days(*[S.ABSENT_AUTHORISED] * 10)
    line = line_of(marks, pupil=PUPIL._replace(enrolled_on=WEEKDAYS[3], left_on=WEEKDAYS[6]))
    assert numbers(line).absent == 8
    assert [line.on_roll(WEEKDAYS[n]) for n in (2, 3, 6, 7)] == [False, True, True, False]


def test_only_named_codes_count_and_excluded_ones_never() -> None:
    marks = [
        Mark(day, Session.DAY, code, S.ABSENT_AUTHORISED)
        for day, code in zip(WEEKDAYS, ["f", "A", "D", "F"], strict=False)
    ]
    line = line_of(marks)
    assert numbers(line, Counting(only_codes=frozenset("F"))).absent == 4
    assert numbers(line, Counting(never_codes=frozenset("F"))).absent == 4
    assert (
        numbers(line, Counting(only_codes=frozenset("FD"), never_codes=frozenset("F"))).absent == 2
    )
    assert numbers(line, Counting(never_codes=frozenset("F"))).possible == 8


def test_declared_days_are_the_denominator_where_only_exceptions_are_marked() -> None:
    school = SchoolDays((Term(WEEKDAYS[0], WEEKDAYS[99], 90),))
    marks = days(S.ABSENT_AUTHORISED, S.PRESENT_LATE, S.NOT_COUNTED)
    line = line_of(marks, calendar=school)
    found = measure(line, school, YEAR, Counting(), Denominator.DECLARED_DAYS)
    assert (found.absent, found.possible, found.estimated) == (2, 178, False)
    assert found.as_dict() == {
        "absent_days": 1,
        "possible_days": 89,
        "rate": "1/89",
        "rate_percent": "1.1",
        "window": {"from": "2025-09-01", "to": YEAR[1].isoformat()},
        "denominator": "DECLARED_DAYS",
        "estimated": False,
    }


def test_declared_days_before_a_joiner_came_do_not_count() -> None:
    school = SchoolDays((Term(WEEKDAYS[0], WEEKDAYS[99], 90),))
    joiner = PUPIL._replace(enrolled_on=WEEKDAYS[80])
    line = line_of(days(*[S.ABSENT_AUTHORISED] * 82), calendar=school, pupil=joiner)
    found = measure(line, school, YEAR, Counting(), Denominator.DECLARED_DAYS)
    assert (found.absent, found.possible, found.estimated) == (4, 40, True)


@given(
    statuses=st.lists(st.sampled_from(list(MarkStatus)), max_size=40),
    counting=st.sampled_from(list(DayCounting)),
    closed=st.sets(st.sampled_from(WEEKDAYS[:40]), max_size=2),
)
def test_the_fast_way_to_a_line_gives_the_same_line(
    statuses: list[MarkStatus], counting: DayCounting, closed: set[date]
) -> None:
    calendar = SchoolDays(closed=frozenset(closed))
    marks = [
        Mark(day, Session.DAY, status[0].lower(), status)
        for day, status in zip(WEEKDAYS, statuses, strict=False)
    ]
    fast = whole_day_line(
        PUPIL,
        [mark.on for mark in marks],
        [mark.code for mark in marks],
        [mark.status.value for mark in marks],
        calendar,
        counting,
    )
    if any(mark.on in closed for mark in marks):
        assert fast is None
    else:
        assert fast == line_of(marks, counting, calendar)


STATUSES = st.lists(st.sampled_from(list(MarkStatus)), max_size=80)
NAIVE = {status: (status in ATTENDING, status in ABSENT[Reasons.ANY]) for status in MarkStatus}


@given(
    statuses=STATUSES,
    first=st.integers(0, 60),
    length=st.integers(0, 60),
    value=st.fractions(0, 1, max_denominator=200),
)
def test_counts_and_rates_agree_with_plain_fractions(
    statuses: list[MarkStatus], first: int, length: int, value: Fraction
) -> None:
    window = (MONDAY + timedelta(days=first), MONDAY + timedelta(days=first + length))
    marks = halves(statuses)
    inside = [NAIVE[mark.status] for mark in marks if window[0] <= mark.on <= window[1]]
    line = line_of(marks)
    found = measure(line, OPEN, window, Counting(), Denominator.MARKS)
    absent, attending = sum(gone for _, gone in inside), sum(here for here, _ in inside)
    assert (found.absent, found.possible) == (absent, attending + absent)
    if found.possible:
        rate = Fraction(absent, found.possible)
        dates = {"type": "DATE_WINDOW", **dict(zip(("from", "to"), map(str, window), strict=True))}
        threshold = f"{value.numerator}/{value.denominator}"
        asked = {"metric": "ABSENCE_RATE", "value": threshold, "window": dates}
        assert reaches(line, asked, SUMMER) is (rate >= value)
        assert reaches(line, {**asked, "exclusive": True}, SUMMER) is (rate > value)
        assert found.rate is not None
        assert Fraction(found.rate) == rate

"""Arrays over whole schools give what one pupil's marks say, on one day and on every day."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.attendance.codes import DayCounting, MarkStatus, Reasons
from domain.attendance.evaluate import evaluate
from domain.attendance.metrics import Counting, Denominator, Numbers
from domain.attendance.register_line import Mark, Session
from domain.attendance.rules import RuleSet
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import over_days
from domain.attendance.tally import SchoolFacts, measure
from domain.attendance.triggers import Window
from tests.support import naive_register as naive
from tests.support.naive_register import CODES, DAY, SCHOOL, Register, half_days, made_up, run

SEEDS = st.integers(0, 2**32)
DAYS = st.sampled_from(naive.days_of(date(2025, 9, 1), date(2026, 8, 20)))
WINDOWS: list[dict[str, Any]] = [
    {"type": "SCHOOL_YEAR"},
    {"type": "ENROLMENT_TO_DATE"},
    {"type": "TERM"},
    {"type": "TERM", "which": "PREVIOUS"},
    {"type": "HALF_TERM"},
    {"type": "HALF_TERM", "which": "PREVIOUS"},
    {"type": "ROLLING_SCHOOL_WEEKS", "n": 3},
    {"type": "ROLLING_SCHOOL_WEEKS", "n": 30, "spansYears": False},
    {"type": "ROLLING_SCHOOL_DAYS", "n": 20},
    {"type": "ROLLING_CALENDAR_DAYS", "n": 28},
    {"type": "ROLLING_MONTHS", "n": 6, "sameSchoolYear": True},
    {"type": "ROLLING_MONTHS", "n": 1},
    {"type": "DATE_WINDOW", "from": "2025-10-01", "to": "2026-02-28"},
]
Expected = Callable[[Register, date, date], tuple[int, int]]


def _possible(one: Register, first: date, last: date) -> int:
    return half_days(one, first, last, naive.is_possible)


def _half_days(counts: Callable[[str], bool]) -> Expected:
    return lambda one, first, last: (
        half_days(one, first, last, counts),
        _possible(one, first, last),
    )


def _whole_days(reasons: Reasons) -> Expected:
    def found(one: Register, first: date, last: date) -> tuple[int, int]:
        pairs = [one.pair(on) for on in naive.days_of(first, last)]
        gone = sum(naive.absent_all_day(pair, reasons) for pair in pairs)
        return 2 * gone, 2 * sum(any(map(naive.is_possible, pair)) for pair in pairs)

    return found


METRICS: dict[str, tuple[dict[str, Any], Expected]] = {
    "days": ({"metric": "ABSENT_DAYS"}, _half_days(naive.is_absent)),
    "excused": (
        {"metric": "ABSENT_DAYS", "reasons": "EXCUSED"},
        _half_days(lambda code: naive.is_absent(code, Reasons.EXCUSED)),
    ),
    "rate": ({"metric": "ABSENCE_RATE", "value": "0/100"}, _half_days(naive.is_absent)),
    "codes": ({"metric": "COUNT", "codes": ["G", "N", "U"]}, _half_days(lambda c: c in "GNU")),
    "statuses": (
        {"metric": "COUNT", "codes": ["NOT_COUNTED", "L"], "excludeCodes": ["L"]},
        _half_days(lambda code: code == "Y"),
    ),
    "run": (
        {"metric": "CONSECUTIVE_DAYS"},
        lambda one, a, b: (2 * run(one, a, b), _possible(one, a, b)),
    ),
    "whole days": (
        {"metric": "ABSENT_DAY_RATE", "value": "0/1"},
        _whole_days(Reasons.ANY),
    ),
    "unexcused days": (
        {"metric": "UNEXCUSED_DAY_RATE", "value": "0/1"},
        _whole_days(Reasons.UNEXCUSED),
    ),
    "occasions": (
        {"metric": "OCCASIONS"},
        lambda one, a, b: (2 * naive.occasions(one, a, b, 30, 1), _possible(one, a, b)),
    ),
    "late": (
        {"metric": "TARDY_COUNT"},
        lambda one, a, b: (
            2 * sum(bool({*"LTE"} & {*one.pair(on)}) for on in naive.days_of(a, b)),
            _possible(one, a, b),
        ),
    ),
}
OCCASION = {
    "anyOf": ["FULL_DAY_UNEXCUSED", "TARDY_OR_PART_ABSENCE_UNEXCUSED_MINUTES_GT_30"],
    "maxPerDay": 1,
}


def rules(*triggers: dict[str, Any], settle: int = 0) -> RuleSet:
    stages = [
        {"order": n, "type": f"S{n}", "settleDays": settle, "trigger": {"value": 0, **trigger}}
        for n, trigger in enumerate(triggers)
    ]
    return RuleSet.model_validate(
        {
            "id": "t",
            "unit": "SESSION",
            "schoolYear": {"start": "09-01"},
            "population": {"onRoll": False},
            "occasion": OCCASION,
            "stages": stages,
        }
    )


def facts(registers: list[Register], denominator: Denominator = Denominator.MARKS) -> SchoolFacts:
    return SchoolFacts(registers[0].calendar, denominator, naive.TABLE)


def found_numbers(
    registers: list[Register],
    on: list[date],
    rule_set: RuleSet,
    denominator: Denominator = Denominator.MARKS,
) -> list[list[list[Numbers]]]:
    """For each stage, day and pupil what was counted, whether or not it reached anything.

    Where nothing was possible the window is left out: the days before the first one have no names.
    """
    sheet = sheet_of([one.line() for one in registers])
    found = []
    for stage in over_days(rule_set, on, sheet, facts(registers, denominator)):
        tally = stage.finding.tally
        assert tally is not None
        pupils = range(len(registers))
        found.append([[_shown(tally.numbers(k, n)) for n in pupils] for k in range(len(on))])
    return found


def _shown(said: Numbers) -> Numbers:
    return said if said.possible else Numbers(said.absent, 0, date.min, date.min, said.denominator)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, on=DAYS, window=st.sampled_from(WINDOWS), settle=st.sampled_from([0, 2, 5]))
def test_arrays_count_what_each_pupils_marks_say(
    seed: int, on: date, window: dict[str, Any], settle: int
) -> None:
    """Every metric over every window, with joiners, leavers, part days and closures: 001-049."""
    registers = made_up(seed, pupils=4)
    first, last = naive.bounds(Window.model_validate(window), registers[0].calendar, on, settle)
    triggers = [{**trigger, "window": window} for trigger, _ in METRICS.values()]
    found = found_numbers(registers, [on], rules(*triggers, settle=settle))
    for (name, (_, expected)), (numbers,) in zip(METRICS.items(), found, strict=True):
        for one, said in zip(registers, numbers, strict=True):
            assert (said.absent, said.possible) == expected(one, first, last), name
            assert not said.possible or said.last == last


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, on=DAYS)
def test_what_nobody_has_said_of_parts_of_days_is_told_and_never_counted(
    seed: int, on: date
) -> None:
    registers = made_up(seed, pupils=4)
    first, last = naive.bounds(Window(), registers[0].calendar, on)
    ((numbers,),) = found_numbers(registers, [on], rules({"metric": "OCCASIONS"}))
    for one, said in zip(registers, numbers, strict=True):
        if said.possible:
            assert said.undecided == naive.undecided(one, first, last, 30, 1)


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, on=DAYS, settle=st.sampled_from([0, 3]))
@example(seed=11723, on=date(2026, 4, 26), settle=0)  # a Monday that was closed
def test_every_day_of_a_period_at_once_is_day_by_day(seed: int, on: date, settle: int) -> None:
    registers = made_up(seed, pupils=3)
    triggers = [
        {**trigger, "window": window}
        for trigger, _ in METRICS.values()
        for window in (WINDOWS[0], Random(seed).choice(WINDOWS))
    ]
    period = naive.days_of(on, on + 9 * DAY)
    rule_set = rules(*triggers, settle=settle)
    for denominator in Denominator:
        at_once = found_numbers(registers, period, rule_set, denominator)
        each = [found_numbers(registers, [day], rule_set, denominator) for day in period]
        assert at_once == [[one[stage][0] for one in each] for stage in range(len(triggers))]


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, on=DAYS)
def test_the_nightly_answer_and_the_answer_about_one_pupil_are_one(seed: int, on: date) -> None:
    """Evaluate a school and simulate a student are the same function: 001-095, 001-096."""
    registers = made_up(seed)
    lines = [one.line() for one in registers]
    triggers: list[dict[str, Any]] = [
        {"metric": "ABSENT_DAYS", "value": 20},
        {"metric": "ABSENCE_RATE", "value": "1/5"},
    ]
    rule_set, schools = rules(*triggers), {SCHOOL: facts(registers)}
    together = evaluate(rule_set, on, lines, schools)
    for stage in range(len(triggers)):
        alone = [evaluate(rule_set, on, [line], schools).stages[stage].pupils for line in lines]
        assert together.stages[stage].pupils == tuple(one for found in alone for one in found)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, on=DAYS)
def test_a_rate_is_never_below_nought_or_above_one(seed: int, on: date) -> None:
    registers = made_up(seed)
    triggers: list[dict[str, Any]] = [
        {"metric": metric, "value": "0/1"}
        for metric in ("ABSENCE_RATE", "ABSENT_DAY_RATE", "UNEXCUSED_DAY_RATE")
    ]
    for (numbers,) in found_numbers(registers, [on], rules(*triggers)):
        for said in numbers:
            assert 0 <= said.absent <= said.possible
            assert (said.rate is None) is (said.possible == 0)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, on=DAYS, data=st.data())
def test_a_session_that_does_not_count_changes_no_rate(
    seed: int, on: date, data: st.DataObject
) -> None:
    one = replace(made_up(seed, pupils=1)[0])
    day = data.draw(DAYS.filter(lambda day: all(mark.on != day for mark in one.marks)))
    status = data.draw(st.sampled_from([MarkStatus.NOT_COUNTED, MarkStatus.NOT_OPEN]))
    code = "Y" if status is MarkStatus.NOT_COUNTED else "#"
    more = replace(one, marks=(*one.marks, Mark(day, Session.AM, code, status)))
    window = (date(2025, 9, 1), on)
    before, after = (
        measure(each.line(), each.calendar, window, Counting(), Denominator.MARKS)
        for each in (one, more)
    )
    assert before == after


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, order=st.randoms(use_true_random=False))
def test_the_order_in_which_marks_arrive_changes_nothing(seed: int, order: Random) -> None:
    one = made_up(seed, pupils=1)[0]
    marks = list(one.marks)
    order.shuffle(marks)
    assert replace(one, marks=tuple(marks)).line() == one.line()


def test_more_different_marks_than_a_byte_can_number_keep_their_status() -> None:
    one = made_up(1, pupils=1)[0]
    days = [
        day
        for day in naive.days_of(date(2025, 9, 1), date(2026, 7, 17))
        if one.calendar.is_open(day)
    ]
    strange = tuple(
        Mark(day, session, f"?{n}{session}", MarkStatus.ABSENT_UNAUTHORISED)
        for n, day in enumerate(days)
        for session in (Session.AM, Session.PM)
    )
    pupil = one.pupil._replace(enrolled_on=None, left_on=None)
    many = replace(one, marks=strange, pupil=pupil, counting=DayCounting.HALF_DAYS)
    window = (days[0], days[-1])
    said = measure(many.line(), many.calendar, window, Counting(), Denominator.MARKS)
    assert said.absent == said.possible == 2 * len(days)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_of_the_made_up_schools_is_met(code: str) -> None:
    assert any(mark.code == code for one in made_up(1) for mark in one.marks)

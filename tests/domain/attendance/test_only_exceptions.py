"""Registers where only exceptions are marked: no mark means present (DOMAIN 1.4)."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.attendance import tally
from domain.attendance.codes import DayCounting
from domain.attendance.day_words import DayPart, DayWord, school_days
from domain.attendance.metrics import Counting, Denominator, Numbers
from domain.attendance.only_exceptions import as_expected
from domain.attendance.register_line import Mark, Pupil, Session, register_line
from domain.attendance.roll import Roll
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.sheet import sheet_of
from domain.attendance.standing import over_days
from domain.attendance.tally import SchoolFacts, measure
from tests.support.naive_ladder import student
from tests.support.naive_register import CODES, DAY, SCHOOL, Register, days_of, made_up

MONDAY = date(2025, 9, 1)
TERM = Term(MONDAY, date(2025, 12, 19), 80)
OPEN = [day for day in days_of(TERM.begins_on, TERM.ends_on) if day.weekday() < 5]
SEEDS = st.integers(0, 2**32)
DAYS = st.sampled_from(days_of(date(2025, 9, 1), date(2026, 8, 20)))
WINDOWS: list[dict[str, Any]] = [
    {"type": "SCHOOL_YEAR"},
    {"type": "TERM"},
    {"type": "ROLLING_SCHOOL_DAYS", "n": 20},
    {"type": "ROLLING_CALENDAR_DAYS", "n": 28},
]
METRICS: dict[str, dict[str, Any]] = {
    "days": {"metric": "ABSENT_DAYS", "value": 0},
    "run": {"metric": "CONSECUTIVE_DAYS", "value": 0},
    "whole": {"metric": "ABSENT_DAY_RATE", "value": "0/1"},
    "unexcused": {"metric": "UNEXCUSED_DAY_RATE", "value": "0/1"},
    "rate": {"metric": "ABSENCE_RATE", "value": "0/1"},
    "occasions": {"metric": "OCCASIONS", "value": 0},
}
RATES = ("whole", "unexcused", "rate")


def rules(window: dict[str, Any]) -> RuleSet:
    return RuleSet.model_validate(
        {
            "id": "t",
            "schoolYear": {"start": "09-01"},
            "population": {"onRoll": False},
            "occasion": {"anyOf": ["FULL_DAY_UNEXCUSED"], "maxPerDay": 1},
            "stages": [
                {"order": n, "type": name.upper(), "trigger": {**one, "window": window}}
                for n, (name, one) in enumerate(METRICS.items())
            ],
        }
    )


def counted(
    registers: list[Register], on: date, window: dict[str, Any], denominator: Denominator
) -> dict[str, list[Numbers]]:
    sheet = sheet_of([one.line() for one in registers])
    facts = SchoolFacts(registers[0].calendar, denominator)
    found = {}
    for name, stage in zip(METRICS, over_days(rules(window), [on], sheet, facts), strict=True):
        counts = stage.finding.tally
        assert counts is not None
        found[name] = [counts.numbers(0, pupil) for pupil in range(len(registers))]
    return found


def both_ways(seed: int) -> tuple[list[Register], list[Register]]:
    """The same pupils twice: every half-day marked, and only what was not plain presence."""
    random = Random(seed)
    full = [_whole(random, one) for one in made_up(seed, pupils=4)]
    bare = [replace(one, marks=tuple(m for m in one.marks if m.code != "/")) for one in full]
    return full, bare


def _whole(random: Random, one: Register) -> Register:
    codes = ["/"] * random.choice([2, 12]) + [code for code in CODES if code not in "-#"]
    marks = []
    for day in days_of(date(2025, 9, 1), date(2026, 8, 20)):
        if one.calendar.is_open(day):
            again = random.choice(codes)
            pair = random.choice([(again, again), (random.choice(codes), random.choice(codes))])
            marks += [
                Mark(day, session, code, CODES[code])
                for session, code in zip((Session.AM, Session.PM), pair, strict=True)
            ]
    return replace(one, marks=tuple(marks), counting=DayCounting.HALF_DAYS)


def differences(seed: int, on: date, window: dict[str, Any]) -> list[str]:
    """Name what a full register and an only-exceptions register of the same pupils count apart."""
    full, bare = both_ways(seed)
    one = counted(full, on, window, Denominator.MARKS)
    other = counted(bare, on, window, Denominator.DECLARED_DAYS)
    return [name for name in METRICS if _absent(one[name]) != _absent(other[name])]


def _absent(numbers: list[Numbers]) -> list[int]:
    return [one.absent for one in numbers]


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS, on=DAYS, window=st.sampled_from(WINDOWS))
def test_no_mark_counts_as_the_mark_of_presence_would(
    seed: int, on: date, window: dict[str, Any]
) -> None:
    """Runs, whole days, absent days and occasions: 001-049, DOMAIN 1.4, 2.2 E to G."""
    assert differences(seed, on, window) == []


def test_without_the_reading_of_empty_places_the_two_registers_differ(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: taken as no mark at all, runs and whole days come out longer."""
    monkeypatch.setattr(tally, "as_expected", lambda sheet, *_: sheet)
    apart = {name for seed in range(20) for name in differences(seed, OPEN[70], WINDOWS[0])}
    assert {"run", "whole"} <= apart


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, on=DAYS, window=st.sampled_from(WINDOWS), declared=st.integers(1, 80))
def test_a_rate_is_never_outside_nought_and_one_whatever_a_school_declares(
    seed: int, on: date, window: dict[str, Any], declared: int
) -> None:
    """Also where a term declares fewer days than were marked: 001-049."""
    terms = tuple(replace(term, declared_days=declared) for term in made_up(seed)[0].calendar.terms)
    for registers in (made_up(seed), both_ways(seed)[1]):
        fewer = replace(registers[0].calendar, terms=terms)
        told = [replace(one, calendar=fewer) for one in registers]
        found = counted(told, on, window, Denominator.DECLARED_DAYS)
        for said in (one for name in RATES for one in found[name]):
            assert 0 <= said.absent <= said.possible
            assert (said.rate is None) is (said.possible == 0)


def absent_on(days: list[date], session: Session = Session.DAY, code: str = "U") -> Register:
    marks = tuple(Mark(day, session, code, CODES[code]) for day in days)
    pupil = Pupil(student(1), SCHOOL, "1")
    return Register(pupil, marks, DayCounting.HALF_DAYS, SchoolDays((TERM,)))


def declared(one: Register, on: date) -> dict[str, Numbers]:
    found = counted([one], on, WINDOWS[0], Denominator.DECLARED_DAYS)
    return {name: numbers[0] for name, numbers in found.items()}


def test_single_days_far_apart_are_no_run() -> None:
    assert declared(absent_on([OPEN[n] for n in (3, 20, 40, 60)]), OPEN[60])["run"].absent == 2


def test_an_absent_morning_is_no_absent_day() -> None:
    """Ten mornings are five days absent, and on none of them was the pupil absent all day."""
    said = declared(absent_on(OPEN[10:20], Session.AM), OPEN[49])
    assert (said["days"].absent, said["whole"].absent, said["unexcused"].absent) == (10, 0, 0)
    assert said["occasions"].absent == 0


def test_what_was_marked_was_possible_whatever_the_term_declares() -> None:
    calendar = SchoolDays((Term(OPEN[0], OPEN[19], 18),))
    line = replace(absent_on(OPEN[:20]), calendar=calendar).line()
    said = measure(line, calendar, (OPEN[0], OPEN[19]), Counting(), Denominator.DECLARED_DAYS)
    assert (said.rate, said.rate_percent, said.estimated) == ("20/20", "100.0", True)


def test_a_day_whose_other_half_did_not_count_stays_a_possible_day() -> None:
    """A rate of days asks for days with a possible half, not for half-days."""
    calendar = SchoolDays((Term(OPEN[0], OPEN[9], 10),))
    one = replace(absent_on(OPEN[:1], Session.AM, "Y"), calendar=calendar)
    said = declared(one, OPEN[9])
    assert (said["rate"].possible, said["whole"].possible) == (19, 20)


def test_nobody_is_present_while_only_other_years_have_school() -> None:
    """A day open for some year groups breaks no run of the others: DOMAIN 5.1."""
    words = [
        DayWord(OPEN[3], is_open=True, year_group="6"),
        DayWord(OPEN[8], is_open=False, part=DayPart.PM),
    ]
    calendar = school_days((TERM,), words)
    absent = [Mark(day, Session.DAY, "U", CODES["U"]) for day in (OPEN[2], OPEN[4])]
    morning = Mark(OPEN[8], Session.AM, "U", CODES["U"])
    line = register_line(
        Pupil(student(1), SCHOOL, "1"), [*absent, morning], DayCounting.HALF_DAYS, calendar
    )
    sheet = replace(
        sheet_of([line, line]),
        pupils=Roll(SCHOOL, student(1).bytes + student(2).bytes, ["1", "2"], ["6", "5"]),
    )
    filled = as_expected(sheet, calendar, OPEN[9].toordinal())
    there = filled.marked_possible[filled.cells] ^ filled.possible[filled.cells]
    places = [2 * int(np.searchsorted(filled.days, OPEN[n].toordinal())) for n in (3, 8)]
    assert [there[:, place : place + 2].tolist() for place in places] == [
        [[True, True], [False, False]],
        [[False, False], [False, False]],
    ]


def test_late_minutes_stay_with_their_day() -> None:
    """Places move when days between the marked ones are written in."""
    late = Mark(OPEN[20], Session.AM, "L", CODES["L"], 45)
    one = replace(absent_on([OPEN[3]]), marks=(*absent_on([OPEN[3]]).marks, late))
    filled = as_expected(sheet_of([one.line()]), one.calendar, OPEN[30].toordinal())
    (half_day,) = filled.late.half_day.tolist()
    assert (date.fromordinal(int(filled.days[half_day // 2])), half_day % 2) == (OPEN[20], 0)
    assert len(filled.days) == 28
    assert OPEN[0] + DAY == OPEN[1]

"""Lines of a school by pupil: what a sheet says, written out for those who are asked about."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from domain.attendance.lines import Lines
from domain.attendance.metrics import Counting, Denominator
from domain.attendance.register_line import RegisterLine
from domain.attendance.roll import Roll
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.sheet import sheet_of
from domain.attendance.tally import SchoolFacts, measure
from domain.shared.ids import SchoolId, StudentId

SCHOOL = SchoolId(UUID(int=9))
FIRST = date(2025, 9, 1)
DAYS = tuple(FIRST + timedelta(days=n) for n in range(3))


def line(number: int, marks: str) -> RegisterLine:
    codes = tuple("I" if mark == "A" else mark for mark in marks)
    who = StudentId(UUID(int=number))
    return RegisterLine(who, SCHOOL, f"{number:03}", DAYS, marks, codes)


ONE, OTHER = line(1, "//AA/X"), line(2, "XX////")


def test_a_line_is_what_the_sheet_says() -> None:
    lines = Lines(sheet_of([ONE, OTHER]))
    assert list(lines) == [ONE.student, OTHER.student]
    assert len(lines) == 2
    assert dict(lines) == {ONE.student: ONE, OTHER.student: OTHER}
    assert lines[ONE.student] is lines[ONE.student]
    assert StudentId(UUID(int=3)) not in lines


def test_lines_that_were_written_are_kept() -> None:
    assert Lines.of([ONE])[ONE.student] is ONE


def test_some_lines_are_lines_of_their_own() -> None:
    some = Lines.of([ONE, OTHER]).only([OTHER.student])
    assert dict(some) == {OTHER.student: OTHER}


def test_who_left_is_known_without_the_line() -> None:
    gone = replace(OTHER, left_on=DAYS[1])
    lines = Lines.of([ONE, gone])
    assert lines.left_on(ONE.student) is None
    assert lines.left_on(gone.student) == DAYS[1]


@pytest.mark.parametrize(
    ("who", "since", "sessions", "day"),
    [
        (ONE, 0, 4, DAYS[1]),
        (ONE, 0, 5, DAYS[2]),
        (ONE, 0, 6, None),
        (ONE, 1, 1, DAYS[1]),
        (OTHER, 0, 1, DAYS[1]),
        (OTHER, 2, 3, None),
    ],
)
def test_only_possible_sessions_pass(
    who: RegisterLine, since: int, sessions: int, day: date | None
) -> None:
    lines = Lines.of([ONE, OTHER])
    assert lines.possible_since(who.student, (DAYS[since], DAYS[-1]), sessions) == day


def test_a_stored_roll_is_asked_by_the_bytes_of_an_id() -> None:
    sheet = sheet_of([ONE, OTHER])
    ids = ONE.student.bytes + OTHER.student.bytes
    roll = Roll(SCHOOL, ids, ["001", "002"], [None, None])
    lines = Lines(replace(sheet, pupils=roll))
    assert dict(lines) == {ONE.student: ONE, OTHER.student: OTHER}
    assert "001" not in lines


@pytest.mark.parametrize("denominator", list(Denominator))
def test_what_was_counted_for_everybody_is_what_a_line_says(denominator: Denominator) -> None:
    gone = replace(OTHER, left_on=DAYS[1])
    term = SchoolDays((Term(FIRST, DAYS[-1], 3),))
    lines, facts = Lines.of([ONE, gone]), SchoolFacts(term, denominator)
    for who in (ONE, gone, ONE):
        for since in DAYS:
            window = since, DAYS[-1]
            counted = lines.absent(who.student, facts, window)
            assert counted == measure(who, term, window, Counting(), denominator)

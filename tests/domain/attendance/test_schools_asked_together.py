"""Schools that share a calendar are asked as one: each gets the answer that it gets alone."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import numpy as np
import pytest

from domain.attendance.ladder import Acts
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import NOTHING, Pupil
from domain.attendance.roll import NOBODY, Chosen, Roll, Rolls, ids_of, places_of
from domain.attendance.rules import shipped_rule_set
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.sheet import EVER, Late, Sheet
from domain.attendance.sheet_joining import fit_together, one_behind_the_other
from domain.attendance.tally import SchoolFacts
from domain.attendance.what_if import Climbed, climb_school, climb_schools
from domain.shared.ids import SchoolId, StudentId

FIRST = date(2025, 9, 1)
CALENDAR = SchoolDays((Term(FIRST, date(2025, 12, 19)),))
DAYS = [day for n in range(109) if CALENDAR.is_open(day := FIRST + timedelta(days=n))]
FACTS = SchoolFacts(CALENDAR, Denominator.MARKS)
LEGENDS = (
    (NOTHING, ("/", "/"), ("I", "A"), ("N", "N"), ("L", "L")),
    (NOTHING, ("U", "O"), ("/", "/"), ("L", "L"), ("G", "O")),
    (NOTHING, ("G", "O"), ("I", "A"), ("/", "/"), ("F", "N")),
)
RULES = shipped_rule_set("gb-eng-default-1")


def school(number: int, pupils: int = 6) -> Sheet:
    chance = np.random.default_rng(number)
    cells = chance.integers(0, 5, (pupils, 2 * len(DAYS))).astype(np.uint8)
    students = [StudentId(UUID(int=100 * number + n)) for n in range(pupils)]
    late = np.array([[1, 4, 20], [5, 9, 31]], np.int32).T
    return Sheet(
        pupils=Roll(
            SchoolId(UUID(int=number + 1)),
            b"".join(student.bytes for student in students),
            [f"{number}-{n}" for n in range(pupils)],
            [None, "6"] * (pupils // 2),
        ),
        days=np.array([day.toordinal() for day in DAYS], np.int32),
        cells=cells,
        legend=LEGENDS[number % len(LEGENDS)],
        joined=np.where(np.arange(pupils) == 2, DAYS[9].toordinal(), 0).astype(np.int32),
        left=np.where(np.arange(pupils) == 3, DAYS[40].toordinal(), EVER).astype(np.int32),
        late=Late(*late),
    )


def told(climbed: Climbed) -> list[object]:
    """Everything that a comparison asks of a school."""
    pupils = range(len(climbed.pupils))
    return [
        (climbed.pupils[n], rung.name, climbed.step(stage, n), climbed.numbers(rung.name, n))
        for stage, rung in enumerate(climbed.ladder)
        for n in pupils
    ]


@pytest.mark.parametrize("rules", ["gb-eng-default-1", "ie-default-1"])
def test_each_school_gets_the_answer_that_it_gets_alone(rules: str) -> None:
    asked = shipped_rule_set(rules)
    schools = [(school(number), FACTS) for number in range(4)]
    together = climb_schools(asked, DAYS, schools)
    alone = [climb_school(asked, DAYS, *one) for one in schools]
    assert [told(one) for one in together] == [told(one) for one in alone]
    assert any((one.climb.proposed < len(DAYS)).any() for one in together)


def test_a_school_with_days_or_marks_of_its_own_is_asked_alone() -> None:
    """Who marks exceptions only, who has other days, and who has no roll."""
    exceptions = SchoolFacts(CALENDAR, Denominator.DECLARED_DAYS)
    other = replace(school(2), days=school(2).days + 1)
    listed = replace(school(3), pupils=list(school(3).pupils))
    assert not fit_together([school(0), other])
    assert not fit_together([school(0), listed])
    assert fit_together([school(0), school(1)])
    schools = [(school(0), FACTS), (school(1), exceptions), (listed, FACTS), (school(4), FACTS)]
    together = climb_schools(RULES, DAYS, schools, Acts())
    assert [told(one) for one in together] == [
        told(climb_school(RULES, DAYS, *one)) for one in schools
    ]


def test_too_many_different_marks_for_a_byte_are_not_put_together() -> None:
    many = [
        replace(school(n), legend=(NOTHING, *((f"{n}-{code}", "/") for code in range(150))))
        for n in range(2)
    ]
    assert not fit_together(many)


def test_sheets_one_behind_the_other_say_what_each_said() -> None:
    sheets = [school(0), school(1)]
    both = one_behind_the_other(sheets)
    said = [both.legend[number] for number in both.cells.ravel()]
    assert said == [one.legend[number] for one in sheets for number in one.cells.ravel()]
    assert list(zip(*both.late, strict=True)) == [(1, 4, 20), (5, 9, 31), (7, 4, 20), (11, 9, 31)]
    assert one_behind_the_other([sheets[0]]) is sheets[0]


def test_pupils_of_several_schools_are_found_by_their_place() -> None:
    rolls = [one.pupils for n in range(3) if isinstance((one := school(n)).pupils, Roll)]
    expected: list[Pupil] = [pupil for roll in rolls for pupil in roll]
    assert list(Rolls(rolls)) == expected
    assert Rolls(rolls)[4:9] == expected[4:9]
    ids = [expected[9].student, StudentId(UUID(int=7_777)), expected[1].student]
    assert places_of(Rolls(rolls), ids) == places_of(expected, ids) == [9, NOBODY, 1]
    some = Chosen(Rolls(rolls), [1, 7, 16])
    assert list(some) == [expected[1], expected[7], expected[16]]
    assert some[1:] == [expected[7], expected[16]]
    assert len(some) == 3
    for pupils in (Rolls(rolls), some, list(some)):
        assert ids_of(pupils) == b"".join(pupil.student.bytes for pupil in pupils)

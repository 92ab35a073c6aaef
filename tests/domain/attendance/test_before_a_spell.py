"""The forty possible sessions that a spell of absence is compared with (DOMAIN 9.3)."""

from dataclasses import replace
from datetime import date

import pytest

from domain.attendance.metrics import Denominator
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.spells import before_spell
from tests.support.roll_book import CALENDAR, OPEN, line


def marks(*days: str) -> dict[date, str]:
    """Two letters a day from the first day of term on."""
    return dict(zip(OPEN, days, strict=False))


@pytest.mark.parametrize(
    ("days", "first", "last"),
    [
        (["//"] * 30 + ["II"] * 5, 10, 29),
        (["II"] * 10 + ["//"] * 20 + ["II", "YY", "II"], 10, 29),
        (["//"] * 30 + ["/I", "II", "I/", "//", "//"], 10, 29),
        (["//"] * 30 + ["I/"] + ["#I"] * 2 + ["//"] * 3, 10, 29),
        (["//"] * 9 + ["#/"] + ["//"] * 20 + ["II"], 10, 29),
        (["//"] * 9 + ["//", "#/"] + ["//"] * 19 + ["II"], 9, 29),
        (["//"] * 6 + ["II"] * 5, 0, 5),
        (["//"] * 30, 10, 29),
    ],
    ids=[
        "a week",
        "a day that did not count",
        "afternoon to morning",
        "half-days closed",
        "just forty",
        "forty-one where the fortieth is a morning",
        "a register that begins later",
        "no absence at all",
    ],
)
def test_the_baseline_ends_the_day_before_the_spell(days: list[str], first: int, last: int) -> None:
    found = before_spell(line(marks(*days)), CALENDAR, Denominator.MARKS, OPEN[len(days) - 1])
    assert found == (OPEN[first], OPEN[last])


def test_what_came_after_the_stage_is_no_part_of_it() -> None:
    asked = line(marks(*["//"] * 30, "II", "II", "//", "II"))
    found = before_spell(asked, CALENDAR, Denominator.MARKS, OPEN[31])
    assert found == (OPEN[10], OPEN[29])


def test_absent_from_the_first_day_on_there_is_nothing_to_compare_with() -> None:
    asked = line(marks(*["II"] * 30))
    assert before_spell(asked, CALENDAR, Denominator.MARKS, OPEN[29]) is None
    nothing = replace(asked, days=(), marks="", codes=())
    assert before_spell(nothing, CALENDAR, Denominator.MARKS, OPEN[29]) is None


def test_where_only_exceptions_are_marked_a_day_without_a_mark_was_possible() -> None:
    """DOMAIN 1.4: negative attendance."""
    school = SchoolDays((Term(OPEN[0], OPEN[60], 55),), closed=CALENDAR.closed)
    asked = line({}, calendar=school)
    kept = replace(
        asked, days=(OPEN[0], OPEN[40], OPEN[41]), marks="//AAAA", codes=("/", "/", *"IIII")
    )
    found = before_spell(kept, school, Denominator.DECLARED_DAYS, OPEN[45])
    assert found == (OPEN[20], OPEN[39])

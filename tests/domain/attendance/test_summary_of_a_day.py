"""AttendanceDailySummary: both halves of a day and what they add up to."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from domain.attendance.codes import DayCounting, code_table
from domain.attendance.day_summary import DaySummary, Half, HalfDay, Place, day_summaries
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import Mark, Pupil, Session, register_line
from domain.attendance.school_days import MonthDay, SchoolDays, Term
from domain.attendance.sheet import sheet_of
from domain.shared.ids import SchoolId, StudentId

SCHOOL: Final = SchoolId(UUID(int=1))
MONDAY: Final = date(2025, 9, 1)
TERM: Final = Term(MONDAY, date(2025, 12, 19))
AUGUST: Final = MonthDay(8, 1)


def day(number: int) -> date:
    """Return the n-th weekday, from 0 on."""
    return MONDAY + timedelta(days=number // 5 * 7 + number % 5)


def place(
    table: str = "gb-eng",
    denominator: Denominator = Denominator.MARKS,
    calendar: SchoolDays | None = None,
) -> Place:
    split = code_table(table).splits_absence
    return Place(calendar or SchoolDays((TERM,)), denominator, AUGUST, split)


def summaries(
    register: str | Sequence[str | tuple[str, str]],
    table: str = "gb-eng",
    where: Place | None = None,
    **pupil: Any,
) -> dict[date, DaySummary]:
    """Read a register of two codes a day: "// I/ NN"; an empty place is `.`."""
    codes = code_table(table)
    marks = []
    for number, halves in enumerate(register.split() if isinstance(register, str) else register):
        for session, written in zip((Session.AM, Session.PM), halves, strict=True):
            row = None if written == "." else codes.find(written, day(number))
            if row is not None:
                marks.append(Mark(day(number), session, row.code, row.status))
    at = where or place(table)
    who = Pupil(StudentId(UUID(int=2)), SCHOOL, "P", **pupil)
    line = register_line(who, marks, codes.day_counting, at.calendar)
    days = [MONDAY + timedelta(days=n) for n in range(60)]
    return {one.on: one for one in day_summaries(sheet_of([line]), at, days)}


def halves(summary: DaySummary) -> tuple[Half, Half]:
    return summary.morning, summary.afternoon


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("/", HalfDay.PRESENT),
        ("L", HalfDay.LATE),
        ("V", HalfDay.OFFSITE),
        ("I", HalfDay.AUTHORISED_ABSENT),
        ("U", HalfDay.UNAUTHORISED_ABSENT),
        ("N", HalfDay.ABSENT),
        ("X", HalfDay.NOT_COUNTED),
        ("#", HalfDay.NOT_OPEN),
    ],
)
def test_each_half_says_what_it_was_and_why(code: str, status: HalfDay) -> None:
    """001-034, 001-035, 001-036, 001-037, 001-042, 001-043, 001-044, 001-045, 001-046; L is
    late and attending (trap 12).
    """
    morning, afternoon = halves(summaries([code + "/"])[MONDAY])
    reason = None if status is HalfDay.PRESENT else code
    assert morning == Half(status, reason, unexplained=code == "N")
    assert afternoon == Half(HalfDay.PRESENT, None, unexplained=False)


def test_nobody_in_ireland_is_shown_leave_that_the_law_does_not_know() -> None:
    """DOMAIN 1.2: explained and unexplained, never authorised; the roll is called once a day."""
    found = summaries("AA FF PP", "ie")
    assert [one.morning.status for one in found.values()][:3] == [
        HalfDay.ABSENT,
        HalfDay.ABSENT,
        HalfDay.PRESENT,
    ]
    assert [one.morning.reason_code for one in found.values()][:3] == ["A", "F", None]
    assert [one.morning.unexplained for one in found.values()][:3] == [False, True, False]
    assert found[day(2)].absent_this_year == 4  # two days: never two halves of one (trap 13)


def test_a_mark_that_nobody_took_is_neither_present_nor_absent() -> None:
    """Trap 3."""
    found = summaries(["..", "/."])
    assert halves(found[MONDAY])[0].status is HalfDay.MISSING
    assert halves(found[day(1)])[1] == Half(HalfDay.MISSING, None, unexplained=False)
    assert found[day(1)].possible == 1


def test_a_closed_half_without_a_mark_was_not_open() -> None:
    """DOMAIN 5.1: an early closure takes the afternoon out; the morning's mark is still missing."""
    calendar = SchoolDays((TERM,), closed_halves=frozenset({(MONDAY, "PM")}))
    morning, afternoon = halves(summaries([".."], where=place(calendar=calendar))[MONDAY])
    assert (morning.status, afternoon.status) == (HalfDay.MISSING, HalfDay.NOT_OPEN)


def test_where_only_exceptions_are_marked_no_mark_means_present() -> None:
    """DOMAIN 1.4, negative attendance: as long as the school was open and the pupil enrolled."""
    where = place("edfi", Denominator.DECLARED_DAYS)
    found = summaries([".."], "edfi", where)
    assert halves(found[MONDAY])[0].status is HalfDay.PRESENT
    assert found[MONDAY].possible == 2
    assert found[MONDAY].estimated


def test_half_a_day_counts_one_half() -> None:
    """DOMAIN 2.2 E: a morning absent and an afternoon present is half a day (001-040)."""
    found = summaries("I/ II //")
    assert [one.absent_this_year for one in found.values()][:3] == [1, 3, 3]


def test_the_percentage_is_of_the_last_twenty_school_days() -> None:
    """001-038: the first day falls out of the window on the twenty-first."""
    found = summaries(["II", *["//"] * 20])
    assert found[MONDAY].tenths_of_a_percent == 0
    assert (found[day(19)].absent, found[day(19)].possible) == (2, 40)
    assert found[day(19)].tenths_of_a_percent == 950
    assert (found[day(20)].absent, found[day(20)].tenths_of_a_percent) == (0, 1000)
    assert found[day(20)].absent_this_year == 2


def test_the_percentage_is_rounded_half_up_for_display() -> None:
    found = summaries(["IX", "//", "//", "//", *["XX"] * 16])
    assert (found[day(3)].absent, found[day(3)].possible) == (1, 7)
    assert found[day(3)].tenths_of_a_percent == 857  # 85.714…


def test_without_a_possible_half_day_there_is_no_percentage() -> None:
    """DOMAIN 2.1: neither 0 % nor 100 %."""
    found = summaries(["XX"])
    assert found[MONDAY].tenths_of_a_percent is None


def test_a_run_of_days_goes_over_weekends_closures_and_days_that_did_not_count() -> None:
    """DOMAIN 2.2 G and trap 18 (001-039)."""
    closed = SchoolDays((TERM,), closed=frozenset({day(6)}))
    found = summaries(
        ["//"] * 4 + ["II", "II", "II", "XX", "II", "/I"], where=place(calendar=closed)
    )
    runs = {on: one.run_of_days for on, one in found.items()}
    assert [runs[day(n)] for n in (3, 4, 5, 7, 8, 9)] == [0, 1, 2, 2, 3, 0]
    assert day(6) not in runs  # the school was closed


def test_a_mixed_day_is_not_absent_or_present() -> None:
    """DOMAIN 2.2 F: I in the morning, closed in the afternoon: one possible, one absent."""
    calendar = SchoolDays((TERM,), closed_halves=frozenset({(MONDAY, "PM")}))
    found = summaries(["I."], where=place(calendar=calendar))[MONDAY]
    assert (found.absent, found.possible, found.run_of_days) == (1, 1, 1)
    assert found.afternoon.status is HalfDay.NOT_OPEN


def test_who_joins_late_or_leaves_has_days_from_the_first_to_the_last_on_the_roll() -> None:
    """Trap 23: nothing before or after stands in any denominator, marks or not."""
    register = ["II"] * 10
    found = summaries(register, enrolled_on=day(2), left_on=day(7))
    assert (min(found), max(found)) == (day(2), day(7))
    assert found[day(7)].possible == 12
    assert found[day(7)].absent_this_year == 12


def test_only_open_days_are_summed_up() -> None:
    found = summaries(["//"] * 3)
    assert all(on.weekday() < 5 for on in found)
    assert list(day_summaries(sheet_of([]), place(), [date(2025, 9, 6)])) == []


def test_worked_example_a_of_the_denominator() -> None:
    """DOMAIN 2.2 A over seventy days, by the register's own arithmetic."""
    marks = ["/"] * 118 + ["L"] * 4 + ["V"] * 2 + ["K"] + ["I"] * 6 + ["M"] * 2 + ["U"] * 3
    marks += ["Y2"] * 2 + ["#"] * 2
    codes = code_table("gb-eng")
    said = []
    for number, written in enumerate(marks):
        on = day(number // 2)
        row = codes.find(written, on)
        assert row is not None
        said.append(Mark(on, (Session.AM, Session.PM)[number % 2], row.code, row.status))
    who = Pupil(StudentId(UUID(int=2)), SCHOOL, "P")
    line = register_line(who, said, DayCounting.HALF_DAYS, SchoolDays((TERM,)))
    last = list(day_summaries(sheet_of([line]), place(), [day(n) for n in range(70)]))[-1]
    assert last.absent_this_year == 8 + 3


def test_a_run_ends_with_a_day_on_which_nobody_marked_an_exception() -> None:
    """DOMAIN 1.4 and 2.2 G: no mark is presence there, and presence breaks a run (001-041)."""
    where = place("edfi", Denominator.DECLARED_DAYS)
    away = "Unexcused Absence"
    days = [(away, away), (away, away), (".", "."), (away, away), (".", ".")]
    found = summaries(days, "edfi", where)
    assert [found[day(n)].run_of_days for n in range(6)] == [1, 2, 0, 1, 0, 0]

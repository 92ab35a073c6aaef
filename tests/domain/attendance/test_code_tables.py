"""What a code means is data, with dates."""

from datetime import date

import pytest

from domain.attendance.codes import (
    ABSENT,
    ATTENDING,
    CodeRow,
    CodeTable,
    DayCounting,
    MarkStatus,
    Reasons,
    code_table,
)

ON = date(2025, 10, 1)


@pytest.mark.parametrize("code", ["", "P", "/", " p ", "/ "])
def test_an_irish_pupil_who_answers_is_present(code: str) -> None:
    row = code_table("ie").find(code, ON)
    assert row is not None
    assert row.status is MarkStatus.PRESENT


@pytest.mark.parametrize("code", list("ABDEFH"))
def test_every_irish_reason_counts_as_absence(code: str) -> None:
    row = code_table("ie").find(code, ON)
    assert row is not None
    assert row.status in ABSENT[Reasons.ANY]


@pytest.mark.parametrize("code", ["C", "G"])
def test_expelled_and_transferred_irish_pupils_are_not_counted(code: str) -> None:
    row = code_table("ie").find(code, ON)
    assert row is not None
    assert row.status is MarkStatus.NOT_COUNTED


def test_only_an_unexplained_irish_absence_is_unexcused() -> None:
    table = code_table("ie")
    unexcused = {row.code for row in table.codes if row.status in ABSENT[Reasons.UNEXCUSED]}
    assert unexcused == {"F"}


@pytest.mark.parametrize("code", ["Q", "1/2", "present?", "PP"])
def test_an_unknown_code_is_never_guessed(code: str) -> None:
    assert code_table("ie").find(code, ON) is None


@pytest.mark.parametrize(
    ("category", "status"),
    [
        ("In Attendance", MarkStatus.PRESENT),
        ("Present", MarkStatus.PRESENT),
        ("Excused Absence", MarkStatus.ABSENT_AUTHORISED),
        ("Unexcused Absence", MarkStatus.ABSENT_UNAUTHORISED),
        ("Tardy", MarkStatus.PRESENT_LATE),
        ("Early departure", MarkStatus.PRESENT),
        ("Partial", MarkStatus.ABSENT_UNEXPLAINED),
    ],
)
def test_every_category_of_ed_fi_has_a_meaning(category: str, status: MarkStatus) -> None:
    row = code_table("edfi").find(category, ON)
    assert row is not None
    assert row.status is status


def test_a_code_is_known_only_between_its_days() -> None:
    old = CodeRow(
        code="J", status=MarkStatus.PRESENT_OFFSITE, meaning="", effective_to=date(2024, 8, 18)
    )
    new = CodeRow(
        code="j 1",
        status=MarkStatus.ABSENT_AUTHORISED,
        meaning="",
        effective_from=date(2024, 8, 19),
    )
    table = CodeTable(
        id="t",
        version="1",
        jurisdiction="GB",
        day_counting=DayCounting.HALF_DAYS,
        codes=(old, new),
    )
    assert table.find("J", date(2024, 8, 18)) is old
    assert table.find("J", date(2024, 8, 19)) is None
    assert table.find("J1", date(2024, 8, 18)) is None
    assert table.find("J1", date(2024, 8, 19)) is new


def test_excused_and_unexcused_are_the_two_halves_of_any() -> None:
    assert ABSENT[Reasons.EXCUSED] | ABSENT[Reasons.UNEXCUSED] == ABSENT[Reasons.ANY]
    assert not ABSENT[Reasons.EXCUSED] & ABSENT[Reasons.UNEXCUSED]
    assert not ABSENT[Reasons.ANY] & ATTENDING

"""Since when a student of an Ed-Fi district is at a school (trap 23 of DOMAIN.md)."""

from datetime import date
from pathlib import Path

import pytest

from domain.shared.ids import derived_id
from infrastructure.imports.edfi import read_edfi
from infrastructure.imports.prepared import Prepared, Student
from tests.support.edfi import SCHOOLS, enrolment, write_district, write_enrolments
from tests.support.register import TENANT

HIGH, MIDDLE, *_ = SCHOOLS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_district(tmp_path / "district", pupils=6, dirty=False).folder


def read(folder: Path, *rows: str) -> Prepared:
    write_enrolments(folder, *rows)
    return read_edfi(TENANT, folder, region="US", zone="America/Chicago")


def student(prepared: Prepared, source_id: str) -> Student:
    rows = [row for row in prepared.rows["student"] if isinstance(row, Student)]
    return next(row for row in rows if row.source_id == source_id)


def codes(prepared: Prepared) -> set[str]:
    return {one.code for one in prepared.problems}


def test_a_joiner_of_march_is_on_the_roll_from_march(folder: Path) -> None:
    prepared = read(folder, enrolment("604000", MIDDLE, "2022-03-01", "2022-05-20"))
    one = student(prepared, "604000")
    assert one.school == derived_id(TENANT, "school", "edfi", MIDDLE)
    assert (one.enrolled_on, one.left_on) == (date(2022, 3, 1), date(2022, 5, 20))
    assert "no-enrolment" not in codes(prepared)


def test_a_student_without_one_mark_has_a_school_by_the_enrolment(folder: Path) -> None:
    before = read_edfi(TENANT, folder, region="US", zone="America/Chicago")
    assert student(before, "604005").school is None
    prepared = read(folder, enrolment("604005", HIGH, "2021-08-23"))
    assert student(prepared, "604005").school == derived_id(TENANT, "school", "edfi", HIGH)


def test_who_is_preregistered_is_not_at_the_school_yet(folder: Path) -> None:
    prepared = read(folder, enrolment("604005", HIGH, "2022-08-22", kind="Preregistered"))
    assert student(prepared, "604005").school is None
    assert "preregistered" in codes(prepared)


def test_of_several_enrolments_the_latest_counts_and_then_the_primary_school(
    folder: Path,
) -> None:
    prepared = read(
        folder,
        enrolment("604000", HIGH, "2022-01-04"),
        enrolment("604000", MIDDLE, "2021-08-23", "2021-12-17"),
        enrolment("604001", HIGH, "2021-08-23", primary="true"),
        enrolment("604001", MIDDLE, "2021-08-23", primary="false"),
    )
    assert student(prepared, "604000").enrolled_on == date(2022, 1, 4)
    high = derived_id(TENANT, "school", "edfi", HIGH)
    assert {student(prepared, one).school for one in ("604000", "604001")} == {high}
    assert "enrolled-again" in codes(prepared)


def test_the_grade_of_an_entry_is_the_year_group_of_its_school_year_only(folder: Path) -> None:
    """Who entered in third grade two years ago is not in third grade now (trap 22)."""
    prepared = read(
        folder,
        enrolment("604000", HIGH, "2021-08-23", grade="Ninth grade"),
        enrolment("604001", HIGH, "2022-02-07", grade="Tenth grade"),
        enrolment("604002", HIGH, "2021-07-01", grade="Ninth grade"),
        enrolment("604003", HIGH, "2019-08-26", grade="Ninth grade"),
        enrolment("604004", HIGH, "2021-08-23"),
    )
    groups = {one: student(prepared, one).year_group for one in ("604000", "604001", "604002")}
    assert groups == {"604000": "Ninth grade", "604001": "Tenth grade", "604002": "Ninth grade"}
    assert {student(prepared, one).year_group for one in ("604003", "604004")} == {None}
    said = [one.detail for one in prepared.problems if one.code == "grade-of-entry"]
    assert said == ["1 of them."]


def test_a_grade_counts_for_nothing_where_the_calendar_cannot_be_read(folder: Path) -> None:
    (folder / "EducationOrgCalendar.xml").write_text("<Interch", encoding="utf-8")
    prepared = read(folder, enrolment("604000", HIGH, "2021-08-23", grade="Ninth grade"))
    assert {"file-not-xml", "grade-of-entry"} <= codes(prepared)


def test_without_the_file_the_report_says_what_follows(folder: Path) -> None:
    prepared = read_edfi(TENANT, folder, region="US", zone="America/Chicago")
    assert "no-enrolment" in codes(prepared)
    assert student(prepared, "604000").enrolled_on is None


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (enrolment("604000", HIGH, ""), "missing-field"),
        (enrolment("604000", HIGH, "yesterday"), "bad-date"),
        (enrolment("604000", HIGH, "2022-01-04", "soon"), "bad-date"),
        (enrolment("604000", HIGH, "2022-01-04", "2021-12-01"), "bad-date"),
        (enrolment("999999", HIGH, "2022-01-04"), "unknown-student"),
        (enrolment("604000", "1", "2022-01-04"), "unknown-school"),
    ],
)
def test_an_enrolment_that_cannot_be_used_is_set_aside(folder: Path, row: str, code: str) -> None:
    prepared = read(folder, row)
    assert [one.code for one in prepared.set_aside] == [code]
    assert student(prepared, "604000").enrolled_on is None


def test_another_enrolment_is_another_content(folder: Path) -> None:
    first = read(folder, enrolment("604000", HIGH, "2022-01-04"))
    second = read(folder, enrolment("604000", HIGH, "2022-01-05"))
    assert first.sha256 != second.sha256

"""Ed-Fi's categories by the table of the school's state, and what a district cannot answer."""

import os
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from defusedxml.ElementTree import parse

from domain.attendance.jurisdictions import jurisdiction
from domain.attendance.school_codes import LocalCode
from domain.shared.ids import SchoolId, derived_id
from infrastructure.imports.edfi import read_edfi
from infrastructure.imports.prepared import Mark, Prepared, School
from tests.support.edfi import FALL, SCHOOLS, write_district
from tests.support.register import TENANT

SAMPLE = os.environ.get("ANSEO_EDFI_SAMPLE")
DAILY = "StudentSchoolAttendance.xml"
CALIFORNIA = jurisdiction("US-CA").table


@pytest.fixture(params=["made-up", *(["given"] if SAMPLE else [])])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    made = tmp_path / "district"
    if request.param == "given":
        shutil.copytree(SAMPLE or "", made)
    else:
        write_district(made)
    return made


def read(folder: Path, local: dict[SchoolId, list[LocalCode]] | None = None) -> Prepared:
    return read_edfi(TENANT, folder, region="US", zone="America/Chicago", local_codes=local or {})


def move_to(folder: Path, state: str) -> None:
    path = folder / "EducationOrganization.xml"
    path.write_text(path.read_text(encoding="utf-8").replace("#TX", f"#{state}"), encoding="utf-8")


def events(folder: Path) -> list[tuple[str, int | None]]:
    """The category of every daily event, and how many minutes it says."""
    found = []
    for event in parse(folder / DAILY).getroot().findall("{*}StudentSchoolAttendanceEvent"):
        minutes = event.findtext(".//{*}SchoolAttendanceDuration")
        category = event.findtext(".//{*}AttendanceEventCategory", "").partition("#")[2]
        found.append((category, int(minutes) if minutes else None))
    return found


def notes(prepared: Prepared, code: str) -> list[str]:
    return [one.detail for one in prepared.problems if one.code == code]


def test_a_district_is_read_by_the_table_of_its_state(folder: Path) -> None:
    prepared = read(folder)
    schools = [row for row in prepared.rows["school"] if isinstance(row, School)]
    assert {(row.jurisdiction, row.code_table) for row in schools} == {("US-TX", "us-tx")}
    assert prepared.code_table == "us-tx-2"


def test_a_district_of_another_state_has_the_plain_categories(folder: Path) -> None:
    move_to(folder, "OH")
    prepared = read(folder)
    schools = [row for row in prepared.rows["school"] if isinstance(row, School)]
    assert {(row.jurisdiction, row.code_table) for row in schools} == {("US-OH", "edfi")}


def test_every_category_that_a_district_writes_is_understood(folder: Path) -> None:
    """1,077 excused, 773 unexcused, 66 tardy and one partial in the published sample."""
    told = Counter(category for category, _ in events(folder))
    assert set(told) <= {row.code for row in CALIFORNIA.codes}
    assert notes(read(folder), "unknown-code") == []


def test_what_the_sample_can_and_cannot_say_about_californias_occasions(folder: Path) -> None:
    """Minutes are there for all who came late. No code says the excuse, of however many minutes."""
    kept = read(folder)
    assert notes(kept, "minutes-unknown") == notes(kept, "excuse-unknown") == []  # Texas
    move_to(folder, "CA")
    prepared = read(folder)
    late = Counter(minutes for category, minutes in events(folder) if category == "Tardy")
    without = [f"{late[None]} of them."] if late[None] else []
    assert notes(prepared, "minutes-unknown") == without
    kept_late = [row for row in prepared.rows["mark"] if isinstance(row, Mark)]
    tardy = sum(row.code == "Tardy" for row in kept_late)
    assert notes(prepared, "excuse-unknown") == [f"{tardy} of them."]


def test_late_without_minutes_is_an_open_question_in_california(folder: Path) -> None:
    move_to(folder, "CA")
    path = folder / DAILY
    text = re.sub(r"<SchoolAttendanceDuration>.*?>", "", path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    marks = [mark for mark in read(folder).rows["mark"] if isinstance(mark, Mark)]
    late = sum(mark.code == "Tardy" for mark in marks)
    assert late > 0
    assert notes(read(folder), "minutes-unknown") == [f"{late} of them."]


def test_a_districts_own_category_waits_until_the_school_says_what_it_stands_for(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "district"
    write_district(folder)
    path = folder / DAILY
    text = path.read_text(encoding="utf-8").replace("#Tardy", "#IllnessNotVerified")
    path.write_text(text, encoding="utf-8")
    first = read(folder)
    aside = notes(first, "unknown-code")
    assert set(aside) == {"It says 'IllnessNotVerified'."}
    code = LocalCode("IllnessNotVerified", "Present", None, FALL[1], None)
    local = {SchoolId(derived_id(TENANT, "school", "edfi", one)): [code] for one in SCHOOLS}
    second = read(folder, local)
    assert notes(second, "unknown-code") == []
    assert second.batch != first.batch
    marks = [mark for mark in second.rows["mark"] if isinstance(mark, Mark)]
    assert {mark.local_code for mark in marks if mark.code == "Present"} == {"ILLNESSNOTVERIFIED"}

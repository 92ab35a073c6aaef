"""Whatever bytes come in, the answer is a report: no file makes an import fall over."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.attendance.codes import code_table
from domain.attendance.school_codes import SchoolCodes
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.school_roll import RollEntry, SchoolRoll
from domain.shared.ids import SchoolId, StudentId, derived_id
from infrastructure.imports.csv_calendar import read_calendar, read_schools
from infrastructure.imports.csv_marks import read_marks
from infrastructure.imports.csv_people import read_guardians, read_students
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.edfi import read_edfi
from infrastructure.imports.ical_calendar import read_ical
from infrastructure.imports.prepared import Prepared
from tests.support.edfi import write_district
from tests.support.register import TENANT

ROLL = SchoolRoll(
    SchoolId(derived_id("school")),
    "1",
    SchoolCodes(code_table("ie")),
    {"1": RollEntry(StudentId(derived_id("student")), None)},
    SchoolDays((Term(date(2025, 8, 28), date(2025, 12, 19)),)),
)
HEADERS = (
    "student,date,session,code,minutes_late,comment",
    "student,guardian,given,family,relation,priority,phone,email,lives_with,consent_sms",
    "student,given,family,birth_on,year_group,household,enrolled_on,left_on",
    "date,kind,until,declared_days",
    "school,name,jurisdiction,zone,denominator",
)
ODD = (
    *("1", "2025-09-01", "9999-12-31", "0001-01-01", "31/12/2025", "TERM", "HOLIDAY", "IE", "A"),
    *("yes", "no", "+353871234567", "9" * 5000, "AM", "DAY", "x@y.z", "\ud7ff", '"', "=1+1"),
)
CELLS = st.one_of(st.text(max_size=12), st.sampled_from(ODD))
TABLES = st.lists(st.lists(CELLS, min_size=3, max_size=10).map(",".join), max_size=6)
HUNDRED = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def read_all(path: Path) -> list[Prepared]:
    profile, today = ColumnProfile(), date(2025, 12, 19)
    return [
        read_marks(TENANT, path, ROLL, profile, today),
        read_guardians(TENANT, path, ROLL, profile, "IE"),
        read_students(TENANT, path, ROLL, profile),
        read_calendar(TENANT, path, ROLL, profile),
        read_schools(TENANT, path, profile),
    ]


@HUNDRED
@given(content=st.binary(max_size=200))
def test_any_bytes_are_answered_as_csv(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    for prepared in read_all(path):
        assert prepared.problems


@HUNDRED
@given(header=st.sampled_from(HEADERS), rows=TABLES)
def test_any_cells_under_a_right_header_are_answered(
    tmp_path: Path, header: str, rows: list[str]
) -> None:
    path = tmp_path / "cells.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8", newline="")
    for prepared in read_all(path):
        good = prepared.rows_read - prepared.rows_bad
        assert 0 <= good <= prepared.rows_read


CALENDAR_LINES = st.sampled_from(
    [
        "DTSTART;VALUE=DATE:20250901",
        "DTSTART:99991231T235959Z",
        "DTSTART;VALUE=DATE:99991231",
        "DTEND;VALUE=DATE:20250905",
        "DTEND;VALUE=DATE:00010101",
        "DURATION:P9999999D",
        "DURATION:-P3D",
        "RRULE:FREQ=DAILY",
        "SUMMARY:School closed",
        "SUMMARY:term",
        "CATEGORIES:HOLIDAY,TERM",
        "CATEGORIES:",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "X:\u2028\\,;",
    ]
)


@HUNDRED
@given(lines=st.lists(CALENDAR_LINES, max_size=12))
def test_any_lines_of_a_calendar_are_answered(tmp_path: Path, lines: list[str]) -> None:
    path = tmp_path / "any.ics"
    body = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", *lines, "END:VEVENT", "END:VCALENDAR"]
    path.write_text("\r\n".join(body) + "\r\n", encoding="utf-8", newline="")
    prepared = read_ical(TENANT, path, ROLL)
    assert 0 <= prepared.rows_bad <= prepared.rows_read or prepared.stops


@HUNDRED
@given(content=st.binary(max_size=200))
def test_any_bytes_are_answered_as_a_calendar(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.ics"
    path.write_bytes(content)
    assert read_ical(TENANT, path, ROLL).stops


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_district(tmp_path_factory.mktemp("district"), pupils=8).folder


NAMES = ("Contact", "EducationOrgCalendar", "EducationOrganization", "Student")
EVENTS = ("StudentSchoolAttendance", "StudentSectionAttendance-Tardy")


@HUNDRED
@given(name=st.sampled_from([*NAMES, *EVENTS]), at=st.floats(0, 1), new=st.binary(max_size=8))
def test_an_ed_fi_file_with_anything_in_it_is_answered(
    folder: Path, name: str, at: float, new: bytes
) -> None:
    path = folder / f"{name}.xml"
    good = path.read_bytes()
    place = int(at * len(good))
    path.write_bytes(good[:place] + new + good[place + 3 :])
    try:
        prepared = read_edfi(TENANT, folder, region="US", zone="America/Chicago")
    finally:
        path.write_bytes(good)
    assert prepared.stops or prepared.rows["student"]

"""What is wrong with a CSV file or a row of it, told without touching the register."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.attendance.codes import code_table
from domain.attendance.school_codes import SchoolCodes
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.school_roll import RollEntry, SchoolRoll
from domain.shared.ids import StudentId, derived_id
from infrastructure.imports.csv_calendar import read_calendar, read_schools
from infrastructure.imports.csv_marks import read_marks
from infrastructure.imports.csv_people import read_guardians, read_students
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.prepared import Mark, Prepared
from infrastructure.imports.problem_kinds import KINDS
from tests.support.csv_school import CALENDAR, SCHOOL, STUDENTS, TODAY
from tests.support.register import TENANT

PLAIN = ColumnProfile()
HEAD = "student,date,session,code,minutes_late,comment\n"
GUARDIANS = (
    "student,guardian,given,family,relation,priority,phone,email,language,may_receive_info,"
    "has_parental_responsibility,lives_with,no_contact,consent_sms,consent_email\n"
)
ROLL = SchoolRoll(
    SCHOOL,
    "19876A",
    SchoolCodes(code_table("ie")),
    {pupil: RollEntry(StudentId(derived_id(pupil)), None) for pupil in ("001", "002", "003")},
    SchoolDays(
        (Term(date(2025, 8, 28), date(2025, 12, 19)),),
        closed=frozenset({date(2025, 9, 15), date(2025, 10, 28)}),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def marks(path: Path, content: str | bytes, profile: ColumnProfile = PLAIN) -> Prepared:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_marks(TENANT, path, ROLL, profile, TODAY)


def codes(prepared: Prepared) -> list[tuple[int | None, str]]:
    return [(one.row, one.code) for one in prepared.problems]


def found(prepared: Prepared) -> list[tuple[date, str, str]]:
    rows = prepared.rows.get("mark", [])
    return [(row.on_date, row.session, row.status) for row in rows if isinstance(row, Mark)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("009,2025-09-01,,A,,", "unknown-student"),
        (",2025-09-01,,A,,", "missing-field"),
        ("001,,,A,,", "missing-field"),
        ("001,2025-09-01,,Q,,", "unknown-code"),
        ("001,2025-09-01,,Seán was ill,,", "unknown-code"),
        ("001,01/09/2025,,A,,", "bad-date"),
        ("001,2025-02-30,,A,,", "bad-date"),
        ("001,20250901,,A,,", "bad-date"),
        ("001,2025-09-06,,A,,", "closed-day"),
        ("001,2025-10-28,,A,,", "closed-day"),
        ("001,2025-09-15,,A,,", "closed-day"),
        ("001,2025-08-01,,A,,", "outside-term"),
        ("001,2025-12-22,,A,,", "future-day"),
        ("001,2025-09-01,NOON,A,,", "bad-value"),
        ("001,2025-09-01,,A,five,", "bad-number"),
        ("001,2025-09-01,,A,9999,", "bad-number"),
        ("001,2025-09-01,,A", "uneven-row"),
        ("2-Jan,2025-09-01,,A,,", "changed-by-spreadsheet"),
        ("1,2025-09-01,,A,,", "zeros-lost"),
        ("001,2025-09-01,,01-Feb,,", "changed-by-spreadsheet"),
    ],
)
def test_a_bad_mark_is_named_and_the_good_one_beside_it_is_good(
    path: Path, row: str, code: str
) -> None:
    prepared = marks(path, HEAD + "002,2025-09-01,,A,,\n" + row + "\n")
    assert codes(prepared) == [(3, code)]
    assert (prepared.rows_read, prepared.rows_bad) == (2, 1)
    assert found(prepared) == [(date(2025, 9, 1), "DAY", "ABSENT_AUTHORISED")]


def test_a_name_in_the_wrong_column_is_not_repeated_in_the_report(path: Path) -> None:
    prepared = marks(path, HEAD + "001,2025-09-01,,Seán was ill,,\n")
    assert "Seán" not in str([problem.as_dict() for problem in prepared.problems])


def test_a_school_that_marks_half_days_must_say_which_half(path: Path) -> None:
    path.write_text("student,date,session,code\n001,2025-09-01,,Tardy\n001,2025-09-02,pm,Tardy\n")
    roll = SchoolRoll(SCHOOL, "1", SchoolCodes(code_table("edfi")), ROLL.pupils, ROLL.calendar)
    prepared = read_marks(TENANT, path, roll, PLAIN, TODAY)
    assert codes(prepared) == [(2, "missing-field")]
    assert found(prepared) == [(date(2025, 9, 2), "PM", "PRESENT_LATE")]


@pytest.mark.parametrize(
    ("form", "written"), [("ISO", "2025-09-01"), ("DMY", "1/9/2025"), ("MDY", "09/01/2025")]
)
def test_dates_are_read_in_the_form_that_the_profile_says(
    path: Path, form: Any, written: str
) -> None:
    prepared = marks(path, HEAD + f"001,{written},,A,,\n", ColumnProfile(date_format=form))
    assert found(prepared) == [(date(2025, 9, 1), "DAY", "ABSENT_AUTHORISED")]


def test_columns_may_have_other_names_another_order_and_another_separator(path: Path) -> None:
    columns = {"student": "Pupil No", "date": "Dáta", "code": "Cód"}
    profile = ColumnProfile(columns=columns, delimiter=";")
    prepared = marks(path, "Cód; dáta ;Ainm;PUPIL  no\nA;2025-09-01;Seán;001\n", profile)
    assert prepared.problems == []
    assert found(prepared) == [(date(2025, 9, 1), "DAY", "ABSENT_AUTHORISED")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"PK\x03\x04 a workbook", "file-not-csv"),
        ("stud\0ent,date,code\n".encode("utf-16"), "file-not-csv"),
        (b"<!doctype html><title>Log in</title>", "file-not-csv"),
        (b"\x81\x8d\x8f", "file-not-csv"),
        (b"", "file-empty"),
        (b"student,date,code\n", "file-empty"),
        (b"student,date\n001,2025-09-01\n", "missing-column"),
        (b'student,date,code\n001,2025-09-01,"A\n', "file-broken"),
    ],
)
def test_a_file_that_is_no_csv_cannot_be_trusted(path: Path, content: bytes, code: str) -> None:
    prepared = marks(path, content)
    assert prepared.stops
    assert code in {problem.code for problem in prepared.problems}


def test_a_file_that_is_not_there_or_is_a_folder_is_told(path: Path) -> None:
    assert codes(read_marks(TENANT, path, ROLL, PLAIN, TODAY)) == [(None, "file-missing")]
    path.mkdir()
    assert codes(read_marks(TENANT, path, ROLL, PLAIN, TODAY)) == [(None, "file-unreadable")]


def test_blank_lines_keep_the_row_numbers_of_the_spreadsheet(path: Path) -> None:
    prepared = marks(path, HEAD + "\n001,2025-09-01,,A,,\n\n001,2025-09-06,,A,,\n")
    assert codes(prepared) == [(5, "closed-day")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("1,Lycée,FR,Europe/Paris,", "bad-value"),
        ("1,Scoil,IE,Europe/Atlantis,", "bad-value"),
        ("1,Scoil,IE,../../etc/passwd,", "bad-value"),
        ("1,Scoil,IE,Europe/Dublin,GUESS", "bad-value"),
        ("1,,IE,Europe/Dublin,", "missing-field"),
        ("2,Another,IE,Europe/Dublin,", "two-versions"),
    ],
)
def test_a_bad_school_is_named(path: Path, row: str, code: str) -> None:
    head = "school,name,jurisdiction,zone,denominator\n2,Good,US-TX,America/Chicago,DECLARED_DAYS\n"
    path.write_text(head + row + "\n", encoding="utf-8")
    assert codes(read_schools(TENANT, path, PLAIN)) == [(3, code)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2026-01-05,TERM,,", "missing-field"),
        ("2026-01-05,TERM,2025-12-01,", "bad-value"),
        ("2025-12-01,TERM,2026-03-01,", "bad-value"),
        ("2026-01-05,PARTY,,", "bad-value"),
        ("2026-01-05,TERM,2026-03-27,many", "bad-number"),
        ("2025-09-15,MAKE_UP,,", "two-marks-one-day"),
        ("2025-09-15,TRAINING_DAY,,", "repeated-row"),
    ],
)
def test_a_bad_calendar_row_is_named(path: Path, row: str, code: str) -> None:
    head, *rows = CALENDAR.splitlines()
    path.write_text("\n".join([head + ",declared_days", *(one + "," for one in rows), row]))
    assert codes(read_calendar(TENANT, path, ROLL, PLAIN)) == [(5, code)]


def test_two_terms_need_two_names(path: Path) -> None:
    path.write_text(
        "date,kind,until,name\n2026-01-05,TERM,2026-03-27,x\n2026-04-13,TERM,2026-06-26,x\n"
    )
    assert codes(read_calendar(TENANT, path, ROLL, PLAIN)) == [(3, "two-versions")]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (",Seán,X,,,,,", "missing-field"),
        ("004,,X,,,,,", "missing-field"),
        ("004,Seán,X,1/5/2013,,,,", "bad-date"),
        ("004,Seán,X,,,,2025-09-01,2025-08-31", "bad-value"),
        ("001,Jack,Ó Néill,2013-05-01,5,H1,,", "two-versions"),
        ("001,Seán,Ó Néill,2013-05-01,5,H1,,", "repeated-row"),
    ],
)
def test_a_bad_student_row_is_named(path: Path, row: str, code: str) -> None:
    path.write_text(STUDENTS + row + "\n", encoding="utf-8")
    assert codes(read_students(TENANT, path, ROLL, PLAIN)) == [(5, code)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("009,G1,A,B,Mother,1,,,,,,,,,", "unknown-student"),
        ("001,,A,B,Mother,1,,,,,,,,,", "missing-field"),
        ("001,G1,A,,Mother,1,,,,,,,,,", "missing-field"),
        ("001,G1,A,B,Mother,first,,,,,,,,,", "bad-number"),
        ("001,G1,A,B,Mother,1,,,,maybe,,,,,", "bad-value"),
        ("001,G9,Somebody,Else,Mother,1,,,,,,,,,", "two-versions"),
        ("002,G9,C,D,Father,2,,,,,,,,yes,", "two-versions"),
        ("002,G9,C,D,Uncle,1,,,,,,,,,", "two-versions"),
        ("002,G9,C,D,Father,1,,,,,,,,,", "repeated-row"),
        ("001,G1,A,B,Mother,1,not a number,,,,,,,,", "phone-unusable"),
        ("001,G1,A,B,Mother,1,01 222 2222,,,,,,,,", "phone-landline"),
        ("001,G1,A,B,Mother,1,087 000,,,,,,,,", "phone-unusable"),
        ("001,G1,A,B,Mother,1,,mother at example,,,,,,,", "email-unusable"),
    ],
)
def test_a_bad_guardian_row_is_named(path: Path, row: str, code: str) -> None:
    path.write_text(GUARDIANS + "002,G9,C,D,Father,1,,,,,,,,,\n" + row + "\n")
    assert codes(read_guardians(TENANT, path, ROLL, PLAIN, "IE")) == [(3, code)]


def test_an_address_in_one_cell_becomes_the_lines_of_a_letter(path: Path) -> None:
    row = "001,G1,A,B,Mother,1,,,,,,,,,,1 Sráid Mhór; Trá Lí ;Co. Kerry\n"
    path.write_text(GUARDIANS.strip() + ",address\n" + row, encoding="utf-8")
    (person,) = read_guardians(TENANT, path, ROLL, PLAIN, "IE").people["guardian"].values()
    assert person["address"] == ["1 Sráid Mhór", "Trá Lí", "Co. Kerry"]


def test_every_kind_of_problem_says_why_and_what_to_do() -> None:
    for code, kind in KINDS.items():
        assert code == code.lower().replace("_", "-")
        assert kind.reason.endswith(".")
        assert kind.what_to_do.endswith(".")


@pytest.mark.parametrize(
    ("content", "profile"),
    [
        ("student,date,code,code\n001,2025-09-01,P,A\n", PLAIN),
        ("student,date,code,minutes_late,Minutes late\n001,2025-09-01,P,5,\n", PLAIN),
        ("No,no,date,code\n001,002,2025-09-01,P\n", ColumnProfile(columns={"student": "No"})),
    ],
)
def test_two_columns_of_one_name_are_refused_and_neither_is_taken(
    path: Path, content: str, profile: ColumnProfile
) -> None:
    assert (None, "column-twice") in codes(marks(path, content, profile))


def test_two_columns_that_nobody_asks_for_may_have_one_name(path: Path) -> None:
    prepared = marks(path, "student,date,code,notes,notes,,\n001,2025-09-01,P,x,y,,\n")
    assert not prepared.stops
    assert len(found(prepared)) == 1

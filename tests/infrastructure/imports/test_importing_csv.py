"""Schools, calendars, pupils, guardians and marks out of CSV, and everything a CSV can be."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.shared.contact import Channel
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.report import KINDS, ImportReport
from infrastructure.register import reads
from infrastructure.store.database import Database
from tests.support.csv_school import CALENDAR, SCHOOL, SCHOOLS, STUDENTS, CsvSchool
from tests.support.register import TENANT, recording

pytestmark = pytest.mark.postgres
HEAD = "student,date,session,code,minutes_late,comment\n"
GUARDIANS = (
    "student,guardian,given,family,relation,priority,phone,email,language,may_receive_info,"
    "has_parental_responsibility,lives_with,no_contact,consent_sms,consent_email\n"
)


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(database) as commit:
        yield CsvSchool(database, tmp_path, commit).set_up()


def codes(report: ImportReport) -> list[tuple[int | None, str]]:
    return [(one.row, one.code) for one in report.problems]


def stored(school: CsvSchool) -> list[tuple[str, str, str, str]]:
    """Marks as the register holds them: pupil, day, session, status."""
    with school.database.auditor(TENANT) as conn:
        rows = conn.execute(
            "select s.source_id, m.on_date::text, m.session, m.status from mark m"
            " join student s using (student) order by 1, 2, 3"
        ).fetchall()
    return [(pupil, on, session, status) for pupil, on, session, status in rows]


# --- marks ------------------------------------------------------------------------------------


def test_marks_of_a_roll_call(school: CsvSchool) -> None:
    report = school.marks(
        HEAD + "001,2025-09-01,,,,\n001,2025-09-02,DAY,A,,\n002,2025-09-02,,f,,\n"
    )
    assert report.imported
    assert report.problems == ()
    assert stored(school) == [
        ("001", "2025-09-01", "DAY", "PRESENT"),
        ("001", "2025-09-02", "DAY", "ABSENT_AUTHORISED"),
        ("002", "2025-09-02", "DAY", "ABSENT_UNEXPLAINED"),
    ]


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
        ("Total,2,,,,", "bad-date"),
    ],
)
def test_a_bad_mark_is_named_and_set_aside_only_when_asked(
    school: CsvSchool, row: str, code: str
) -> None:
    text = HEAD + "002,2025-09-01,,A,,\n" + row + "\n"
    refused = school.marks(text)
    assert codes(refused) == [(3, code)]
    assert not refused.imported
    assert stored(school) == []
    kept = school.marks(text, keep=True)
    assert (kept.rows_read, kept.rows_good, kept.rows_bad) == (2, 1, 1)
    assert [pupil for pupil, *_ in stored(school)] == ["002"]


def test_a_name_in_the_wrong_column_is_not_repeated_in_the_report(school: CsvSchool) -> None:
    report = school.marks(HEAD + "001,2025-09-01,,Seán was ill,,\n")
    assert "Seán" not in str(report.as_dict())


def test_of_contradicting_marks_none_counts(school: CsvSchool) -> None:
    text = HEAD + "001,2025-09-01,,A,,\n001,2025-09-01,,,,\n002,2025-09-01,,,,\n"
    report = school.marks(text, keep=True)
    assert codes(report) == [(2, "two-marks-one-day"), (3, "two-marks-one-day")]
    assert stored(school) == [("002", "2025-09-01", "DAY", "PRESENT")]


def test_a_repeated_mark_is_told_and_does_no_harm(school: CsvSchool) -> None:
    report = school.marks(HEAD + "001,2025-09-01,,A,,\n001,2025-09-01,DAY,a,,\n")
    assert report.imported
    assert codes(report) == [(3, "repeated-row")]
    assert len(stored(school)) == 1


def test_the_same_file_twice_changes_nothing(school: CsvSchool) -> None:
    text = HEAD + "001,2025-09-01,,A,,\n"
    first, again = school.marks(text), school.marks(text)
    assert (again.imported, again.already_imported) == (False, True)
    assert again.position == first.position
    assert len(stored(school)) == 1


def test_a_later_file_corrects_an_earlier_one_and_both_stay_known(school: CsvSchool) -> None:
    first = school.marks(HEAD + "001,2025-09-01,,F,,\n")
    school.marks(HEAD + "001,2025-09-01,,A,,\n")
    with school.database.auditor(TENANT) as conn:
        schools = reads.schools(conn, TENANT)
        then = reads.lines(conn, TENANT, schools, first.position)
        now = reads.lines(conn, TENANT, schools)
    assert [line.codes for line in then if line.days] == [("F", "F")]
    assert [line.codes for line in now if line.days] == [("A", "A")]


def test_comments_are_counted_and_not_kept(school: CsvSchool) -> None:
    report = school.marks(HEAD + "001,2025-09-01,,E,,grandmother's funeral\n")
    assert report.imported
    assert codes(report) == [(None, "comments-not-kept")]


def test_a_school_without_a_calendar_counts_weekdays_and_says_so(
    database: Database, tmp_path: Path
) -> None:
    with recording(database) as commit:
        school = CsvSchool(database, tmp_path, commit)
        school.schools(SCHOOLS)
        school.students(STUDENTS)
        report = school.marks(HEAD + "001,2025-07-01,,A,,\n001,2025-07-05,,A,,\n", keep=True)
    assert codes(report) == [(3, "closed-day"), (None, "calendar-unknown")]


@pytest.mark.parametrize(
    ("form", "written"), [("ISO", "2025-09-01"), ("DMY", "1/9/2025"), ("MDY", "09/01/2025")]
)
def test_dates_are_read_in_the_form_that_the_profile_says(
    school: CsvSchool, form: Any, written: str
) -> None:
    profile = ColumnProfile(date_format=form)
    assert school.marks(HEAD + f"001,{written},,A,,\n", profile=profile).imported
    assert stored(school)[0][1] == "2025-09-01"


def test_columns_may_have_other_names_another_order_and_another_separator(
    school: CsvSchool,
) -> None:
    profile = ColumnProfile(
        columns={"student": "Pupil No", "date": "Dáta", "code": "Cód"}, delimiter=";"
    )
    text = "Cód; dáta ;Ainm;PUPIL  no\nA;2025-09-01;Seán;001\n"
    assert school.marks(text, profile=profile).imported
    assert stored(school) == [("001", "2025-09-01", "DAY", "ABSENT_AUTHORISED")]


def test_another_profile_reads_another_file_out_of_the_same_bytes(school: CsvSchool) -> None:
    text = HEAD + "001,01/09/2025,,A,,\n"
    assert codes(school.marks(text, profile=ColumnProfile(date_format="MDY"))) == [
        (2, "outside-term")
    ]
    assert school.marks(text, profile=ColumnProfile(date_format="DMY")).imported


@pytest.mark.parametrize("alphabet", ["utf-8", "utf-8-sig", "cp1252"])
def test_fadas_survive_every_alphabet_that_schools_use(school: CsvSchool, alphabet: str) -> None:
    text = STUDENTS.replace("001,Seán", "004,Seán Óg")
    assert school.students(text.encode(alphabet)).imported
    names = {person["given"] for person in school.people.kept["student"].values()}
    assert {"Seán", "Seán Óg", "Áine"} <= names


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
def test_a_file_that_is_no_csv_stops_the_import(
    school: CsvSchool, content: bytes, code: str
) -> None:
    report = school.marks(content, keep=True)
    assert not report.imported
    assert code in {problem.code for problem in report.problems}


def test_a_file_that_is_not_there_is_told(school: CsvSchool, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    school.folder = tmp_path / "gone"
    path = school.file("x")
    path.unlink()
    school.file = lambda *_: path  # type: ignore[method-assign]
    assert codes(school.marks("")) == [(None, "file-missing")]
    path.mkdir()
    assert codes(school.marks("")) == [(None, "file-unreadable")]


def test_blank_lines_keep_the_row_numbers_of_the_spreadsheet(school: CsvSchool) -> None:
    report = school.marks(HEAD + "\n001,2025-09-01,,A,,\n\n001,2025-09-06,,A,,\n")
    assert codes(report) == [(5, "closed-day")]


def test_a_report_prints_a_thousand_problems_and_counts_them_all(school: CsvSchool) -> None:
    report = school.marks(HEAD + "009,2025-09-01,,A,,\n" * 1200)
    printed = report.as_dict()
    assert printed["problem_counts"] == {"unknown-student": 1200}
    assert len(printed["problems"]) == 1000
    assert printed["problems_left_out"] == 200


# --- schools and calendars --------------------------------------------------------------------


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
def test_a_bad_school_is_named(school: CsvSchool, row: str, code: str) -> None:
    head = "school,name,jurisdiction,zone,denominator\n2,Good,US-TX,America/Chicago,DECLARED_DAYS\n"
    assert codes(school.schools(head + row + "\n")) == [(3, code)]


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
def test_a_bad_calendar_row_is_named(school: CsvSchool, row: str, code: str) -> None:
    head, *rows = CALENDAR.splitlines()
    text = "\n".join([head + ",declared_days", *(one + "," for one in rows), row])
    assert codes(school.calendar(text)) == [(5, code)]


def test_two_terms_need_two_names(school: CsvSchool) -> None:
    text = "date,kind,until,name\n2026-01-05,TERM,2026-03-27,x\n2026-04-13,TERM,2026-06-26,x\n"
    assert codes(school.calendar(text)) == [(3, "two-versions")]


def test_open_days_are_the_weekdays_of_the_terms_without_the_closed_ones(
    school: CsvSchool,
) -> None:
    with school.database.auditor(TENANT) as conn:
        days = reads.open_days(conn, TENANT, SCHOOL)
    weekdays = sum(
        date.fromordinal(n).weekday() < 5
        for n in range(days[0].toordinal(), days[-1].toordinal() + 1)
    )
    assert (days[0], days[-1]) == (date(2025, 8, 28), date(2025, 12, 19))
    assert len(days) == weekdays - 5 - 1


def test_a_storm_closure_told_afterwards_takes_the_days_marks_out(school: CsvSchool) -> None:
    school.marks(HEAD + "001,2025-09-01,,A,,\n001,2025-09-02,,A,,\n")
    school.calendar("date,kind\n2025-09-02,EMERGENCY_CLOSURE\n")
    with school.database.auditor(TENANT) as conn:
        lines = reads.lines(conn, TENANT, reads.schools(conn, TENANT))
    assert [line.marks for line in lines if line.days] == ["AA##"]


# --- people -----------------------------------------------------------------------------------


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
def test_a_bad_student_row_is_named(school: CsvSchool, row: str, code: str) -> None:
    assert codes(school.students(STUDENTS + row + "\n")) == [(5, code)]


def test_a_guardian_of_two_is_one_person_with_two_links(school: CsvSchool) -> None:
    result = school.guardians(
        GUARDIANS
        + "001,G1,Máire,Ní Néill,Mother,1,087 123 4567,maire@example.ie,ga,yes,yes,yes,no,yes,no\n"
        + "002,G1,Máire,Ní Néill,Mother,1,087 123 4567,maire@example.ie,ga,yes,yes,yes,no,yes,no\n"
        + "001,G2,Tom,O'Neill,Father,2,,,,,,no,yes,,\n"
    )
    assert result.report.imported
    assert result.report.counts == {"guardian": 2, "guardian_link": 3}
    (maire,) = {choice.guardian for choice in result.choices}
    assert [(one.channel, one.given) for one in result.choices] == [
        (Channel.SMS, True),
        (Channel.EMAIL, False),
    ]
    assert school.people.kept["guardian"][maire] == {
        "given": "Máire",
        "family": "Ní Néill",
        "phone": "+353871234567",
        "email": "maire@example.ie",
        "language": "ga",
        "address": [],
    }
    with school.database.auditor(TENANT) as conn:
        pupils = {row.source_id: row for row in reads.students(conn, TENANT)}
        links = reads.guardians_of(conn, TENANT, [pupils["001"].student])
        children = reads.students_of(conn, TENANT, [maire])
    first, second = links[pupils["001"].student]
    assert (first.guardian, first.may_receive_info, first.no_contact_reason) == (maire, True, None)
    assert first.household == pupils["001"].household
    assert (second.may_receive_info, second.lives_with) == (None, False)
    assert second.no_contact_reason == "STATED_IN_FILE"
    assert second.household is None
    assert {link.student for link in children[maire]} == {
        pupils["001"].student,
        pupils["002"].student,
    }


def test_choices_come_back_also_when_the_file_is_imported_already(school: CsvSchool) -> None:
    text = GUARDIANS + "001,G1,Máire,Ní Néill,Mother,1,,,,,,,,yes,\n"
    first, again = school.guardians(text), school.guardians(text)
    assert again.report.already_imported
    assert again.choices == first.choices


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
def test_a_bad_guardian_row_is_named(school: CsvSchool, row: str, code: str) -> None:
    text = GUARDIANS + "002,G9,C,D,Father,1,,,,,,,,,\n" + row + "\n"
    assert codes(school.guardians(text).report) == [(3, code)]


def test_an_address_in_one_cell_becomes_the_lines_of_a_letter(school: CsvSchool) -> None:
    head = GUARDIANS.strip() + ",address\n"
    school.guardians(head + "001,G1,A,B,Mother,1,,,,,,,,,,1 Sráid Mhór; Trá Lí ;Co. Kerry\n")
    (person,) = school.people.kept["guardian"].values()
    assert person["address"] == ["1 Sráid Mhór", "Trá Lí", "Co. Kerry"]


# --- the report -------------------------------------------------------------------------------


def test_every_kind_of_problem_says_why_and_what_to_do() -> None:
    for code, kind in KINDS.items():
        assert code == code.lower().replace("_", "-")
        assert kind.reason.endswith((".", ":"))
        assert kind.what_to_do.endswith(".")

"""Schools, calendars, pupils, guardians and marks out of CSV, and everything a CSV can be."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from domain.shared.contact import Channel
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.store.database import Database
from tests.support.csv_school import SCHOOL, SCHOOLS, STUDENTS, CsvSchool
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


def test_marks_of_a_roll_call(school: CsvSchool) -> None:
    report = school.marks(
        HEAD + "001,2025-09-01,,P,,\n001,2025-09-02,DAY,A,,\n002,2025-09-02,,f,,\n"
    )
    assert report.imported
    assert report.problems == ()
    assert stored(school) == [
        ("001", "2025-09-01", "DAY", "PRESENT"),
        ("001", "2025-09-02", "DAY", "ABSENT_AUTHORISED"),
        ("002", "2025-09-02", "DAY", "ABSENT_UNEXPLAINED"),
    ]


def test_good_rows_are_kept_only_where_the_user_asks_for_it(school: CsvSchool) -> None:
    text = HEAD + "002,2025-09-01,,A,,\n009,2025-09-01,,A,,\n"
    refused = school.marks(text)
    assert not refused.imported
    assert stored(school) == []
    kept = school.marks(text, keep=True)
    assert (kept.rows_read, kept.rows_good, kept.rows_bad) == (2, 1, 1)
    assert [pupil for pupil, *_ in stored(school)] == ["002"]


def test_a_file_that_is_no_csv_changes_nothing_whatever_is_asked(school: CsvSchool) -> None:
    report = school.marks(b"PK\x03\x04", keep=True)
    assert not report.imported
    assert "cannot be trusted" in report.advice


def test_of_contradicting_marks_none_counts(school: CsvSchool) -> None:
    text = HEAD + "001,2025-09-01,,A,,\n001,2025-09-01,,P,,\n002,2025-09-01,,P,,\n"
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


def test_a_report_prints_a_thousand_problems_and_counts_them_all(school: CsvSchool) -> None:
    report = school.marks(HEAD + "009,2025-09-01,,A,,\n" * 1200)
    printed = report.as_dict()
    assert printed["problem_counts"] == {"unknown-student": 1200}
    assert len(printed["problems"]) == 1000
    assert printed["problems_left_out"] == 200


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


def test_an_empty_cell_is_a_mark_that_nobody_took_and_is_told(school: CsvSchool) -> None:
    """Trap 3: unknown is neither present nor absent; the register is to be chased."""
    report = school.marks(HEAD + "001,2025-09-01,,,,\n002,2025-09-01,,-,,\n")
    assert report.imported
    assert codes(report) == [(None, "no-mark")]
    assert "2 of them" in report.as_dict()["problems"][0]["reason"]
    assert [status for *_, status in stored(school)] == ["MISSING", "MISSING"]

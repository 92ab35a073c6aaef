"""A school says what its own codes stand for; unknown ones wait aside until it has."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from infrastructure.imports.csv_files import import_codes
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.store.database import Database
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.register import TENANT, recording

pytestmark = pytest.mark.postgres
MARKS = "student,date,session,code\n"
CODES = "code,stands_for,from,until,meaning\n"
PLACES = "school,name,jurisdiction,zone\n19876A,Ysgol Bryn,{},Europe/London\n"


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(database) as commit:
        made = CsvSchool(database, tmp_path, commit).set_up()
        assert made.schools(PLACES.format("GB-WLS")).imported
        yield made


def say(school: CsvSchool, rows: str, *, keep: bool = False) -> ImportReport:
    path, roll = school.file(CODES + rows, "codes.csv"), school.roll()
    place = (school.database, TENANT, path, roll, school.people, school.commit)
    return import_codes(*place, keep_good_rows=keep).report


def kept(school: CsvSchool) -> list[tuple[str, str, str | None]]:
    with school.database.auditor(TENANT) as conn:
        found = conn.execute(
            "select m.code, m.status, m.local_code from mark m join known_batch using (batch)"
            " order by position, row_no"
        ).fetchall()
    return [(code, status, local) for code, status, local in found]


def test_an_unknown_code_waits_aside_until_the_school_says_what_it_stands_for(
    school: CsvSchool,
) -> None:
    """Quarantine, then the same file again: the rows that could not be read come in."""
    text = MARKS + "001,2025-09-01,AM,ILL\n002,2025-09-01,AM,/\n"
    first = school.marks(text, keep=True)
    assert [(one.row, one.code) for one in first.problems] == [(2, "unknown-code")]
    assert "anseo import codes" in first.as_dict()["problems"][0]["what_to_do"]
    assert kept(school) == [("/", "PRESENT", None)]
    said = say(school, "ill,I,2025-09-01,,illness as our office writes it\n")
    assert said.imported
    assert [one.code for one in said.problems] == ["marks-keep-their-meaning"]
    second = school.marks(text)
    assert second.imported
    assert second.problems == ()
    assert kept(school)[1:] == [("I", "ABSENT_AUTHORISED", "ILL")]
    assert second.changes["mark"] == {"added": 1, "changed": 0, "taken_back": 0, "unchanged": 1}


def test_a_mark_has_its_day_session_status_code_and_source(school: CsvSchool) -> None:
    """001-021, and the table by which it was read, and how the school wrote it."""
    say(school, "ill,I,2025-09-01,,\n")
    school.marks(MARKS + "001,2025-09-01,AM,ILL\n")
    with school.database.auditor(TENANT) as conn:
        found = conn.execute(
            "select on_date, session, status, code, local_code, source, code_table"
            " from mark join known_batch using (tenant, batch)"
        ).fetchall()
    expected = ("AM", "ABSENT_AUTHORISED", "I", "ILL", "csv:19876A", "gb-wls-2010")
    assert found == [(date(2025, 9, 1), *expected)]


def test_what_a_code_stood_for_is_known_as_it_was_known_then(school: CsvSchool) -> None:
    first = say(school, "B,V,2025-09-01,,\n")
    second = say(school, "B,U,2025-09-01,,\n")
    taken_back = say(school, "B,,2025-09-01,,\n")
    with school.database.auditor(TENANT) as conn:
        known = [
            reads.local_codes(conn, TENANT, position, schools=[SCHOOL])
            for position in (0, first.position, second.position, taken_back.position)
        ]
    stood_for = [[one.stands_for for one in said.get(SCHOOL, [])] for said in known]
    assert stood_for == [[], ["V"], ["U"], []]


def test_marks_keep_the_meaning_that_they_came_with(school: CsvSchool) -> None:
    school.marks(MARKS + "001,2025-09-01,AM,B\n")
    say(school, "B,U,2025-09-01,,\n")
    assert kept(school) == [("B", "PRESENT_OFFSITE", None)]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("ill,J1,2025-09-01,,", "bad-value"),  # a code of England
        ("ill,UNKNOWN_CODE,2025-09-01,,", "bad-value"),
        ("ill,I,,,", "missing-field"),
        (",I,2025-09-01,,", "missing-field"),
        ("ill,I,2025-09-01,2025-08-01,", "bad-value"),
        ("a code of more than twenty letters,I,2025-09-01,,", "bad-value"),
        ("V,I,2025-09-01,,", "two-versions"),
    ],
)
def test_a_bad_row_of_codes_is_told_and_changes_nothing(
    school: CsvSchool, row: str, code: str
) -> None:
    report = say(school, f"V,U,2025-09-01,,\n{row}\n")
    assert not report.imported
    assert (3, code) in [(one.row, one.code) for one in report.problems]


def test_a_local_code_is_nobody_elses(school: CsvSchool) -> None:
    """Trap 60: codes are not shared between schools."""
    say(school, "ill,I,2025-09-01,,\n")
    other = PLACES.replace("19876A", "20000B").format("GB-WLS")
    assert school.schools(other).imported
    with school.database.auditor(TENANT) as conn:
        found = {row.source_id: row for row in reads.schools(conn, TENANT)}
        theirs = reads.school_codes(conn, TENANT, found["20000B"])
    assert theirs.local == ()
    assert theirs.find("ill", date(2025, 9, 1)) is None


def test_signs_that_files_and_programs_eat_arrive_whole(school: CsvSchool) -> None:
    """Trap 6: a stroke is no path, a backslash no escape, a hash no comment."""
    school.schools(PLACES.format("GB-ENG"))
    text = MARKS + "001,2025-09-01,AM,/\n001,2025-09-01,PM,\\\n002,2025-09-01,AM,#\n"
    assert school.marks(text + "002,2025-09-01,PM,c 1\n").imported
    assert [code for code, *_ in kept(school)] == ["/", "\\", "#", "C1"]


def test_a_date_before_the_change_is_read_by_the_old_codes(school: CsvSchool) -> None:
    """Trap 4: H and single Y in history are known; J then and J1 now are two things."""
    school.schools(PLACES.format("GB-ENG"))
    school.calendar("date,kind,until\n2024-01-08,TERM,2024-07-19\n2024-09-02,TERM,2024-12-20\n")
    rows = "".join(
        f"00{n},{day},AM,{code}\n"
        for day in ("2024-07-01", "2024-09-03")
        for n, code in ((1, "J"), (2, "H"))
    )
    report = school.marks(MARKS + rows, keep=True)
    assert [(one.row, one.code) for one in report.problems] == [
        (4, "unknown-code"),
        (5, "unknown-code"),
    ]
    assert [(code, status) for code, status, _ in kept(school)] == [
        ("J", "PRESENT_OFFSITE"),
        ("H", "ABSENT_AUTHORISED"),
    ]


def test_a_school_in_an_unknown_place_is_not_imported(school: CsvSchool) -> None:
    report = school.schools(PLACES.format("UK"))
    assert not report.imported
    assert [(one.row, one.code) for one in report.problems] == [(2, "bad-value")]


def test_another_profile_reads_codes_too(school: CsvSchool) -> None:
    path = school.file("local;means;since\nill;I;01/09/2025\n", "c.csv")
    profile = ColumnProfile(
        columns={"code": "local", "stands_for": "means", "from": "since"},
        date_format="DMY",
        delimiter=";",
    )
    place = (school.database, TENANT, path, school.roll(), school.people, school.commit)
    assert import_codes(*place, profile=profile).report.imported

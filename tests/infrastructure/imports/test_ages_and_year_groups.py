"""What an import tells of ages and year groups, and what an evaluation makes of it.

The birth date itself goes to the vault. A year group is that of one school year.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.attendance.rules import RuleSet
from infrastructure.clock import move_school_clock
from infrastructure.imports.edfi import import_edfi
from infrastructure.imports.importing import Commit
from infrastructure.register.evaluation import as_json, evaluate_school
from infrastructure.store.database import Database
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.edfi import SCHOOLS, enrolment, write_district, write_enrolments
from tests.support.register import TENANT, People, recording

pytestmark = pytest.mark.postgres
HIGH, *_ = SCHOOLS
ON = date(2025, 12, 1)
HEAD = "student,given,family,birth_on,year_group\n"
ROLL = HEAD + (
    "001,Seán,Ó Néill,2009-05-01,3rd year\n"
    "002,Áine,Ní Néill,2015-02-11,3\n"
    "003,Órla,Byrne,2020-07-30,Junior infants\n"
    "004,Aoife,Byrne,,\n"
    "005,Niamh,Byrne,2009-12-02,TY\n"
)


@pytest.fixture
def school(database: Database, tmp_path: Path, commit: Commit) -> CsvSchool:
    at(database, datetime(2025, 9, 10, 12, tzinfo=UTC))
    school = CsvSchool(database, tmp_path, commit)
    assert school.schools("school,name,jurisdiction,zone\n19876A,S,IE,Europe/Dublin\n").imported
    days = "date,kind,until\n2025-08-28,TERM,2025-12-19\n2026-01-05,TERM,2026-06-26\n"
    assert school.calendar(days).imported
    assert school.students(ROLL).imported
    marks = "".join(f"{pupil:03},2025-09-{day:02},F\n" for pupil in range(1, 6) for day in (11, 12))
    assert school.marks("student,date,code\n" + marks).imported
    return school


@pytest.fixture
def commit(database: Database) -> Iterator[Commit]:
    with recording(database) as commit:
        yield commit


def at(database: Database, moment: datetime) -> None:
    with database.worker() as conn:
        move_school_clock(conn, moment)


def asked(database: Database, on: date = ON, **population: Any) -> dict[str, Any]:
    stage = {"order": 1, "type": "A", "trigger": {"metric": "ABSENT_DAYS", "value": 2}}
    rules = {"id": "t", "stages": [stage], "population": population}
    with database.tenant(TENANT) as conn:
        found = evaluate_school(conn, TENANT, SCHOOL, on, RuleSet.model_validate(rules))
    return as_json(found)["stages"][0]  # type: ignore[no-any-return]


def who(answer: dict[str, Any]) -> list[str]:
    return [one["source_id"] for one in answer["pupils"]]


def test_the_rules_of_ireland_leave_out_infants_and_who_is_grown_up(school: CsvSchool) -> None:
    answer = asked(school.database, compulsoryAge=True)
    assert who(answer) == ["001", "002", "004", "005"]
    assert answer["outside_population"] == 1
    assert answer["open"] == {"AGE_UNKNOWN": 1}
    assert answer["pupils"][2]["numbers"]["not_known"] == ["AGE_UNKNOWN"]
    # From the sixteenth birthday on, in the fourth year of post-primary education.
    assert "005" not in who(asked(school.database, date(2025, 12, 2), compulsoryAge=True))


def test_ages_decide_by_the_day(school: CsvSchool) -> None:
    assert who(asked(school.database, minAge=6, maxAge=16)) == ["002", "004", "005"]


def test_a_year_group_is_that_of_its_own_school_year_only(school: CsvSchool) -> None:
    """The trap: in September everybody moves up, and last year's days are not asked anew by it."""
    database = school.database
    at(database, datetime(2026, 8, 27, 9, tzinfo=UTC))
    assert school.students(HEAD + "002,Áine,Ní Néill,2015-02-11,4\n").imported
    assert who(asked(database, yearGroups=["3"])) == ["002", "004"]  # of 004 nobody said it
    assert who(asked(database, yearGroups=["4"])) == ["004"]
    later = asked(database, date(2026, 6, 1), yearGroups=["3"])
    assert who(later) == ["002", "004"]


def test_the_same_file_says_something_new_in_another_school_year(school: CsvSchool) -> None:
    assert school.students(ROLL).already_imported
    at(school.database, datetime(2026, 9, 2, 9, tzinfo=UTC))
    again = school.students(ROLL)
    assert again.imported
    assert again.changes["student_years"]["changed"] == 5
    assert again.changes["student"]["unchanged"] == 5


def test_no_birth_date_stands_in_the_register(school: CsvSchool) -> None:
    """Of whoever is well inside an age no day is told at all but those of school years."""
    with school.database.auditor(TENANT) as conn:
        rows = conn.execute(
            "select first_on, last_on, known_from, known_until from student_years"
            " join student using (tenant, student, batch) where source_id = '002'"
        ).fetchall()
        columns = conn.execute(
            "select column_name from information_schema.columns where table_name = 'student_years'"
        ).fetchall()
    ((first, last, since, until),) = rows
    assert (since, until) == (date(2024, 9, 1), date(2027, 8, 31))
    assert {day.strftime("%m-%d") for day in (*first, *last)} <= {"09-01", "08-31"}
    assert not any("birth" in name for (name,) in columns)


def test_a_corrected_birth_date_is_news_since_when_it_is_known(school: CsvSchool) -> None:
    text = HEAD + "003,Órla,Byrne,2018-07-30,Junior infants\n"
    position = asked_position(school.database)
    assert school.students(text).imported
    assert "003" in who(asked(school.database, compulsoryAge=True))
    stage = {"order": 1, "type": "A", "trigger": {"metric": "ABSENT_DAYS", "value": 2}}
    rules = RuleSet.model_validate(
        {"id": "t", "stages": [stage], "population": {"compulsoryAge": True}}
    )
    with school.database.tenant(TENANT) as conn:
        then = evaluate_school(conn, TENANT, SCHOOL, ON, rules, position)
    assert "003" not in who(as_json(then)["stages"][0])


def asked_position(database: Database) -> int:
    with database.auditor(TENANT) as conn:
        row = conn.execute("select max(position) from known_batch").fetchone()
    assert row is not None
    return int(row[0])


def test_an_old_district_is_about_the_years_of_its_own_terms(
    database: Database, tmp_path: Path, commit: Commit
) -> None:
    """Files of 2021 tell ages of those years, whenever somebody imports them."""
    folder = write_district(tmp_path / "district", pupils=6, dirty=False).folder
    write_enrolments(folder, enrolment("604005", HIGH, "2021-08-23"))
    assert import_edfi(database, TENANT, folder, People(), commit).report.imported
    with database.auditor(TENANT) as conn:
        told = conn.execute("select school_year, known_from from student_years").fetchall()
    assert set(told) == {(date(2021, 8, 1), date(2020, 8, 1))}

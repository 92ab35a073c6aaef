"""One day of a district out of a file into the register, beside a bare COPY of the same rows.

Ours reads and checks 100,000 marks, compares them with what is known, records one fact and writes
the stored lines on. The floor copies ready bytes into a temporary table and inserts from there
into a table like ours, with the same indexes.
"""

import os
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from domain.shared.ids import derived_id
from infrastructure.imports.csv_files import import_marks
from infrastructure.imports.importing import Commit
from infrastructure.register import reads
from infrastructure.store.database import Database
from tests.support import postgres
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.measuring import in_turn, report
from tests.support.register import TENANT, People, recording

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
PUPILS = int(os.environ.get("ANSEO_BENCH_PUPILS", "50000"))
FIRST = date(2025, 9, 1)
SCHOOLS = "school,name,jurisdiction,zone\n19876A,Hilltop District,GB-ENG,Europe/London\n"
CALENDAR = "date,kind,until\n2025-09-01,TERM,2025-12-19\n"
COLUMNS = "tenant, school, student, on_date, session, batch, code, status, minutes_late, row_no"
STATUS = {"/": "PRESENT", "\\": "PRESENT", "I": "ABSENT_AUTHORISED", "O": "ABSENT_UNAUTHORISED"}


def code(pupil: int, day: int, half: str) -> str:
    """About one mark in twelve is an absence."""
    if (pupil * 7 + day * 3) % 12 == 0:
        return "I" if pupil % 2 else "O"
    return "/" if half == "AM" else "\\"


def marks_of(day: int) -> list[tuple[int, str, str]]:
    return [(n, half, code(n, day, half)) for n in range(PUPILS) for half in ("AM", "PM")]


@pytest.fixture(scope="module")
def school(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CsvSchool]:
    """A district as one roll, with a table beside its register's for the floor."""
    with postgres.throw_away(postgres_url, template) as database, recording(database) as commit:
        school = CsvSchool(database, tmp_path_factory.mktemp("district"), commit)
        school.schools(SCHOOLS)
        school.calendar(CALENDAR)
        rows = "".join(f"P{n:06},Given,Family\n" for n in range(PUPILS))
        assert school.students("student,given,family\n" + rows).imported
        with database.owner() as conn:
            conn.execute("create table bare_mark (like mark including all)")
            conn.execute("analyze")
        yield school


def ours(school: CsvSchool, commit: Commit, database: Database, path: Path) -> float:
    began = time.perf_counter()
    with database.tenant(TENANT) as conn:
        roll = reads.school_roll(conn, TENANT, SCHOOL)
    assert roll is not None
    done = import_marks(
        database, TENANT, path, roll, People(), commit, today=date(2025, 12, 19)
    ).report
    took = time.perf_counter() - began
    assert done.changes["mark"]["added"] == 2 * PUPILS
    return took


def floor(database: Database, ready: bytes) -> float:
    with database.owner() as conn:
        began = time.perf_counter()
        conn.execute(
            f"create temp table bare_stage on commit drop as select {COLUMNS} from mark limit 0"
        )
        with conn.cursor().copy(f"copy bare_stage ({COLUMNS}) from stdin") as copy:
            copy.write(ready)
        conn.execute(f"insert into bare_mark ({COLUMNS}) select {COLUMNS} from bare_stage")
        conn.commit()
        return time.perf_counter() - began


def as_copied(ids: list[UUID], on: date, day: int, batch: UUID) -> bytes:
    lines = [
        f"{TENANT}\t{SCHOOL}\t{ids[n]}\t{on}\t{half}\t{batch}\t{said}\t{STATUS[said]}\t\\N\t{row}\n"
        for row, (n, half, said) in enumerate(marks_of(day), 2)
    ]
    return "".join(lines).replace("\t\\\t", "\t\\\\\t").encode()


@pytest.mark.figure("import")
def test_a_day_of_marks_beside_a_bare_copy(school: CsvSchool) -> None:
    """PERFORMANCE.md: at least 0.4 of the bare way; as marks a second."""
    ids = [derived_id(TENANT, "student", "csv:19876A", f"P{n:06}") for n in range(PUPILS)]
    days = iter(range(9))

    def one_day() -> float:
        day = next(days)
        on = FIRST + timedelta(days=day)
        text = "".join(f"P{n:06},{on},{half},{said}\n" for n, half, said in marks_of(day))
        path = school.file("student,date,session,code\n" + text, "day.csv")
        return ours(school, school.commit, school.database, path)

    bare = iter(range(9))

    def copied() -> float:
        day = next(bare)
        ready = as_copied(ids, FIRST + timedelta(days=day), day, uuid4())
        return floor(school.database, ready)

    pairs = in_turn(one_day, copied, rounds=5)
    marks = 2 * PUPILS
    rates = [(marks / mine, marks / other) for mine, other in pairs]
    report("import", rates, "marks/s", marks)

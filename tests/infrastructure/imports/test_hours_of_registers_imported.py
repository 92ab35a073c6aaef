"""Hours of registers come with a school's calendar, have two clocks, and may be taken back."""

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path

import pytest

from domain.attendance.day_words import DayPart
from domain.attendance.register_hours import closes_at
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.register.by_hand import calendar_version
from infrastructure.register.calendar_view import Asked, calendar_view
from infrastructure.store.database import Database
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.register import TENANT, recording

pytestmark = pytest.mark.postgres
HEAD = "date,kind,until,am_start,am_close,pm_start,pm_close,day_end\n"
USUAL = "2025-09-01,HOURS,,08:50,09:20,13:00,13:20,15:10\n"
EARLY = "2025-11-12,HOURS,2025-11-12,,,,12:20,12:30\n"


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(database) as commit:
        yield CsvSchool(database, tmp_path, commit).set_up()


def closes(school: CsvSchool, on: date, part: DayPart, position: int | None = None) -> time | None:
    with school.database.auditor(TENANT) as conn:
        said = reads.register_hours(conn, TENANT, position, schools=[SCHOOL])
    return closes_at(said.get(SCHOOL, ()), on, part)


def problems(report: ImportReport) -> list[tuple[int | None, str]]:
    return [(one.row, one.code) for one in report.problems]


def test_a_school_says_when_its_registers_close(school: CsvSchool) -> None:
    """DOMAIN 5.1: amStart, amClose, pmStart, pmClose, dayEnd; usual ones, and those of a day."""
    assert closes(school, date(2025, 11, 12), DayPart.AM) is None
    report = school.calendar(HEAD + USUAL + EARLY)
    assert (report.imported, report.counts) == (True, {"register_hours": 2})
    assert closes(school, date(2025, 11, 12), DayPart.AM) == time(9, 20)
    assert closes(school, date(2025, 11, 12), DayPart.PM) == time(12, 20)
    assert closes(school, date(2026, 3, 2), DayPart.PM) == time(13, 20)
    assert school.roll().calendar.is_open(date(2025, 11, 12))


def test_the_calendar_shows_them_and_has_another_version(school: CsvSchool) -> None:
    position = school.calendar(HEAD + USUAL + EARLY).position
    with school.database.auditor(TENANT) as conn:
        (row,) = reads.schools(conn, TENANT)
        told = calendar_view(conn, TENANT, row, Asked(date(2025, 11, 13), date(2025, 11, 14)))
        assert calendar_version(conn, TENANT, SCHOOL) == told["version"] == position
    (usual,) = told["hours"]
    assert (usual["from"], usual["to"], usual["am_close"]) == ("2025-09-01", None, "09:20")


def test_hours_are_corrected_taken_back_and_known_as_they_were(school: CsvSchool) -> None:
    first = school.calendar(HEAD + USUAL)
    school.calendar(HEAD + USUAL.replace("09:20", "09:30"))
    gone = school.calendar(HEAD + "2025-09-01,HOURS,,,,,,\n")
    on = date(2025, 11, 12)
    assert gone.changes["register_hours"]["changed"] == 1
    assert closes(school, on, DayPart.AM) is None
    assert closes(school, on, DayPart.AM, first.position) == time(9, 20)
    assert closes(school, on, DayPart.AM, (gone.position or 0) - 1) == time(9, 30)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2025-09-01,HOURS,,9.20,,,,\n", "bad-value"),
        ("2025-09-01,HOURS,,25:00,,,,\n", "bad-value"),
        ("2025-09-01,HOURS,,09:20,08:50,,,\n", "bad-value"),
        ("2025-09-01,HOURS,,08:50,,,,08:40\n", "bad-value"),
        ("2025-09-02,HOURS,2025-09-01,08:50,,,,\n", "bad-value"),
    ],
)
def test_times_that_cannot_be_are_set_aside(school: CsvSchool, row: str, code: str) -> None:
    report = school.calendar(HEAD + row)
    assert (report.imported, problems(report)) == (False, [(2, code)])


def test_two_rows_about_the_same_days_contradict_each_other(school: CsvSchool) -> None:
    report = school.calendar(HEAD + USUAL + USUAL.replace("09:20", "09:30"))
    assert problems(report) == [(3, "two-versions")]

"""A mark that somebody corrected here, and a school's system that goes on sending the old one."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from domain.attendance.register_line import Session
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.store.database import Database
from infrastructure.wiring.by_hand import Correction, Hand
from tests.support.register import TENANT
from tests.support.syncs import WondeSchoolHere, wonde_school

pytestmark = pytest.mark.postgres
RESOURCE = "attendance/session"
MARK = "S00010902AM"


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[WondeSchoolHere]:
    with wonde_school(database, tmp_path) as school:
        school.world.change(RESOURCE, MARK, attendance_code="K4")
        school.sync()
        school.world.now = datetime.now(UTC)
        assert school.lines()["A0001"] == "//O///////"
        yield school


def correct(school: WondeSchoolHere, code: str | None) -> None:
    with school.house.database.auditor(TENANT) as conn:
        here = reads.schools(conn, TENANT)[0]
        pupil = next(row for row in reads.students(conn, TENANT) if row.source_id == "A0001")
    wish = Correction(pupil.student, date(2025, 9, 2), Session.AM, code, None, "He was there.")
    Hand(school.house, TENANT, "staff:7", uuid4()).correct(wish, pupil, here)


def told(report: ImportReport) -> list[str]:
    kinds = {"corrected-by-hand", "correction-stands"}
    return [one.code for one in report.problems if one.code in kinds]


@pytest.mark.parametrize("full", [False, True])
def test_what_comes_twice_does_no_harm(school: WondeSchoolHere, *, full: bool) -> None:
    """A sync asks for a quarter of an hour more than it needs, and once a week for everything."""
    correct(school, "/")
    school.world.put(RESOURCE, school.world.records[RESOURCE][MARK])
    _, marks = school.sync(full=full)
    assert (marks.outcome, told(marks)) == ("UNCHANGED", ["corrected-by-hand"])
    assert school.lines()["A0001"] == "//////////"


@pytest.mark.parametrize("full", [False, True])
def test_what_the_source_deletes_afterwards_stands_by_the_persons_word(
    school: WondeSchoolHere, *, full: bool
) -> None:
    correct(school, "I")
    school.world.delete(RESOURCE, MARK)
    _, marks = school.sync(full=full)
    assert told(marks) == ["correction-stands"]
    assert (marks.outcome, "a correction stands" in marks.advice) == ("UNCHANGED", True)
    assert school.lines()["A0001"] == "//A///////"


def test_both_take_it_back_and_nobody_contradicts(school: WondeSchoolHere) -> None:
    correct(school, None)
    school.world.delete(RESOURCE, MARK)
    _, marks = school.sync(full=True)
    assert (told(marks), school.lines()["A0001"]) == ([], "//-///////")


def test_only_the_corrected_mark_is_held(school: WondeSchoolHere) -> None:
    """The other half of that day follows the source: only a word of a person is held."""
    correct(school, "/")
    school.world.delete(RESOURCE, "S00010902PM")
    _, marks = school.sync(full=True)
    assert marks.changes["mark"]["taken_back"] == 1
    assert school.lines()["A0001"] == "///-//////"

"""From which day until which day a pupil of Wonde's is on the roll (trap 23 of DOMAIN.md)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from infrastructure.clock import move_school_clock
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.register.rows import StudentRow
from infrastructure.store.database import Database
from tests.support.register import TENANT
from tests.support.syncs import WondeSchoolHere, wonde_school
from tests.support.wonde import pupil, stamp

pytestmark = pytest.mark.postgres
A_WEEK_LATER = datetime(2025, 9, 12, 16, 0, tzinfo=UTC)
UNDATED = {"data": {"admission_date": None, "leaving_date": None}}


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[WondeSchoolHere]:
    with wonde_school(database, tmp_path) as school:
        yield school


def on_roll(school: WondeSchoolHere) -> dict[str, StudentRow]:
    with school.house.database.auditor(TENANT) as conn:
        (here,) = [row.school for row in reads.schools(conn, TENANT)]
        return {row.source_id: row for row in reads.students(conn, TENANT, schools=[here])}


def told(report: ImportReport) -> set[str]:
    return {one.code for one in report.problems}


def leaves(school: WondeSchoolHere, source_id: str, **details: Any) -> None:
    gone = school.world.records["students"].pop(source_id)
    had = gone["education_details"]["data"]
    school.world.put("students-leaver", {**gone, "education_details": {"data": had | details}})


def test_a_leaver_without_a_date_keeps_the_day_on_which_we_first_knew(
    school: WondeSchoolHere,
) -> None:
    """Each whole reading once let such a pupil be on the roll again, until that very day."""
    school.sync()
    leaves(school, "A0004")
    people, _ = school.sync(full=True)
    assert "left-without-date" in told(people)
    assert on_roll(school)["A0004"].left_on == date(2025, 9, 5)
    with school.house.database.worker() as conn:
        move_school_clock(conn, A_WEEK_LATER)
    again, _ = school.sync(full=True)
    assert again.unchanged
    assert on_roll(school)["A0004"].left_on == date(2025, 9, 5)


def test_a_leaving_day_that_comes_later_goes_before_the_day_we_noticed(
    school: WondeSchoolHere,
) -> None:
    school.sync()
    leaves(school, "A0004")
    school.sync(full=True)
    leaver = school.world.records["students-leaver"]["A0004"]
    leaver["education_details"]["data"]["leaving_date"] = stamp(date(2025, 9, 3))
    school.sync(full=True)
    assert on_roll(school)["A0004"].left_on == date(2025, 9, 3)


def test_who_was_to_leave_at_christmas_and_is_gone_in_september_has_left_now(
    school: WondeSchoolHere,
) -> None:
    at_christmas = {"data": {"admission_date": None, "leaving_date": stamp(date(2025, 12, 19))}}
    school.world.change("students", "A0004", education_details=at_christmas)
    school.sync()
    assert on_roll(school)["A0004"].left_on == date(2025, 12, 19)
    leaves(school, "A0004", leaving_date=None)
    school.sync(full=True)
    assert on_roll(school)["A0004"].left_on == date(2025, 9, 5)


def test_who_is_still_to_come_is_not_on_the_roll_until_there_is_a_day(
    school: WondeSchoolHere,
) -> None:
    """An applicant for next year has no missing marks in this one."""
    school.world.put("students-pre-admission", pupil(7, education_details=UNDATED))
    school.world.put(
        "students-pre-admission",
        pupil(8, education_details={"data": {"admission_date": stamp(date(2025, 11, 3))}}),
    )
    people, _ = school.sync()
    assert "not-admitted" in told(people)
    known = on_roll(school)
    assert "A0007" not in known
    assert known["A0008"].enrolled_on == date(2025, 11, 3)
    come = school.world.records["students-pre-admission"].pop("A0007")
    school.world.put("students", {**come, "education_details": UNDATED})
    people, _ = school.sync(full=True)
    assert "A0007" in on_roll(school)
    assert "not-admitted" not in told(people)


def test_who_is_here_and_listed_as_still_to_come_is_here(school: WondeSchoolHere) -> None:
    school.world.change("students", "A0001", education_details=UNDATED)
    school.world.put("students-pre-admission", school.world.records["students"]["A0001"])
    school.sync()
    assert "A0001" in on_roll(school)


def test_admission_and_leaving_are_days_at_the_school(school: WondeSchoolHere) -> None:
    """Trap 24: 23:00 in UTC is the next day at a school in summer time; marks say so too."""
    late = {
        "admission_date": stamp(datetime(2025, 8, 31, 23, 0, tzinfo=UTC)),
        "leaving_date": stamp(datetime(2026, 3, 31, 23, 0, tzinfo=UTC)),
    }
    school.world.change("students", "A0001", education_details={"data": late})
    school.sync()
    known = on_roll(school)["A0001"]
    assert (known.enrolled_on, known.left_on) == (date(2025, 9, 1), date(2026, 4, 1))

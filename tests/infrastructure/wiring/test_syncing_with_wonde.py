"""A school at Wonde into the register, over real HTTP: everything at first, then what changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.store.database import Database
from tests.support.register import TENANT
from tests.support.syncs import WondeSchoolHere, wonde_school
from tests.support.wonde import Wrong, mark, pupil, stamp

pytestmark = pytest.mark.postgres
PRESENT = "/" * 10


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[WondeSchoolHere]:
    with wonde_school(database, tmp_path) as school:
        yield school


def codes(report: ImportReport) -> list[str]:
    return sorted({one.code for one in report.problems})


def test_the_first_sync_brings_school_people_and_marks(school: WondeSchoolHere) -> None:
    people, marks = school.sync()
    assert people.imported
    assert people.counts == {"guardian": 10, "guardian_link": 10, "school": 1, "student": 5}
    assert marks.imported
    assert marks.changes["mark"] == {"added": 50, "changed": 0, "taken_back": 0, "unchanged": 0}
    assert school.lines() == {f"A000{n}": PRESENT for n in range(5)}


def test_a_null_flag_is_neither_yes_nor_no(school: WondeSchoolHere) -> None:
    """Trap 34: null parental responsibility is not false, and nobody is told because of it."""
    people, _ = school.sync()
    assert "rights-unknown" in codes(people)
    with school.house.database.auditor(TENANT) as conn:
        pupils = reads.students(conn, TENANT)
        links = reads.guardians_of(conn, TENANT, [pupils[0].student])[pupils[0].student]
    said = {(one.has_parental_responsibility, one.may_receive_info) for one in links}
    assert said == {(True, True), (None, None)}
    assert {one.lives_with for one in links} == {True, None}


def test_nothing_new_is_no_import_and_no_fact(school: WondeSchoolHere) -> None:
    school.sync()
    before = school.rows("select count(*) from ledger")
    reports = school.sync() + school.sync(full=True)
    assert {one.outcome for one in reports} == {"UNCHANGED"}
    assert school.rows("select count(*) from ledger") == before


def test_later_syncs_ask_for_changes_only(school: WondeSchoolHere) -> None:
    school.sync()
    school.server.asked.clear()
    school.sync()
    lists = [asked for asked in school.server.asked if "cursor" in asked]
    assert lists
    assert all("updated_after" in one or "attendance-codes" in one for one in lists)


def test_a_correction_there_and_back_is_known_each_time(school: WondeSchoolHere) -> None:
    _, first = school.sync()
    school.world.now = datetime.now(UTC)
    mark_id = "S00010902AM"
    school.world.change("attendance/session", mark_id, attendance_code="K4")
    _, second = school.sync()
    assert second.changes["mark"]["changed"] == 1
    assert school.lines()["A0001"] == "//O///////"
    school.world.change("attendance/session", mark_id, attendance_code="K1")
    _, third = school.sync()
    assert third.imported
    assert school.lines()["A0001"] == PRESENT
    assert school.lines(second.position)["A0001"] == "//O///////"
    assert school.lines(first.position)["A0001"] == PRESENT


def test_codes_are_ids_of_the_schools_own_list(school: WondeSchoolHere) -> None:
    """The same id means another thing at another school; one that the list lacks means nothing."""
    school.world.change("attendance-codes", "K4", code="I")
    school.world.change("attendance/session", "S00010902AM", attendance_code="K4")
    school.world.change("attendance/session", "S00020902AM", attendance_code="K99")
    school.world.change("attendance/session", "S00030902AM", attendance_code=None)
    _, marks = school.sync()
    assert (marks.rows_bad, "unknown-code" in codes(marks)) == (1, True)
    assert school.lines()["A0001"] == "//A///////"
    assert school.lines()["A0003"] == "//-///////"
    assert school.lines()["A0002"] == "//-///////"


def test_what_was_set_aside_is_read_again_when_the_code_is_known(school: WondeSchoolHere) -> None:
    school.world.change("attendance/session", "S00020902AM", attendance_code="K99")
    school.sync()
    school.world.put("attendance-codes", {"id": "K99", "code": "O"})
    _, marks = school.sync()
    assert marks.changes["mark"]["added"] == 1
    assert school.lines()["A0002"] == "//O///////"


def test_midnight_in_summer_is_the_day_that_begins(school: WondeSchoolHere) -> None:
    """Trap 24: 23:00 in UTC is the next day at a school in summer time."""
    late = stamp(datetime(2025, 9, 2, 23, 0, tzinfo=UTC))
    school.world.change("attendance/session", "S00010903AM", date=late, attendance_code="K4")
    school.sync()
    assert school.lines()["A0001"] == "////O/////"


def test_a_deleted_mark_is_taken_back(school: WondeSchoolHere) -> None:
    _, first = school.sync()
    school.world.now = datetime.now(UTC)
    school.world.delete("attendance/session", "S00010902AM")
    _, second = school.sync()
    assert second.changes["mark"] == {"added": 0, "changed": 1, "taken_back": 0, "unchanged": 0}
    assert school.lines()["A0001"] == "//-///////"
    assert school.lines(first.position)["A0001"] == PRESENT


def test_a_mark_deleted_in_silence_is_found_by_comparing(school: WondeSchoolHere) -> None:
    school.sync()
    del school.world.records["attendance/session"]["S00010902AM"]
    _, second = school.sync(full=True)
    assert second.changes["mark"]["taken_back"] == 1
    assert school.lines()["A0001"] == "//-///////"


def test_leavers_keep_their_marks_and_their_leaving_date(school: WondeSchoolHere) -> None:
    """Leavers disappear from `students`: they are read from the list of leavers."""
    school.sync()
    school.world.now = datetime.now(UTC)
    gone = school.world.records["students"].pop("A0004")
    details = {"data": {"leaving_date": stamp(date(2025, 9, 3))}}
    school.world.put("students-leaver", {**gone, "education_details": details})
    school.sync()
    assert school.rows("select left_on::text from student where left_on is not null") == [
        ("2025-09-03",)
    ]
    assert school.lines()["A0004"] == PRESENT


def test_a_pupil_whom_nobody_names_any_more_has_left_and_is_told(school: WondeSchoolHere) -> None:
    school.sync()
    del school.world.records["students"]["A0004"]
    people, _ = school.sync(full=True)
    assert "gone-from-source" in codes(people)
    assert school.rows("select left_on::text from student where left_on is not null") == [
        ("2025-09-05",)
    ]
    again, _ = school.sync(full=True)
    assert again.unchanged


def test_a_contact_who_is_none_any_more_is_taken_back(school: WondeSchoolHere) -> None:
    school.sync()
    school.world.now = datetime.now(UTC)
    mother = school.world.records["students"]["A0001"]["contacts"]["data"][:1]
    school.world.change("students", "A0001", contacts={"data": mother})
    people, _ = school.sync()
    assert people.changes["guardian_link"]["changed"] == 1
    with school.house.database.auditor(TENANT) as conn:
        pupils = {row.source_id: row.student for row in reads.students(conn, TENANT)}
        links = reads.guardians_of(conn, TENANT, list(pupils.values()))
    assert [len(links[pupils[f"A000{n}"]]) for n in range(5)] == [2, 1, 2, 2, 2]


def test_a_pupil_without_a_list_of_contacts_keeps_those_that_are_known(
    school: WondeSchoolHere,
) -> None:
    school.sync()
    school.world.change("students", "A0001", contacts=None)
    people, _ = school.sync(full=True)
    assert people.unchanged


def test_marks_of_closed_days_are_told_and_those_that_say_so_are_not(
    school: WondeSchoolHere,
) -> None:
    saturday = date(2025, 9, 6)
    school.world.put("attendance-codes", {"id": "K9", "code": "#"})
    school.world.put("attendance/session", mark(1, saturday, "AM", "K9"))
    school.world.put("attendance/session", mark(1, date(2025, 8, 30), "AM", "K1"))
    _, marks = school.sync()
    assert [one.code for one in marks.problems if one.severity == "set-aside"] == ["closed-day"]


def test_a_source_s_words_are_kept_apart_and_not_for_ever(
    database: Database, tmp_path: Path
) -> None:
    """001-050: the raw reference is sealed and has a retention of its own; comments are left out.

    A mark deleted after that time is told, and found by the next comparison.
    """
    with wonde_school(database, tmp_path, ANSEO_RAW_PAYLOAD_DAYS=30) as school:
        school.world.change("attendance/session", "S00010902AM", comment="at her aunt's")
        _, marks = school.sync()
        assert "comments-not-kept" in codes(marks)
        with database.tenant(TENANT) as conn:
            (page,) = school.house.vault.raw(conn, TENANT, marks.batch)
        assert (len(page.subjects), page.payload.count(b'"attendance_code":"K1"')) == (5, 25)
        assert b"aunt" not in page.payload
        with database.worker() as conn:
            for table in ("raw_payload", "mark_origin"):
                conn.execute(f"update {table} set kept_at = now() - interval '31 days'".encode())
        school.sync()
        assert school.rows("select count(*) from raw_payload") == [(0,)]
        assert school.lines()["A0001"] == PRESENT
        school.world.now = datetime.now(UTC)
        school.world.delete("attendance/session", "S00010902AM")
        assert "deleted-unknown" in codes(school.sync()[1])
        assert school.sync(full=True)[1].changes["mark"]["taken_back"] == 1


def test_a_new_pupil_s_household_is_that_of_the_siblings(school: WondeSchoolHere) -> None:
    """Only the new pupil is in the sync, and the home that is known must not be split."""
    school.sync()
    school.world.now = datetime.now(UTC)
    mother = school.world.records["students"]["A0001"]["contacts"]["data"][:1]
    school.world.put("students", pupil(7, contacts={"data": mother}))
    school.sync()
    with school.house.database.auditor(TENANT) as conn:
        homes = {row.source_id: row.household for row in reads.students(conn, TENANT)}
    assert homes["A0007"] == homes["A0001"] != homes["A0002"]


def test_a_school_that_marks_lessons_only_is_refused_and_says_why(school: WondeSchoolHere) -> None:
    """How a day follows from lessons is a school's own setting: nobody guesses it."""
    sessions = school.world.records.pop("attendance/session")
    lesson = {"id": "L1", "date": stamp(date(2025, 9, 1)), "attendance_code": "K1"}
    school.world.put("attendance/lesson", {**lesson, "student": "A0001"})
    people, marks = school.sync()
    assert (people.imported, marks.outcome) == (True, "REFUSED")
    assert codes(marks) == ["lessons-only"]
    school.world.records["attendance/session"] = sessions
    _, again = school.sync()
    assert again.imported
    assert not [asked for asked in school.server.asked[-12:] if "lesson" in asked]


def test_a_school_without_any_mark_yet_may_hide_its_lessons(school: WondeSchoolHere) -> None:
    school.world.records.pop("attendance/session")
    school.server.goes_wrong("attendance/lesson", Wrong.DENIED)
    _, marks = school.sync()
    assert marks.well
    assert "lessons-only" not in codes(marks)

"""A folder that is not what it says changes nothing and is told exactly why."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from domain.shared.ids import derived_id
from infrastructure.imports.edfi import import_edfi, read_edfi
from infrastructure.imports.importing import Commit
from infrastructure.imports.prepared import Insistence, Mark, Prepared, StagedBatch
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.store.database import Database
from tests.support.edfi import FALL, SCHOOLS, Made, add_events, event, write_district
from tests.support.register import TENANT, People, recording

pytestmark = pytest.mark.postgres
HIGH, MIDDLE, _ = SCHOOLS
DAILY = "StudentSchoolAttendance.xml"
TUESDAY = date(2021, 10, 5)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return write_district(tmp_path / "district", pupils=40, dirty=False)


@pytest.fixture
def commit(database: Database) -> Iterator[Commit]:
    with recording(database) as commit:
        yield commit


def imported(database: Database, made: Made, commit: Commit, *, keep: bool = False) -> ImportReport:
    return import_edfi(database, TENANT, made.folder, People(), commit, keep_good_rows=keep).report


def read(made: Made) -> Prepared:
    return read_edfi(TENANT, made.folder, region="US", zone="America/Chicago")


def codes(report: ImportReport | Prepared) -> list[tuple[str, str]]:
    """The problems that matter here, with their files."""
    usual = {
        "no-school",
        "no-enrolment",
        "no-mobile-number",
        "phone-doubtful",
        "late-without-duration",
    }
    return [(one.file, one.code) for one in report.problems if one.code not in usual]


def test_a_clean_folder_needs_no_permission(database: Database, made: Made, commit: Commit) -> None:
    report = imported(database, made, commit)
    assert report.imported
    assert report.rows_bad == 0
    assert codes(report) == []


def _cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])


def _text(words: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        path.write_text(words, encoding="utf-8")

    return spoil


def _break(path: Path) -> None:
    path.write_text(path.read_text().replace("</AttendanceEvent>", "</Attendance>", 1))


ENTITIES = (
    '<!DOCTYPE a [<!ENTITY x "y">]><InterchangeStudentAttendance>&x;</InterchangeStudentAttendance>'
)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (Path.unlink, "file-missing"),
        (_cut, "file-truncated"),
        (_break, "file-broken"),
        (_text("student,date\n1,2021-09-01\n"), "file-not-xml"),
        (_text("<html><body>Please log in</body></html>"), "wrong-interchange"),
        (_text("<InterchangeStudent xmlns='http://ed-fi.org/5.2.0'/>"), "wrong-interchange"),
        (_text(ENTITIES), "file-forbidden"),
        (_text("<InterchangeStudentAttendance/>"), "file-empty"),
        (_text(""), "file-not-xml"),
        (_text("<InterchangeStudentAttendance><StudentSchool"), "file-truncated"),
    ],
)
def test_a_file_that_cannot_be_trusted_stops_everything(
    made: Made, spoil: Callable[[Path], None], code: str
) -> None:
    spoil(made.folder / DAILY)
    prepared = read(made)
    assert prepared.stops
    assert prepared.rows_bad == prepared.rows_read
    assert codes(prepared)[0] == (DAILY, code)


def test_a_file_cut_off_changes_nothing_even_where_good_rows_are_kept(
    database: Database, made: Made, commit: Commit
) -> None:
    _cut(made.folder / DAILY)
    report = imported(database, made, commit, keep=True)
    assert not report.imported
    assert "cannot be trusted" in report.advice
    with database.tenant(TENANT) as conn:
        assert conn.execute("select count(*) from staged_batch").fetchone() == (0,)


def test_a_folder_that_is_not_there_is_told_file_by_file(made: Made, tmp_path: Path) -> None:
    nowhere = Made(tmp_path / "nowhere", made.pupils, made.twice)
    assert ("Student.xml", "file-missing") in codes(read(nowhere))


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([event("999999", HIGH, TUESDAY, "Excused Absence", duration="1")], "unknown-student"),
        ([event("604030", "1", TUESDAY, "Excused Absence", duration="1")], "unknown-school"),
        ([event("604030", HIGH, TUESDAY, "Gone Fishing", duration="1")], "unknown-code"),
        ([event("604030", HIGH, "05.10.2021", "Tardy")], "bad-date"),
        ([event("604030", HIGH, "", "Tardy")], "missing-field"),
        ([event("", HIGH, TUESDAY, "Tardy")], "missing-field"),
        ([event("604030", HIGH, date(2021, 10, 3), "Tardy")], "closed-day"),
        ([event("604030", HIGH, date(2021, 12, 25), "Tardy")], "outside-term"),
        ([event("604030", HIGH, date(2021, 12, 22), "Tardy")], "outside-term"),
        ([event("604030", HIGH, TUESDAY, "Partial")], "missing-duration"),
        ([event("604030", HIGH, TUESDAY, "Excused Absence", duration="0.33")], "odd-duration"),
        ([event("604030", HIGH, TUESDAY, "Excused Absence", duration="all")], "odd-duration"),
        (
            [
                event("604030", HIGH, TUESDAY, "Excused Absence", duration="1"),
                event("604030", HIGH, TUESDAY, "Unexcused Absence", duration="1"),
            ],
            "two-marks-one-day",
        ),
    ],
)
def test_a_row_that_cannot_be_used_is_named(made: Made, rows: list[str], code: str) -> None:
    before = read(made)
    add_events(made.folder, *rows)
    prepared = read(made)
    assert codes(prepared) == [(DAILY, code)]
    assert prepared.rows_bad == 1
    assert len(prepared.rows["mark"]) == len(before.rows["mark"]) + len(rows) - 1


def _marks(prepared: Prepared, source_id: str) -> list[tuple[str, str]]:
    student = derived_id(TENANT, "student", "edfi", source_id)
    return [
        (row.session, row.status)
        for row in prepared.rows["mark"]
        if isinstance(row, Mark) and (row.student, row.on_date) == (student, TUESDAY)
    ]


@pytest.mark.parametrize(
    ("rows", "marks"),
    [
        (["1"], [("DAY", "ABSENT_AUTHORISED")]),
        (["1.0"], [("DAY", "ABSENT_AUTHORISED")]),
        (["0.5"], [("AM", "ABSENT_AUTHORISED")]),
        (["0.5", "0.50"], [("AM", "ABSENT_AUTHORISED"), ("PM", "ABSENT_AUTHORISED")]),
        (["1", "1"], [("DAY", "ABSENT_AUTHORISED")]),
    ],
)
def test_halves_and_wholes_of_a_day(
    made: Made, rows: list[str], marks: list[tuple[str, str]]
) -> None:
    student = made.pupils[30]
    events = [event(student, HIGH, TUESDAY, "Excused Absence", duration=one) for one in rows]
    add_events(made.folder, *events)
    prepared = read(made)
    assert prepared.set_aside == []
    assert _marks(prepared, student) == marks


def test_a_third_half_of_a_day_is_one_too_many(made: Made) -> None:
    student = made.pupils[30]
    kinds = ("Excused Absence", "Unexcused Absence", "Partial")
    events = [event(student, HIGH, TUESDAY, kind, duration="0.5") for kind in kinds]
    add_events(made.folder, *events)
    prepared = read(made)
    aside = [(one.file, one.code) for one in prepared.set_aside]
    assert aside == [(DAILY, "two-marks-one-day")]
    assert len(_marks(prepared, student)) == 2


def test_a_period_that_says_what_the_day_says_is_no_second_mark(
    database: Database, made: Made, commit: Commit
) -> None:
    student = made.pupils[30]
    add_events(made.folder, event(student, HIGH, TUESDAY, "Tardy", minutes=5))
    periods = [event(student, HIGH, TUESDAY, "Tardy", minutes=n, period=True) for n in (5, 9)]
    add_events(made.folder, *periods, file="StudentSectionAttendance-Tardy.xml")
    report = imported(database, made, commit)
    assert report.imported
    with database.auditor(TENANT) as conn:
        found = conn.execute("select status, minutes_late from mark where status like '%LATE'")
        assert found.fetchall() == [("PRESENT_LATE", 5)]
    assert [one.detail for one in report.problems if one.code == "lesson-marks"] == ["2 of them."]


def test_an_absence_from_a_lesson_is_told_and_makes_no_day(made: Made) -> None:
    """How a day follows from its lessons is a school's own setting: nobody guesses it."""
    lesson = event(made.pupils[30], HIGH, TUESDAY, "Unexcused Absence", minutes=50, period=True)
    add_events(made.folder, lesson, file="StudentSectionAttendance-Tardy.xml")
    prepared = read(made)
    assert ("StudentSectionAttendance", "lesson-marks") in codes(prepared)
    assert _marks(prepared, made.pupils[30]) == []
    add_events(made.folder, event(made.pupils[30], HIGH, TUESDAY, "Tardy", minutes=5))
    beside = read(made)
    assert _marks(beside, made.pupils[30]) == [("DAY", "PRESENT_LATE")]
    assert ("StudentSectionAttendance", "lesson-marks") in codes(beside)
    assert not beside.set_aside


def test_a_student_at_two_schools_is_told(made: Made) -> None:
    add_events(made.folder, event(made.pupils[0], MIDDLE, TUESDAY, "Tardy"))
    assert ("", "two-schools") in codes(read(made))


def test_the_version_in_the_namespace_does_not_matter(tmp_path: Path) -> None:
    old = write_district(tmp_path / "old", pupils=10, dirty=False, version="3.3.0-b")
    assert codes(read(old)) == []


def test_contacts_of_the_older_standard_are_read(made: Made) -> None:
    text = (made.folder / "Contact.xml").read_text(encoding="utf-8")
    (made.folder / "Contact.xml").unlink()
    (made.folder / "Parent.xml").write_text(text.replace("Contact", "Parent"), encoding="utf-8")
    assert read(made).counts()["guardian_link"] == 2 * len(made.pupils)


def test_without_contacts_the_marks_come_and_the_report_says_so(made: Made) -> None:
    (made.folder / "Contact.xml").unlink()
    prepared = read(made)
    assert not prepared.stops
    assert codes(prepared) == [("Contact.xml", "contacts-missing")]


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("Student", "FirstName>", "First>", "missing-field"),
        ("Student", ">604000<", ">604001<", "two-versions"),
        ("EducationOrganization", "NameOfInstitution>", "Name>", "missing-field"),
        ("EducationOrgCalendar", ">2021-08-23<", ">soon<", "missing-field"),
        ("EducationOrgCalendar", "#Instructional day<", "#<", "missing-field"),
        ("EducationOrgCalendar", ">255001<", ">1<", "unknown-school"),
        ("EducationOrgCalendar", ">255001<", "><", "missing-field"),
        ("Contact", "PRNT_778000", "PRNT_0", "unknown-guardian"),
        ("Contact", '<ContactReference ref="PRNT_778000"/>', "", "missing-field"),
        ("Contact", ">604000<", ">1<", "unknown-student"),
        ("Contact", ">778000<", "><", "missing-field"),
        ("Contact", ">779000<", ">778000<", "two-versions"),
    ],
)
def test_every_kind_of_record_is_checked(
    made: Made, file: str, old: str, new: str, expected: str
) -> None:
    path = made.folder / f"{file}.xml"
    ends = 2 if old[0].isalpha() and old.endswith(">") else 1  # an element has two
    text = path.read_text(encoding="utf-8").replace(old, new, ends)
    path.write_text(text, encoding="utf-8")
    assert expected in {problem.code for problem in read(made).set_aside}


def test_a_restricted_contact_is_not_contacted_until_a_person_decides(
    database: Database, made: Made, commit: Commit
) -> None:
    path = made.folder / "Contact.xml"
    words = "<ContactRestrictions>court order of 3 May</ContactRestrictions>"
    end = "</StudentContactAssociation>"
    path.write_text(path.read_text(encoding="utf-8").replace(end, words + end, 1), encoding="utf-8")
    report = imported(database, made, commit)
    assert ("Contact.xml", "contact-restricted") in codes(report)
    with database.auditor(TENANT) as conn:
        found = conn.execute("select no_contact_reason from guardian_link").fetchall()
    assert [reason for (reason,) in found if reason] == ["RESTRICTED_IN_SOURCE"]


def test_siblings_share_the_home_of_the_parent_they_live_with(
    database: Database, made: Made, commit: Commit
) -> None:
    imported(database, made, commit)
    with database.auditor(TENANT) as conn:
        home = {row.source_id: row.household for row in reads.students(conn, TENANT)}
    first, second, third = (home[made.pupils[n]] for n in (0, 1, 2))
    assert second == third
    assert first != second


def test_a_corrected_export_takes_back_what_it_no_longer_has(
    database: Database, made: Made, commit: Commit
) -> None:
    student = made.pupils[30]
    extra = event(student, HIGH, TUESDAY, "Unexcused Absence", duration="1")
    add_events(made.folder, extra)
    before = imported(database, made, commit)
    path = made.folder / DAILY
    path.write_text(path.read_text(encoding="utf-8").replace(extra, ""), encoding="utf-8")
    after = imported(database, made, commit)
    assert after.imported
    assert after.position is not None
    with database.auditor(TENANT) as conn:
        schools = reads.schools(conn, TENANT)
        now = reads.lines(conn, TENANT, schools)
        then = reads.lines(conn, TENANT, schools, before.position)
    assert sum(len(line.days) for line in then) == before.counts["mark"]
    assert sum(len(line.days) for line in now) == before.counts["mark"] - 1


def test_an_export_with_far_fewer_marks_is_not_believed(
    database: Database, made: Made, commit: Commit
) -> None:
    imported(database, made, commit)
    path = made.folder / DAILY
    head, *events = path.read_text(encoding="utf-8").split("<StudentSchoolAttendanceEvent>")
    few = "<StudentSchoolAttendanceEvent>".join([head, *events[: len(events) // 2]])
    path.write_text(few + "</InterchangeStudentAttendance>", encoding="utf-8")
    refused = imported(database, made, commit, keep=True)
    assert not refused.imported
    assert codes(refused) == [("district", "too-few-rows")]
    said = import_edfi(
        database,
        TENANT,
        made.folder,
        People(),
        commit,
        accept_fewer=Insistence("staff:7", "YEAR_ROLLOVER"),
    ).report
    assert said.imported


def test_an_export_that_goes_back_to_what_was_said_before_is_believed(
    database: Database, made: Made, commit: Commit
) -> None:
    """A mark is taken out by mistake and put back: the third folder is, to the byte, the first."""
    first = imported(database, made, commit)
    path = made.folder / DAILY
    whole = path.read_text(encoding="utf-8")
    head, *events = whole.split("<StudentSchoolAttendanceEvent>")
    fewer = "<StudentSchoolAttendanceEvent>".join([head, *events[:-1]])
    path.write_text(
        fewer.removesuffix("</InterchangeStudentAttendance>").rstrip()
        + "</InterchangeStudentAttendance>",
        encoding="utf-8",
    )
    second = imported(database, made, commit)
    path.write_text(whole, encoding="utf-8")
    third = imported(database, made, commit)
    assert second.changes["mark"]["taken_back"] == third.changes["mark"]["changed"] == 1
    assert third.imported
    assert first.position is not None
    assert third.position is not None
    assert third.position > first.position
    assert imported(database, made, commit).unchanged


class _Stopped(Exception):
    """The machine went away."""


def test_rows_whose_fact_was_never_recorded_are_seen_by_nobody_and_do_not_stand_in_the_way(
    database: Database, made: Made, commit: Commit
) -> None:
    def never(_staged: StagedBatch) -> int:
        raise _Stopped

    with pytest.raises(_Stopped):
        import_edfi(database, TENANT, made.folder, People(), never)
    with database.auditor(TENANT) as conn:
        assert conn.execute("select count(*) > 0 from mark").fetchone() == (True,)
        assert reads.schools(conn, TENANT) == []
        assert reads.students(conn, TENANT) == []
    report = imported(database, made, commit)
    assert report.imported
    with database.auditor(TENANT) as conn:
        assert conn.execute("select count(*) from mark").fetchone() == (report.counts["mark"],)
        assert len(reads.schools(conn, TENANT)) == len(SCHOOLS)


def test_a_make_up_day_on_a_saturday_is_a_school_day(made: Made) -> None:
    saturday = date(2021, 10, 9)
    path = made.folder / "EducationOrgCalendar.xml"
    text = path.read_text(encoding="utf-8")
    day = text[text.index("<CalendarDate>") : text.index("</CalendarDate>") + 15]
    extra = day.replace(FALL[1].isoformat(), saturday.isoformat()).replace(
        "Instructional day", "Make-up day"
    )
    path.write_text(text.replace(day, day + extra), encoding="utf-8")
    elementary = list(SCHOOLS)[2]
    add_events(made.folder, event(made.pupils[2], elementary, saturday, "Tardy"))
    assert codes(read(made)) == []

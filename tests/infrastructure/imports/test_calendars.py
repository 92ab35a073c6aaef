"""Calendars out of CSV and iCalendar: halves, year groups, and closures told afterwards."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from infrastructure.imports.csv_files import import_calendar
from infrastructure.imports.report import ImportReport
from infrastructure.register import reads
from infrastructure.register.calendar_view import Asked, calendar_view, year_of
from infrastructure.store.database import Database
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.register import TENANT, recording

pytestmark = pytest.mark.postgres
HEAD = "date,kind,until,session,year_groups\n"
MONDAY = date(2025, 9, 1)


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(database) as commit:
        yield CsvSchool(database, tmp_path, commit).set_up()


def ics(school: CsvSchool, *events: str, keep: bool = False) -> ImportReport:
    body = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//\r\n{body}END:VCALENDAR\r\n"
    return brought(school, text, keep=keep)


def brought(school: CsvSchool, text: str, *, keep: bool = False) -> ImportReport:
    path, roll = school.file(text, "calendar.ics"), school.roll()
    place = (school.database, TENANT, path, roll, school.people, school.commit)
    return import_calendar(*place, keep_good_rows=keep).report


def event(begins: str, ends: str, title: str, *more: str) -> str:
    lines = (f"DTSTART;VALUE=DATE:{begins}", f"DTEND;VALUE=DATE:{ends}", f"SUMMARY:{title}", *more)
    return "\r\n".join(lines)


def view(
    school: CsvSchool, first: date, last: date, group: str | None = None, at: int | None = None
) -> list[tuple[str, bool, bool]]:
    with school.database.auditor(TENANT) as conn:
        (row,) = reads.schools(conn, TENANT)
        told = calendar_view(conn, TENANT, row, Asked(first, last, group, at))
    return [(day["date"], day["morning"], day["afternoon"]) for day in told["days"]]


def problems(report: ImportReport) -> list[tuple[int | None, str]]:
    return [(one.row, one.code) for one in report.problems]


def test_a_closure_of_an_afternoon_and_an_open_morning_say_the_same(school: CsvSchool) -> None:
    text = HEAD + "2025-09-01,PARTIAL,,AM,\n2025-09-02,EMERGENCY_CLOSURE,,PM,\n"
    assert school.calendar(text).imported
    assert view(school, MONDAY, date(2025, 9, 3)) == [
        ("2025-09-01", True, False),
        ("2025-09-02", True, False),
        ("2025-09-03", True, True),
    ]


def test_an_afternoon_may_be_opened_again(school: CsvSchool) -> None:
    school.calendar(HEAD + "2025-09-01,EMERGENCY_CLOSURE,,PM,\n")
    school.calendar(HEAD + "2025-09-01,TEACHING,,PM,\n")
    assert view(school, MONDAY, MONDAY) == [("2025-09-01", True, True)]


def test_year_groups_have_days_of_their_own(school: CsvSchool) -> None:
    text = HEAD + "2025-09-01,EXAM_ONLY,,,5; 6\n2025-09-02,PLANNED_CLOSURE,,,3\n"
    assert school.calendar(text).imported
    open_on = {
        group: [morning for _, morning, _ in view(school, MONDAY, date(2025, 9, 2), group)]
        for group in ("3", "4", "5", "6")
    }
    assert open_on == {"3": [False, False], "4": [False, True], "5": [True] * 2, "6": [True] * 2}
    assert view(school, MONDAY, MONDAY) == [("2025-09-01", True, True)]


def test_a_pupils_marks_are_read_by_the_days_of_the_pupils_year(school: CsvSchool) -> None:
    school.calendar(HEAD + "2025-09-01,EXAM_ONLY,,,5\n")
    school.marks("student,date,session,code\n001,2025-09-01,,A\n002,2025-09-01,,A\n")
    with school.database.auditor(TENANT) as conn:
        lines = reads.lines(conn, TENANT, reads.schools(conn, TENANT))
    assert {line.source_id: line.marks for line in lines if line.days} == {"001": "AA", "002": "##"}


def test_an_emergency_closure_told_afterwards_is_known_since_then(school: CsvSchool) -> None:
    """Trap 21: the mark stays, is closed as known now, and counted as it was known before."""
    marks = school.marks("student,date,session,code\n001,2025-09-01,,F\n")
    storm = school.calendar(HEAD + "2025-09-01,EMERGENCY_CLOSURE,,,\n")
    with school.database.auditor(TENANT) as conn:
        schools = reads.schools(conn, TENANT)
        then = reads.lines(conn, TENANT, schools, marks.position)
        now = reads.lines(conn, TENANT, schools)
    assert [line.marks for line in then if line.days] == ["NN"]
    assert [line.marks for line in now if line.days] == ["##"]
    assert view(school, MONDAY, MONDAY, at=marks.position) == [("2025-09-01", True, True)]
    assert view(school, MONDAY, MONDAY, at=storm.position) == [("2025-09-01", False, False)]


def test_the_versions_of_a_calendar_are_told_newest_first(school: CsvSchool) -> None:
    school.marks("student,date,session,code\n001,2025-09-01,,F\n")
    storm = school.calendar(HEAD + "2025-09-01,EMERGENCY_CLOSURE,,,\n")
    with school.database.auditor(TENANT) as conn:
        (row,) = reads.schools(conn, TENANT)
        now = calendar_view(conn, TENANT, row, Asked(MONDAY, MONDAY))
        first = now["versions"][1]["position"]
        then = calendar_view(conn, TENANT, row, Asked(MONDAY, MONDAY, None, first))
        before = calendar_view(conn, TENANT, row, Asked(MONDAY, MONDAY, None, 0))
        year = year_of(conn, TENANT, row, date(2025, 10, 1))
    assert [one["position"] for one in now["versions"]] == [storm.position, first]
    assert now["version"] == storm.position
    assert now["days"][0]["said"] == [
        {"kind": "EMERGENCY_CLOSURE", "session": "DAY", "year_group": None}
    ]
    assert (then["version"], then["days"][0]["said"]) == (first, [])
    assert (before["version"], before["versions"]) == (None, [])
    assert year == (date(2025, 8, 28), date(2025, 12, 19))


@pytest.mark.parametrize(
    "rows",
    [
        "2025-09-01,PARTIAL,,NOON,\n",
        "2025-09-01,HOLIDAY,,PM,\n2025-09-01,PARTIAL,,AM,\n",
        "2025-09-01,HOLIDAY,,,5\n2025-09-01,TEACHING,,,6;5\n",
    ],
)
def test_rows_that_contradict_or_make_no_sense_change_nothing(school: CsvSchool, rows: str) -> None:
    report = school.calendar(HEAD + rows)
    assert not report.imported
    assert report.rows_bad == 1


def test_a_calendar_program_says_terms_and_closures(school: CsvSchool) -> None:
    report = ics(
        school,
        event("20260105", "20260328", "Spring Term 2026"),
        event("20260216", "20260221", "Spring half-term holiday"),
        event("20260302", "20260303", "INSET day 2"),
        event("20260317", "20260318", "St Patrick's Day", "CATEGORIES:Public holiday"),
        event("20260320", "20260321", "Sports day"),
        event("20260105", "20260106", "Spring term"),  # the day on which it begins
        "DTSTART:20260310T120000Z\r\nDTEND:20260310T130000Z\r\nSUMMARY:School closed",
    )
    assert report.imported
    assert problems(report) == [(None, "event-passed-over")]
    assert "3 of them" in report.as_dict()["problems"][0]["reason"]
    closed = [
        day
        for day, morning, _ in view(school, date(2026, 2, 9), date(2026, 3, 27))
        if not morning and date.fromisoformat(day).weekday() < 5
    ]
    assert closed == [*(f"2026-02-{n}" for n in range(16, 21)), "2026-03-02", "2026-03-17"]


def test_a_day_without_an_end_is_one_day_and_a_duration_is_counted(school: CsvSchool) -> None:
    report = ics(
        school,
        "DTSTART;VALUE=DATE:20250901\r\nSUMMARY:School closed",
        "DTSTART;VALUE=DATE:20250903\r\nDURATION:P2D\r\nSUMMARY:School closed",
    )
    assert report.imported
    told = view(school, MONDAY, date(2025, 9, 5))
    assert [morning for _, morning, _ in told] == [False, True, False, False, True]


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (event("20250901", "20250902", "School closed", "RRULE:FREQ=WEEKLY"), "event-repeats"),
        (event("20250903", "20250901", "School closed"), "bad-value"),
        (event("20250901", "20271001", "School closed"), "bad-value"),
        (event("20250903", "20250904", "Training day"), "two-marks-one-day"),
        (event("20250910", "20251010", "Autumn term"), "bad-value"),
    ],
)
def test_an_event_that_cannot_be_read_is_told_by_its_number(
    school: CsvSchool, told: str, code: str
) -> None:
    good = event("20250903", "20250904", "School closed"), event("20250901", "20251001", "term 1")
    report = ics(school, *good, told)
    assert not report.imported
    assert problems(report) == [(3, code)]
    assert "closed" not in str(report.as_dict()["problems"])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("date,kind\n2025-09-01,HOLIDAY\n", "file-not-calendar"),
        ("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "file-empty"),
        ("", "file-not-calendar"),
    ],
)
def test_a_file_that_is_no_calendar_changes_nothing(
    school: CsvSchool, text: str, code: str
) -> None:
    report = brought(school, text, keep=True)
    assert not report.imported
    assert problems(report) == [(None, code)]


def test_the_same_calendar_twice_changes_nothing(school: CsvSchool) -> None:
    told = event("20250903", "20250904", "School closed")
    assert ics(school, told).imported
    assert ics(school, told).already_imported
    with school.database.auditor(TENANT) as conn:
        assert not reads.calendars(conn, TENANT)[SCHOOL].is_open(date(2025, 9, 3))

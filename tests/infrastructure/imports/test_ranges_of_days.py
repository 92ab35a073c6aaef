"""A range in a calendar speaks of school days: a Saturday opens only when it is named."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from infrastructure.imports.csv_files import import_calendar
from infrastructure.store.database import Database
from tests.support.csv_school import CsvSchool
from tests.support.register import TENANT, recording

pytestmark = pytest.mark.postgres
FRIDAY, SATURDAY, SUNDAY, MONDAY = (date(2025, 11, day) for day in (14, 15, 16, 17))


@pytest.fixture
def school(database: Database, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(database) as commit:
        yield CsvSchool(database, tmp_path, commit).set_up()


def is_open(school: CsvSchool, group: str | None = None) -> list[bool]:
    calendar = school.roll().calendar
    asked = calendar if group is None else calendar.for_group(group)
    return [asked.is_open(on) for on in (FRIDAY, SATURDAY, SUNDAY, MONDAY)]


@pytest.mark.parametrize("kind", ["EXAM_ONLY", "TEACHING", "MAKE_UP", "PARTIAL"])
def test_weeks_of_examinations_open_no_weekend(school: CsvSchool, kind: str) -> None:
    """Settle days, gaps and messages would fall on a Sunday (traps 18 and 19)."""
    report = school.calendar(f"date,kind,until,year_groups\n2025-11-03,{kind},2025-11-28,6\n")
    assert report.counts == {"calendar_day": 20}
    assert is_open(school) == [True, False, False, True]
    assert is_open(school, "6") == [True, False, False, True]
    assert is_open(school, "5") == [False, False, False, False]


def test_a_saturday_opens_when_it_is_named_alone(school: CsvSchool) -> None:
    school.calendar(
        "date,kind,until\n2025-11-03,TEACHING,2025-11-28\n2025-11-15,MAKE_UP,2025-11-15\n"
    )
    assert is_open(school) == [True, True, False, True]


def test_a_weekend_that_is_the_whole_range_is_named_too(school: CsvSchool) -> None:
    school.calendar("date,kind,until\n2025-11-15,MAKE_UP,2025-11-16\n")
    assert is_open(school) == [True, True, True, True]


def test_a_range_of_holidays_closes_every_day_of_it(school: CsvSchool) -> None:
    report = school.calendar("date,kind,until\n2025-11-14,HOLIDAY,2025-11-17\n")
    assert report.counts == {"calendar_day": 4}
    assert is_open(school) == [False, False, False, False]


def test_an_event_of_several_days_opens_no_weekend_either(school: CsvSchool) -> None:
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\nBEGIN:VEVENT\r\nUID:1\r\n"
        "DTSTAMP:20250901T000000Z\r\nDTSTART;VALUE=DATE:20251103\r\nDTEND;VALUE=DATE:20251129\r\n"
        "CATEGORIES:EXAM_ONLY\r\nSUMMARY:Mocks\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    path = school.file(event, "calendar.ics")
    place = (school.database, TENANT, path, school.roll(), school.people, school.commit)
    assert import_calendar(*place).report.counts == {"calendar_day": 20}
    assert is_open(school) == [True, False, False, True]

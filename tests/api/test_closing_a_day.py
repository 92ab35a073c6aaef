"""A day is closed afterwards, by a person, with a reason; the calendar keeps all its versions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from api.bodies.attendance import SummaryPage
from api.bodies.calendars import Calendar
from tests.support.csv_school import SCHOOL, CsvSchool, school_with
from tests.support.front import STRANGERS, Front

pytestmark = pytest.mark.postgres
PATH = f"/api/calendars/{SCHOOL}"
DAY = "2025-10-08"
CLOSURE = {"kind": "EMERGENCY_CLOSURE", "reason": "Storm canary, red warning."}
MARKS = "student,date,code\n001,2025-10-07,F\n001,2025-10-08,F\n001,2025-10-09,F\n"


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with school_with(front.house.database, tmp_path, MARKS) as school:
        yield school


def shown(front: Front, **asked: Any) -> tuple[Calendar, int]:
    answer = front.get(PATH, **{"from": "2025-10-06", "to": "2025-10-10", **asked})
    told = Calendar.model_validate_json(answer.content)
    return told, int(answer.headers["ETag"].strip('"'))


def say(front: Front, version: int, who: Any = None, **body: Any) -> Response:
    return front.put(f"{PATH}/days/{DAY}", {**CLOSURE, **body}, version, who)


def open_days(calendar: Calendar) -> list[int]:
    return [day.date.day for day in calendar.days if day.open]


def summary(front: Front, school: CsvSchool) -> tuple[float, int]:
    asked = {"student": str(school.roll().pupils["001"].student), "from": DAY, "to": "2025-10-09"}
    page = SummaryPage.model_validate_json(front.get("/api/attendance/summaries", **asked).content)
    return page.items[-1].total_absence_days_ytd, page.items[-1].consecutive_absence_days


def test_an_emergency_closure_entered_afterwards_changes_days_rates_and_runs(
    front: Front, school: CsvSchool
) -> None:
    """Trap 21: rates are recomputed; the day leaves the count and neither breaks a run."""
    before, version = shown(front)
    assert (open_days(before), summary(front, school)) == ([6, 7, 8, 9, 10], (3.0, 3))
    done = say(front, version)
    assert done.status_code == 200, done.text
    after, newest = shown(front)
    assert newest == done.json()["version"] == int(done.headers["ETag"].strip('"'))
    assert (open_days(after), summary(front, school)) == ([6, 7, 9, 10], (2.0, 2))
    then, _ = shown(front, known_at=version)
    assert open_days(then) == [6, 7, 8, 9, 10]


def test_the_versions_say_who_changed_the_calendar_when_and_why(
    front: Front, school: CsvSchool
) -> None:
    _, version = shown(front)
    say(front, version)
    calendar, _ = shown(front)
    newest, first = calendar.versions
    assert (newest.by, newest.source, newest.reason) == ("staff:7", "person", CLOSURE["reason"])
    assert (first.by, first.reason) == ("import", None)


def test_a_half_day_and_a_year_group_can_be_closed_alone(front: Front, school: CsvSchool) -> None:
    _, version = shown(front)
    version = say(front, version, session="PM").json()["version"]
    calendar, _ = shown(front)
    assert (calendar.days[2].morning, calendar.days[2].afternoon) == (True, False)
    say(front, version, kind="WITHDRAWN", session="PM")
    calendar, version = shown(front)
    assert (calendar.days[2].morning, calendar.days[2].afternoon) == (True, True)
    say(front, version, year_group="5")
    assert open_days(shown(front)[0]) == [6, 7, 8, 9, 10]
    assert open_days(shown(front, year_group="5")[0]) == [6, 7, 9, 10]


def test_two_people_do_not_change_a_calendar_unseen(front: Front, school: CsvSchool) -> None:
    _, version = shown(front)
    first = say(front, version)
    again = say(front, version)
    assert again.json() == first.json()  # the same wish: the same receipt
    late = say(front, version, kind="TEACHING")
    assert (late.status_code, late.json()["code"]) == (412, "conflict")
    bare = front.client.put(f"{PATH}/days/{DAY}", headers=front.token(), json=CLOSURE)
    assert bare.status_code == 428


def test_a_calendar_of_somebody_else_is_not_there(front: Front, school: CsvSchool) -> None:
    _, version = shown(front)
    assert say(front, version, front.token("principal", tenant=STRANGERS)).status_code == 404
    assert say(front, version, front.token("auditor")).status_code == 403
    assert say(front, version, kind="PARTY").status_code == 422
    assert open_days(shown(front)[0]) == [6, 7, 8, 9, 10]

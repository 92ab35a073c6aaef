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


def test_a_range_of_days_is_closed_at_once(front: Front, school: CsvSchool) -> None:
    """Row 001-030: from Wednesday to the Wednesday after, weekends and all."""
    _, version = shown(front)
    done = say(front, version, until="2025-10-15")
    assert done.status_code == 200, done.text
    assert front.facts(done.json()["batch"]) == ["register.batch_recorded"]
    calendar, version = shown(front, to="2025-10-17")
    assert open_days(calendar) == [6, 7, 16, 17]
    say(front, version, kind="WITHDRAWN", until="2025-10-15")
    assert open_days(shown(front, to="2025-10-17")[0]) == [6, 7, 8, 9, 10, *range(13, 18)]


def test_a_range_that_opens_speaks_of_school_days_only(front: Front, school: CsvSchool) -> None:
    """Trap 19: a Saturday opens where it is named alone."""
    _, version = shown(front)
    done = say(front, version, kind="EXAM_ONLY", until="2025-10-14")
    calendar, version = shown(front, to="2025-10-14")
    assert open_days(calendar) == [6, 7, 8, 9, 10, 13, 14]
    saturday = {"kind": "MAKE_UP", "reason": "For the day of the storm."}
    assert front.put(f"{PATH}/days/2025-10-11", saturday, done.json()["version"]).is_success
    assert open_days(shown(front, to="2025-10-14")[0]) == [6, 7, 8, 9, 10, 11, 13, 14]


def test_days_that_go_backwards_change_nothing(front: Front, school: CsvSchool) -> None:
    _, version = shown(front)
    for until in ("2025-10-07", "2026-12-01"):
        answer = say(front, version, until=until)
        assert (answer.status_code, answer.json()["code"]) == (422, "days-backwards")
    assert shown(front)[1] == version


def term(front: Front, name: str, version: int, **body: Any) -> Response:
    return front.put(f"{PATH}/terms/{name}", {"reason": "The board's new dates.", **body}, version)


def test_a_term_is_set_and_taken_back_under_its_name(front: Front, school: CsvSchool) -> None:
    """Row 001-030, trap 21: every day of the year may be another; what was known stays known."""
    before, version = shown(front)
    spring = {"begins_on": "2026-01-05", "ends_on": "2026-04-02", "declared_days": 60}
    made = term(front, "Spring 2026", version, **spring)
    assert made.status_code == 200, made.text
    day = {"from": "2026-01-05", "to": "2026-01-06"}
    after, version = shown(front, **day)
    assert open_days(after) == [5, 6]
    assert [(one.name, one.declared_days) for one in after.terms][-1] == ("Spring 2026", 60)
    assert after.versions[0].reason == "The board's new dates."
    again = term(front, "Spring 2026", before.version or 0, **spring)
    assert again.json() == made.json()
    gone = term(front, "Spring 2026", version, action="WITHDRAW")
    assert gone.status_code == 200, gone.text
    assert term(front, "Spring 2026", version, action="WITHDRAW").json() == gone.json()
    now, _ = shown(front, **day)
    assert (open_days(now), now.terms) == ([], before.terms)
    assert open_days(shown(front, known_at=version, **day)[0]) == [5, 6]


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("Extra", {"begins_on": "2025-10-01", "ends_on": "2025-10-20"}, "terms-overlap"),
        ("Extra", {"begins_on": "2026-04-02", "ends_on": "2026-01-05"}, "days-backwards"),
        ("Extra", {"action": "WITHDRAW"}, "term-unknown"),
        ("Extra", {"action": "WITHDRAW", "begins_on": "2026-04-02"}, "request-invalid"),
        ("Extra", {"begins_on": "2026-04-02"}, "request-invalid"),
        ("E" * 61, {"action": "WITHDRAW"}, "request-invalid"),
    ],
)
def test_a_term_that_cannot_be_changes_nothing(
    front: Front, school: CsvSchool, name: str, body: dict[str, Any], code: str
) -> None:
    _, version = shown(front)
    assert term(front, name, version, **body).json()["code"] == code
    assert shown(front)[1] == version


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

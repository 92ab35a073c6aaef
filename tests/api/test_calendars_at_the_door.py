"""A school's calendar over HTTP: numbered days, as known now or at a position."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from api.bodies.calendars import Calendar
from tests.support.csv_school import SCHOOL, CsvSchool
from tests.support.front import ALL_ROLES, NOON, STRANGERS, Front
from tests.support.register import recording

pytestmark = pytest.mark.postgres
PATH = f"/api/calendars/{SCHOOL}"


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with recording(front.house.database) as commit:
        yield CsvSchool(front.house.database, tmp_path, commit).set_up()


def test_every_role_may_see_when_school_is_open(front: Front, school: CsvSchool) -> None:
    for role in ALL_ROLES:
        asked = {"from": "2025-10-24", "to": "2025-11-03"}
        answer = front.get(PATH, front.token(role), **asked)
        assert answer.status_code == 200
        told = Calendar.model_validate_json(answer.content)
        numbers = [day.school_day for day in told.days]
        assert numbers == [41, *[None] * 9, 42]
        assert [day.said[0].kind for day in told.days[3:8]] == ["HOLIDAY"] * 5


def test_without_days_the_known_school_year_is_told(front: Front, school: CsvSchool) -> None:
    front.clock(NOON)
    told = front.get(PATH).json()
    assert (told["from"], told["to"]) == ("2025-08-28", "2025-12-19")
    assert told["days"][0]["school_day"] == 1


def test_a_calendar_can_be_seen_as_it_was_known(front: Front, school: CsvSchool) -> None:
    day = {"from": "2025-11-20", "to": "2025-11-20"}
    before = front.get(PATH, **day).json()
    school.calendar("date,kind,session\n2025-11-20,EMERGENCY_CLOSURE,PM\n")
    now = front.get(PATH, **day).json()
    then = front.get(PATH, **day, known_at=before["version"]).json()
    assert (now["days"][0]["morning"], now["days"][0]["afternoon"]) == (True, False)
    assert then["days"] == before["days"]
    assert [one["position"] for one in now["versions"]] == [now["version"], before["version"]]


def test_a_school_of_somebody_else_is_not_there(front: Front, school: CsvSchool) -> None:
    elsewhere = front.token("principal", schools=[uuid4()])
    for who in (elsewhere, front.token("principal", tenant=STRANGERS)):
        answer = front.get(PATH, who)
        assert (answer.status_code, answer.json()["code"]) == (404, "school-unknown")
    assert front.get(PATH, front.token("principal", schools=[SCHOOL])).status_code == 200


@pytest.mark.parametrize(
    "asked",
    [{"from": "2025-11-03", "to": "2025-11-02"}, {"from": "2020-01-01", "to": "2025-11-02"}],
)
def test_days_backwards_or_without_end_are_not_told(
    front: Front,
    school: CsvSchool,
    asked: dict[str, str],
) -> None:
    answer = front.get(PATH, **asked)
    assert (answer.status_code, answer.json()["code"]) == (422, "days-too-many")

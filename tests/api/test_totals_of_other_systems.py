"""Sums of sessions are shown where a pupil is looked at, marked as what decides nothing."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from api.bodies.attendance import RegisterView, SummaryPage
from api.bodies.interventions import History
from tests.support.csv_school import SCHOOL, CsvSchool, school_with
from tests.support.front import STRANGERS, Front

pytestmark = pytest.mark.postgres
HEAD = "student,first_day,last_day,possible,attended,authorised,unauthorised\n"
LAST_YEAR = "001,2024-09-02,2025-06-27,366,340,20,6\n"
AUTUMN = "001,2025-08-28,2025-10-03,50,40,10,0\n"
MARKS = "student,date,code\n001,2025-10-07,F\n"


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with school_with(front.house.database, tmp_path, MARKS) as school:
        upload(front, HEAD + LAST_YEAR + AUTUMN)
        yield school


def upload(front: Front, text: str) -> None:
    headers = {**front.token("officer"), "Idempotency-Key": str(uuid4())}
    params = {"school": str(SCHOOL), "shape": "totals"}
    answer = front.client.post(
        "/api/imports/csv", params=params, headers=headers, content=text.encode()
    )
    assert answer.json()["report"]["imported"]


def student(school: CsvSchool) -> str:
    return str(school.roll().pupils["001"].student)


def register(front: Front, school: CsvSchool, **asked: object) -> RegisterView:
    path = f"/api/attendance/students/{student(school)}/register"
    answer = front.get(path, **{"from": "2025-09-01", "to": "2025-10-10", **asked})
    return RegisterView.model_validate_json(answer.content)


def test_the_register_shows_sums_of_its_days_beside_them(front: Front, school: CsvSchool) -> None:
    """Row 001-009: sums can be seen, and no rule counts them."""
    view = register(front, school)
    (autumn,) = view.totals_of_other_systems
    assert (autumn.possible, autumn.attended, autumn.authorised) == (50, 40, 10)
    assert (autumn.decides, autumn.source) == (False, "csv:19876A")
    assert [(one.date.day, one.morning.code) for one in view.days] == [(7, "F")]
    asked = {"student": student(school), "from": "2025-10-07", "to": "2025-10-07"}
    summary = SummaryPage.model_validate_json(
        front.get("/api/attendance/summaries", **asked).content
    )
    assert summary.items[0].total_absence_days_ytd == 1.0


def test_a_newer_word_about_the_same_days_stands_and_the_older_is_known_then(
    front: Front, school: CsvSchool
) -> None:
    then = register(front, school).known_at
    upload(front, HEAD + AUTUMN.replace("50,40,10,0", "50,42,8,0"))
    assert [one.attended for one in register(front, school).totals_of_other_systems] == [42]
    before = register(front, school, known_at=then)
    assert [one.attended for one in before.totals_of_other_systems] == [40]


def test_the_history_shows_every_sum(front: Front, school: CsvSchool) -> None:
    path = f"/api/interventions/students/{student(school)}"
    told = History.model_validate_json(front.get(path).content)
    assert [str(one.first) for one in told.totals_of_other_systems] == ["2024-09-02", "2025-08-28"]
    strangers = front.token("principal", tenant=STRANGERS)
    assert front.get(path, strangers).status_code == 404

"""AttendanceDailySummary over HTTP: per student, per school and day, now and as known then."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.bodies.attendance import SummaryPage
from tests.support.csv_school import SCHOOL, CsvSchool, school_with
from tests.support.front import STRANGERS, Front

pytestmark = pytest.mark.postgres
PATH = "/api/attendance/summaries"
HEAD = "student,date,code\n"
MARKS = HEAD + "001,2025-10-06,P\n001,2025-10-07,A\n001,2025-10-08,F\n002,2025-10-08,P\n"


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with school_with(front.house.database, tmp_path, MARKS) as school:
        yield school


def student(school: CsvSchool, source_id: str = "001") -> str:
    return str(school.roll().pupils[source_id].student)


def told(front: Front, **asked: Any) -> SummaryPage:
    answer = front.get(PATH, **asked)
    assert answer.status_code == 200, answer.text
    return SummaryPage.model_validate_json(answer.content)


def week(school: CsvSchool) -> dict[str, str]:
    return {"student": student(school), "from": "2025-10-06", "to": "2025-10-10"}


def test_a_students_days_have_every_field(front: Front, school: CsvSchool) -> None:
    """001-030, 001-031, 001-032, 001-033, 001-034, 001-035, 001-036, 001-037, 001-038, 001-039,
    001-040, 001-041; the window of the percentage is told with it.
    """
    page = told(front, **week(school))
    assert [one.am_status.value for one in page.items] == [
        "PRESENT",
        *["ABSENT"] * 2,
        *["MISSING"] * 2,
    ]
    last = page.items[2]
    assert (str(last.student_id), str(last.school_id)) == (student(school), str(SCHOOL))
    assert (last.am_reason_code, last.pm_reason_code, last.unexplained) == ("F", "F", True)
    assert (last.attendance_percent, last.attendance_window.school_days) == (33.3, 20)
    assert (last.consecutive_absence_days, last.total_absence_days_ytd) == (2, 2.0)
    assert last.computed_at_utc > datetime(2025, 1, 1, tzinfo=UTC)
    assert last.known_at > 0
    assert len({one.summary_id for one in page.items}) == 5
    assert [one.summary_id for one in told(front, **week(school)).items] == [
        one.summary_id for one in page.items
    ]


def test_a_school_has_a_summary_for_everybody_on_the_roll(front: Front, school: CsvSchool) -> None:
    page = told(front, school=str(SCHOOL), date="2025-10-08")
    assert {str(one.student_id) for one in page.items} == {
        student(school, name) for name in ("001", "002", "003")
    }
    early = told(front, school=str(SCHOOL), date="2025-09-19")
    assert student(school, "003") not in {str(one.student_id) for one in early.items}
    assert told(front, school=str(SCHOOL), date="2025-10-11").items == []  # a Saturday


def test_pages_follow_one_another(front: Front, school: CsvSchool) -> None:
    for asked in ({"school": str(SCHOOL), "date": "2025-10-08"}, week(school)):
        whole = told(front, **asked)
        found, cursor = [], None
        while True:
            page = told(front, **asked, limit=1, **({"cursor": cursor} if cursor else {}))
            found += page.items
            cursor = page.next
            if cursor is None:
                break
        assert [one.summary_id for one in found] == [one.summary_id for one in whole.items]


def test_a_correction_is_seen_from_its_position_on(front: Front, school: CsvSchool) -> None:
    """001-047, 001-049: recomputed with the marks; what was known before can still be seen."""
    before = told(front, **week(school)).items[-1]
    school.marks(HEAD + "001,2025-10-08,P\n")
    now = told(front, **week(school)).items[-1]
    then = told(front, **week(school), known_at=before.known_at).items[-1]
    assert (now.total_absence_days_ytd, then.total_absence_days_ytd) == (1.0, 2.0)


def test_each_look_at_a_child_is_recorded(front: Front, school: CsvSchool) -> None:
    told(front, **week(school))
    reads = front.get("/api/audit/reads", front.token("auditor"), student=student(school)).json()
    assert [(one["what"], one["route"]) for one in reads["items"]] == [
        ("attendance", f"GET {PATH}")
    ]


def test_a_student_of_somebody_else_is_not_there(front: Front, school: CsvSchool) -> None:
    elsewhere = front.token("principal", schools=[uuid4()])
    for who in (elsewhere, front.token("principal", tenant=STRANGERS)):
        answer = front.get(PATH, who, **week(school))
        assert (answer.status_code, answer.json()["code"]) == (404, "student-unknown")
        answer = front.get(PATH, who, school=str(SCHOOL), date="2025-10-08")
        assert (answer.status_code, answer.json()["code"]) == (404, "school-unknown")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "summaries-unclear"),
        ({"school": str(SCHOOL)}, "summaries-unclear"),
        ({"date": "2025-10-08"}, "summaries-unclear"),
        ({"school": str(SCHOOL), "date": "9999-12-31"}, "request-invalid"),
    ],
)
def test_a_question_that_is_not_clear_is_not_guessed(
    front: Front, school: CsvSchool, asked: dict[str, str], code: str
) -> None:
    answer = front.get(PATH, **asked)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_days_backwards_are_not_told(front: Front, school: CsvSchool) -> None:
    asked = {"student": student(school), "from": "2025-10-08", "to": "2025-10-06"}
    assert front.get(PATH, **asked).json()["code"] == "days-too-many"

"""A person corrects a mark or takes it back: with a reason, from then on, nothing overwritten."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response

from api.bodies.attendance import RegisterView, UnexplainedPage
from infrastructure.clock import machine_now
from tests.support.csv_school import SCHOOL, STUDENTS, CsvSchool, school_with
from tests.support.front import STRANGERS, Front

pytestmark = pytest.mark.postgres
PATH = "/api/attendance/corrections"
HEAD = "student,date,code\n"
MARKS = HEAD + "001,2025-10-06,P\n001,2025-10-07,F\n001,2025-10-08,F\n002,2025-10-08,F\n"
WHY = "The mother rang: canary-fever."


@pytest.fixture
def school(front: Front, tmp_path: Path) -> Iterator[CsvSchool]:
    with school_with(front.house.database, tmp_path, MARKS) as school:
        yield school


def student(school: CsvSchool, source_id: str = "001") -> str:
    return str(school.roll().pupils[source_id].student)


def correct(
    front: Front, school: CsvSchool, key: str | None = None, who: Any = None, **wish: Any
) -> Response:
    body = {
        "student_id": student(school),
        "date": "2025-10-07",
        "session": "DAY",
        "code": "A",
        "reason": WHY,
        **wish,
    }
    return front.post(PATH, body, who or front.token("officer"), key)


def register(front: Front, school: CsvSchool, **asked: Any) -> RegisterView:
    path = f"/api/attendance/students/{student(school)}/register"
    answer = front.get(path, **{"from": "2025-10-06", "to": "2025-10-10", **asked})
    assert answer.status_code == 200, answer.text
    return RegisterView.model_validate_json(answer.content)


def codes(view: RegisterView) -> list[str]:
    return [day.morning.code for day in view.days]


def test_a_corrected_mark_is_an_amendment_with_author_time_and_reason(
    front: Front, school: CsvSchool
) -> None:
    """DOMAIN 1.1: the original, the new value, why, when and who; 001-021, 001-027."""
    receipt = correct(front, school)
    assert receipt.status_code == 201
    view = register(front, school)
    assert (codes(view), view.line) == (["P", "A", "F"], "//AANN")
    (one,) = view.amendments
    assert one.was is not None
    assert one.became is not None
    assert (one.was.code, one.became.code, one.session.value) == ("F", "A", "DAY")
    assert (one.by, one.reason, one.source) == ("staff:7", WHY, "person")
    assert one.known_from == receipt.json()["position"]
    assert one.recorded_at <= machine_now()


def test_the_register_can_be_read_as_it_was_known_then(front: Front, school: CsvSchool) -> None:
    before = register(front, school).known_at
    correct(front, school)
    then = register(front, school, known_at=before)
    assert (codes(then), then.amendments) == (["P", "F", "F"], [])
    day_before = register(front, school, asKnownOn="2025-10-12")
    same_day = register(front, school, asKnownOn="2025-10-13")
    assert (codes(day_before), codes(same_day)) == ([], ["P", "A", "F"])


def test_a_mark_is_taken_back_and_made_again(front: Front, school: CsvSchool) -> None:
    wish = {"action": "DELETE", "code": None}
    assert correct(front, school, **wish).status_code == 201
    assert codes(register(front, school)) == ["P", "F"]
    gone = correct(front, school, **wish)
    assert (gone.status_code, gone.json()["code"]) == (404, "mark-unknown")
    assert correct(front, school, code="P").status_code == 201
    view = register(front, school)
    assert codes(view) == ["P", "P", "F"]
    assert [(a.was and a.was.code, a.became and a.became.code) for a in view.amendments] == [
        ("F", None),
        (None, "P"),
    ]


def test_a_mark_that_comes_late_by_hand_is_an_amendment_too(
    front: Front, school: CsvSchool
) -> None:
    assert correct(front, school, date="2025-10-09", code="P").status_code == 201
    (one,) = register(front, school).amendments
    assert (one.was, str(one.date)) == (None, "2025-10-09")


def test_the_same_wish_again_is_one_correction(front: Front, school: CsvSchool) -> None:
    first, again = correct(front, school, key="k1"), correct(front, school, key="k1")
    assert first.json() == again.json()
    assert len(register(front, school).amendments) == 1
    other = correct(front, school, key="k1", code="P")
    assert (other.status_code, other.json()["code"]) == (422, "command-reused")
    assert codes(register(front, school)) == ["P", "A", "F"]


def test_the_reason_lies_in_the_vault_only(front: Front, school: CsvSchool) -> None:
    correct(front, school)
    with front.house.database.worker() as conn:
        tables = conn.execute(
            "select relname from pg_class where relnamespace = 'public'::regnamespace"
            " and relkind = 'r' and has_table_privilege(oid, 'select')"
        ).fetchall()
        rows = [str(conn.execute(f"select t::text from {t} t").fetchall()) for (t,) in tables]
    assert "canary-fever" not in "\n".join(rows)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"code": "ZZ"}, "mark-code-unknown"),
        ({"date": "2025-10-14"}, "day-not-come"),
        ({"code": None}, "request-invalid"),
        ({"action": "DELETE"}, "request-invalid"),
        ({"action": "DELETE", "code": None, "date": "2025-10-09"}, "mark-unknown"),
        ({"student_id": "018f6f5e-7c1a-7b7e-9c55-616e73656f00"}, "student-unknown"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    front: Front, school: CsvSchool, wish: dict[str, Any], code: str
) -> None:
    answer = correct(front, school, **wish)
    assert answer.json()["code"] == code
    assert register(front, school).amendments == []


def test_nobody_is_marked_before_joining_or_after_leaving(front: Front, school: CsvSchool) -> None:
    """Trap 23."""
    school.students(STUDENTS.replace("5,H1,,", "5,H1,,2025-10-07"))
    assert correct(front, school, date="2025-10-08").json()["code"] == "not-on-roll"
    assert correct(front, school, date="2025-10-07").status_code == 201


def test_halves_are_corrected_one_by_one(front: Front, school: CsvSchool) -> None:
    assert correct(front, school, session="AM", code="P").status_code == 201
    whole = correct(front, school, session="DAY", code="A")
    assert (whole.status_code, whole.json()["code"]) == (409, "marked-by-halves")


def test_who_may_not_correct_does_not(front: Front, school: CsvSchool) -> None:
    for role in ("teacher", "auditor", "admin", "read-only"):
        assert correct(front, school, who=front.token(role)).status_code == 403
    stranger = front.token("principal", tenant=STRANGERS)
    assert correct(front, school, who=stranger).status_code == 404


def test_what_nobody_explained_is_listed_until_somebody_does(
    front: Front, school: CsvSchool
) -> None:
    """001-023; F in Ireland, N in England."""

    def unexplained(**asked: Any) -> list[tuple[str, str, int]]:
        answer = front.get("/api/attendance/unexplained", school=str(SCHOOL), **asked)
        page = UnexplainedPage.model_validate_json(answer.content)
        return [(str(i.student_id), str(i.date), i.school_days_since) for i in page.items]

    one, two = student(school), student(school, "002")
    wednesday = sorted([(one, "2025-10-08", 3), (two, "2025-10-08", 3)])
    assert unexplained() == [(one, "2025-10-07", 4), *wednesday]
    assert unexplained(**{"from": "2025-10-08", "to": "2025-10-08"}) == [
        (who, on, 0) for who, on, _ in wednesday
    ]
    correct(front, school)
    assert unexplained() == wednesday
    first = front.get("/api/attendance/unexplained", school=str(SCHOOL), limit=1).json()
    after = front.get(
        "/api/attendance/unexplained", school=str(SCHOOL), limit=1, cursor=first["next"]
    ).json()
    assert [item["student_id"] for item in (*first["items"], *after["items"])] == [
        who for who, _, _ in wednesday
    ]


def test_each_look_at_a_register_is_recorded(front: Front, school: CsvSchool) -> None:
    register(front, school)
    front.get("/api/attendance/unexplained", school=str(SCHOOL))
    reads = front.get("/api/audit/reads", front.token("auditor"), student=student(school)).json()
    assert {one["what"] for one in reads["items"]} == {"register", "unexplained"}


def test_a_mark_cannot_be_made_for_a_day_on_which_school_was_closed(
    front: Front, school: CsvSchool
) -> None:
    """A Sunday and a training day: nobody was expected, and the mark would count nowhere."""
    for day in ("2025-10-05", "2025-09-15"):
        answer = correct(front, school, date=day)
        assert (answer.status_code, answer.json()["code"]) == (422, "school-closed")


def test_a_correction_without_a_word_of_why_is_refused(front: Front, school: CsvSchool) -> None:
    answer = correct(front, school, reason="   ")
    assert answer.json()["errors"] == [
        {"pointer": "/reason", "kind": "string_too_short", "expected": "a length of 1 or more"}
    ]

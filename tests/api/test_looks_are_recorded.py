"""Each look at a child's record leaves a line, in the transaction that reads."""

from uuid import UUID

import pytest

from api.bodies.records import ReadPage
from tests.support.front import OTHER_SCHOOL, SCHOOL, STRANGERS, Family, Front

pytestmark = pytest.mark.postgres
READS = "/api/audit/reads"


def looks(front: Front, student: UUID) -> list[tuple[str, str, str]]:
    answer = front.get(READS, front.token("auditor"), student=str(student))
    page = ReadPage.model_validate_json(answer.content)
    return [(item.actor, item.what, item.route) for item in page.items]


def test_each_kind_of_look_is_listed_with_who_and_where(front: Front, family: Family) -> None:
    front.propose(family)
    front.start_run(family)
    front.settle()
    who = front.token("officer", subject="mary.1")
    student, run = family.student, family.run
    for path in (
        "/api/interventions/queue",
        f"/api/interventions/students/{student}",
        "/api/playbooks/runs",
        f"/api/playbooks/runs/{run}",
    ):
        assert front.get(path, who).status_code == 200
    actor = "staff:mary.1"
    assert looks(front, student) == [
        (actor, "run", "GET /api/playbooks/runs/{runId}"),
        (actor, "runs", "GET /api/playbooks/runs"),
        (actor, "history", "GET /api/interventions/students/{studentId}"),
        (actor, "queue", "GET /api/interventions/queue"),
    ]


def test_a_page_leaves_one_line_for_each_child_on_it(front: Front) -> None:
    families = [Family() for _ in range(3)]
    for one in families:
        front.propose(one)
        front.start_run(one)
    twin = Family(student=families[0].student)
    front.propose(twin)
    front.settle()
    front.get("/api/interventions/queue")
    assert front.count("read_access") == 3
    front.get("/api/interventions/queue", limit=1)
    assert front.count("read_access") == 4


def test_what_was_not_shown_leaves_no_line(front: Front, family: Family) -> None:
    front.propose(family)
    front.start_run(family)
    front.settle()
    student = f"/api/interventions/students/{family.student}"
    run = f"/api/playbooks/runs/{family.run}"
    for who in (front.token(tenant=STRANGERS), front.token(schools=[OTHER_SCHOOL])):
        assert front.get(student, who).status_code == 404
        assert front.get(run, who).status_code == 404
        assert front.get("/api/interventions/queue", who).json()["items"] == []
    assert front.get("/api/telemetry/balance").status_code == 200
    assert front.count("read_access") == 0


def test_looks_come_in_pages_latest_first(front: Front, family: Family) -> None:
    front.propose(family)
    front.settle()
    for subject in ("1", "2", "3"):
        front.get("/api/interventions/queue", front.token("officer", subject=subject))
    auditor = front.token("auditor")
    first = front.get(READS, auditor, student=str(family.student), limit=2).json()
    rest = front.get(
        READS, auditor, student=str(family.student), limit=2, cursor=first["next"]
    ).json()
    assert [item["actor"] for item in first["items"]] == ["staff:3", "staff:2"]
    assert [item["actor"] for item in rest["items"]] == ["staff:1"]
    assert rest["next"] is None
    assert len(front.get(READS, auditor).json()["items"]) == 3


def test_one_tenants_looks_are_not_anothers(front: Front, family: Family) -> None:
    front.propose(family)
    front.settle()
    front.get("/api/interventions/queue")
    who = front.token("auditor", tenant=STRANGERS)
    assert front.get(READS, who).json()["items"] == []


def test_an_auditor_of_one_school_names_a_student_of_it(front: Front, family: Family) -> None:
    front.enrol(family)
    front.propose(family)
    front.settle()
    front.get("/api/interventions/queue")
    ours, others = (front.token("auditor", schools=[s]) for s in (SCHOOL, OTHER_SCHOOL))
    student = str(family.student)
    assert len(front.get(READS, ours, student=student).json()["items"]) == 1
    assert front.get(READS, others, student=student).status_code == 404
    assert front.get(READS, ours).status_code == 404


def test_nobody_can_take_a_look_back(front: Front, family: Family) -> None:
    front.propose(family)
    front.settle()
    front.get("/api/interventions/queue")
    for role in ("anseo_app", "anseo_worker", "anseo_auditor"):
        with front.house.database.session(role) as conn:
            row = conn.execute(
                "select has_table_privilege('read_access', 'update')"
                " or has_table_privilege('read_access', 'delete')"
            ).fetchone()
        assert row == (False,), role


def test_the_pages_of_looks_hold_each_look_once_the_latest_first(
    front: Front, family: Family
) -> None:
    """Numbers of looks are numbers: the tenth comes after the ninth, on every page."""
    front.enrol(family)
    for _ in range(12):
        front.get(f"/api/interventions/students/{family.student}")
    asked: dict[str, object] = {"student": str(family.student), "limit": 5}
    seen: list[str] = []
    while True:
        page = front.get(READS, front.token("auditor"), **asked).json()
        seen += [item["at"] for item in page["items"]]
        if page["next"] is None:
            break
        asked["cursor"] = page["next"]
    assert len(seen) == 12
    assert seen == sorted(seen, reverse=True)

"""One student's history, runs with their steps, and numbers that add up."""

from datetime import timedelta
from uuid import uuid4

import pytest

from api.bodies.interventions import History
from api.bodies.runs import RunDetails, RunPage
from api.bodies.telemetry import Balance, MetricsList
from domain.playbook_run.commands import TakeStep
from tests.support.examples import but
from tests.support.front import NOON, OTHER_SCHOOL, SCHOOL, STRANGERS, Family, Front

pytestmark = pytest.mark.postgres
RUNS = "/api/playbooks/runs"


def history_of(family: Family) -> str:
    return f"/api/interventions/students/{family.student}"


def test_a_history_holds_every_fact_in_order(front: Front, family: Family) -> None:
    front.name(family)
    front.propose(family)
    front.post(f"/api/interventions/{family.intervention}/stages/LETTER_1/approve")
    front.settle()
    history = History.model_validate_json(front.get(history_of(family)).content)
    assert [one.intervention_id for one in history.interventions] == [family.intervention]
    assert [stage.status for stage in history.interventions[0].stages] == ["ENTERED"]
    assert [fact.name for fact in history.facts] == front.facts(family.intervention)
    assert [fact.version for fact in history.facts] == list(range(1, len(history.facts) + 1))
    entered = history.facts[-1]
    assert entered.name == "intervention.stage_entered"
    assert (entered.actor, entered.occurred_at) == ("staff:7", NOON)
    assert history.people[family.student].given == "Síofra"


def test_a_history_of_two_schools_shows_each_school_its_own(front: Front) -> None:
    here = Family()
    there = Family(student=here.student, school=OTHER_SCHOOL)
    for one in (here, there):
        front.propose(one)
    front.settle()
    who = front.token("officer", schools=[SCHOOL])
    history = History.model_validate_json(front.get(history_of(here), who).content)
    assert [one.intervention_id for one in history.interventions] == [here.intervention]
    assert {fact.stream for fact in history.facts} == {here.intervention}
    assert len(front.get(history_of(here)).json()["interventions"]) == 2


def test_a_child_with_nothing_to_tell_has_an_empty_history(front: Front, family: Family) -> None:
    front.enrol(family)
    history = front.get(history_of(family))
    assert history.status_code == 200
    assert history.json()["facts"] == []
    for who in (front.token(schools=[OTHER_SCHOOL]), front.token(tenant=STRANGERS)):
        assert front.get(history_of(family), who).status_code == 404
    assert front.get(history_of(Family())).json()["code"] == "student-unknown"


def test_a_run_tells_its_steps_and_its_version(front: Front, family: Family) -> None:
    front.name(family)
    position = front.start_run(family).position
    front.settle()
    answer = front.get(f"{RUNS}/{family.run}", after=position)
    details = RunDetails.model_validate_json(answer.content)
    assert details.run.steps[0].step_id == "sms"
    assert details.run.steps[0].status == "SCHEDULED"
    assert set(details.people) == {family.student, family.guardian}
    assert answer.headers["etag"] == f'"{details.run.version}"'
    assert front.get(f"{RUNS}/{uuid4()}").json()["code"] == "run-unknown"


def test_runs_are_listed_by_status(front: Front) -> None:
    active, stopped = Family(), Family()
    for one in (active, stopped):
        front.start_run(one)
    assert front.post(f"{RUNS}/{stopped.run}/stop").status_code == 200
    front.settle()

    def listed(**asked: str) -> set[str]:
        page = RunPage.model_validate_json(front.get(RUNS, **asked).content)
        return {str(item.run_id) for item in page.items}

    assert listed() == {str(active.run)}
    assert listed(status="STOPPED") == {str(stopped.run)}
    assert listed(status="ANY") == {str(active.run), str(stopped.run)}
    assert listed(status="ANY", student=str(stopped.student)) == {str(stopped.run)}
    assert listed(playbook=str(uuid4())) == set()
    run = front.get(f"{RUNS}/{stopped.run}").json()["run"]
    assert (run["stop_reason"], run["steps"][0]["status"]) == ("MANUAL", "SKIPPED")


def test_a_run_is_stopped_once(front: Front, family: Family) -> None:
    front.start_run(family)
    first, again = (front.post(f"{RUNS}/{family.run}/stop").json() for _ in range(2))
    assert (first["facts"] > 0, again["facts"]) == (True, 0)


def test_the_sheet_balances_at_the_school_clock(front: Front) -> None:
    families = [Family() for _ in range(3)]
    for one in families:
        front.start_run(one)
    front.settle()
    before = Balance.model_validate_json(front.get("/api/telemetry/balance").content)
    assert (before.at, before.due) == (NOON, 0)
    front.clock(NOON + timedelta(days=60))
    front.settle()
    after = Balance.model_validate_json(front.get("/api/telemetry/balance").content)
    assert (after.due, after.pending) == (3, 3)
    assert after.due == after.sent + after.skipped + after.failed + after.pending
    nobody = front.get("/api/telemetry/balance", front.token(tenant=STRANGERS)).json()
    assert nobody["due"] == 0


def test_days_are_counted_by_school(front: Front) -> None:
    for school in (SCHOOL, SCHOOL, OTHER_SCHOOL):
        front.start_run(Family(school=school))
    front.settle()
    days = MetricsList.model_validate_json(front.get("/api/telemetry/metrics").content)
    assert days.complete
    assert {(day.school_id, day.playbooks_started) for day in days.items} == {
        (SCHOOL, 2),
        (OTHER_SCHOOL, 1),
    }
    asked = {"from": "2025-10-13", "to": "2025-10-13", "school": str(SCHOOL)}
    assert len(front.get("/api/telemetry/metrics", **asked).json()["items"]) == 1
    assert front.get("/api/telemetry/metrics", **{"from": "2025-10-14"}).json()["items"] == []


def test_what_ran_by_itself_is_told_in_minutes(front: Front, family: Family) -> None:
    """000-005 Telemetry yields the time saved; 000-009 its events and its daily numbers agree."""
    front.start_run(family)
    front.clock(NOON + timedelta(days=2))
    taken = but(
        TakeStep,
        run_id=family.run,
        school_id=SCHOOL,
        case_id=family.case,
        student_id=family.student,
        guardian_id=family.guardian,
        contact_on=None,
    )
    front.tell(taken)
    front.settle()
    front.text(family)
    front.settle()
    sent = front.get("/api/telemetry/events", type="STEP_SENT").json()["items"]
    days = front.get("/api/telemetry/metrics").json()["items"]
    assert [one["playbook_run_id"] for one in sent] == [str(family.run)]
    assert sum(day["steps_sent"] for day in days) == 1
    assert sum(day["estimated_minutes_saved"] for day in days) == 5


def test_an_exemption_keeps_its_reason_in_the_vault(front: Front, family: Family) -> None:
    front.enrol(family)
    front.propose(family)
    front.start_run(family)
    front.settle()
    body = {
        "student_id": str(family.student),
        "starts_on": "2025-10-13",
        "until": "2025-10-24",
        "kind": "BEREAVEMENT",
        "reason": "canary-reason",
    }
    answer = front.post("/api/exemptions", body)
    assert answer.status_code == 201
    with front.house.database.worker() as conn:
        stored = conn.execute("select convert_from(state, 'UTF8') from ledger").fetchall()
        row = conn.execute("select record from vault_record").fetchone()
        assert row is not None
        assert front.house.vault.get(conn, family.tenant, row[0]) == {
            "reason": "canary-reason",
            "kind": "BEREAVEMENT",
        }
    assert "canary" not in "".join(text for (text,) in stored)
    assert answer.json()["exemption"] in "".join(text for (text,) in stored)
    front.settle()
    run = front.get(f"{RUNS}/{family.run}").json()["run"]
    assert run["stop_reason"] == "EXEMPTION_FLAG"
    assert "BEREAVEMENT" not in "".join(text for (text,) in stored)


def test_exemptions_are_listed_and_ended_and_the_look_is_recorded(
    front: Front, family: Family
) -> None:
    """001-107: kinds and dates; kind and reason come from the vault to those who may see them."""
    front.enrol(family)
    body = {
        "student_id": str(family.student),
        "starts_on": "2025-10-13",
        "kind": "LOOKED_AFTER",
        "reason": "canary-reason",
    }
    exemption = front.post("/api/exemptions", body).json()["exemption"]
    front.settle()
    path = f"/api/exemptions/students/{family.student}"
    (item,) = front.get(path).json()["exemptions"]
    assert (item["kind"], item["reason"]) == ("LOOKED_AFTER", "canary-reason")
    assert (item["effect"], item["holds"], item["until"]) == ("TO_WORKER", True, None)
    assert front.post(f"{path}/{exemption}/end").status_code == 200
    front.settle()
    (item,) = front.get(path).json()["exemptions"]
    assert not item["holds"]
    assert item["ended_at"] is not None
    assert front.get(path, front.token("auditor", tenant=STRANGERS)).status_code == 404
    assert front.count("read_access") == 2


def test_a_closed_case_ends_what_ran_for_it(front: Front, family: Family) -> None:
    """000-102 CASE_CLOSED, read from the status of the case."""
    front.propose(family)
    front.open_case(family)
    front.start_run(family)
    front.settle()
    path = f"/api/cases/{family.case}/close"
    assert front.post(path, {"reason": "RESOLVED"}).status_code == 200
    front.settle()
    assert front.get(f"{RUNS}/{family.run}").json()["run"]["stop_reason"] == "CASE_CLOSED"
    assert front.get("/api/interventions/queue").json()["items"] == []
    assert front.post(f"/api/cases/{uuid4()}/close", {"reason": "X"}).status_code == 404

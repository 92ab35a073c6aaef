"""Each field and each value of playbooks, their steps and their runs, as the door shows them."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from api.bodies.playbooks import PlaybookWhole
from api.bodies.runs import RunDetails
from domain.playbook_run.commands import StartRun
from domain.shared.ids import RunId
from tests.support.csv_school import SCHOOL as HERE
from tests.support.csv_school import CsvSchool
from tests.support.examples import PLAYBOOK, but
from tests.support.front import NOON, OTHER_SCHOOL, SCHOOL, STRANGERS, TENANT, Family, Front
from tests.support.register import recording

pytestmark = pytest.mark.postgres
BOOKS = "/api/playbooks"
STEP: dict[str, Any] = {
    "kind": "MESSAGE",
    "step_id": "sms-1",
    "order": 1,
    "offset": 1,
    "channel": "SMS",
    "template_key": "ATTENDANCE_SMS",
}
WHOLE: dict[str, Any] = {
    "name": "After the first letter",
    "description": "A text, and an e-mail a week later.",
    "trigger": {"on": "STAGE_ENTERED", "stage": "LETTER_1"},
    "purpose": "NUDGE",
    "stop_conditions": ["CASE_CLOSED", "EXEMPTION_FLAG", "GUARDIAN_REPLIED", "ATTENDANCE_IMPROVED"],
    "steps": [STEP],
    "escalation": {"after": 10, "when": ["NOTHING_DELIVERED"], "within": 3},
}
WAYS = ("SMS", "EMAIL", "WHATSAPP", "IN_APP")


def written(front: Front, **more: Any) -> str:
    answer = front.post(BOOKS, {**WHOLE, **more})
    assert answer.status_code == 201, answer.text
    path = str(answer.headers["location"])
    seen = {**front.token(), "If-Match": '"1"', "Idempotency-Key": str(uuid4())}
    assert front.client.post(f"{path}/activate", headers=seen).status_code == 200
    return path


def shown(front: Front, path: str) -> PlaybookWhole:
    return PlaybookWhole.model_validate_json(front.get(path).content)


def test_a_playbook_has_each_of_its_fields(front: Front) -> None:
    """000-025, 000-028, 000-029, 000-030, 000-031, 000-032, 000-036, 000-037, 000-038, 000-039."""
    path = written(front)
    said = front.get(path).json()
    definition = said.pop("definition")
    assert path.endswith(said["playbook_id"])
    assert (said["trigger_stage"], said["is_active"]) == ("LETTER_1", True)
    assert (definition["name"], definition["description"]) == (WHOLE["name"], WHOLE["description"])
    assert definition["trigger"] == {"on": "STAGE_ENTERED", "stage": "LETTER_1"}
    assert definition["stop_conditions"] == WHOLE["stop_conditions"]
    assert definition["escalation"] == {**WHOLE["escalation"], "unit": "SCHOOL_DAYS"}
    assert said["escalation_after_days"] == 10
    assert said["created_at"] == said["updated_at"] == f"{NOON:%Y-%m-%dT%H:%M:%SZ}"
    front.post(f"{path}/retire")
    assert shown(front, path).is_active is False


@pytest.mark.parametrize("condition", WHOLE["stop_conditions"])
def test_each_stop_condition_stands_in_the_list_by_itself(front: Front, condition: str) -> None:
    """000-032, 000-033, 000-034, 000-035; a word that is none is refused with its place."""
    path = written(front, stop_conditions=[condition])
    assert shown(front, path).definition.stop_conditions == [condition]
    odd = front.post(BOOKS, {**WHOLE, "stop_conditions": [condition, "TIRED"]})
    assert (odd.status_code, odd.json()["errors"][0]["pointer"]) == (422, "/stop_conditions/1")


def test_a_playbook_and_its_steps_are_a_tenants(front: Front) -> None:
    """000-026, 000-041: nobody of another tenant sees, lists or changes them."""
    path = written(front)
    front.settle()
    stranger = front.token("principal", "admin", tenant=STRANGERS)
    assert [one["name"] for one in front.get(BOOKS).json()["items"]] == [WHOLE["name"]]
    assert front.get(BOOKS, who=stranger).json()["items"] == []
    for verb, at, body in (
        ("GET", path, None),
        ("GET", f"{path}/versions", None),
        ("PUT", path, WHOLE),
        ("POST", f"{path}/steps", {**STEP, "step_id": "sms-2"}),
        ("PUT", f"{path}/steps/sms-1", STEP),
        ("DELETE", f"{path}/steps/sms-1", None),
    ):
        headers = {**stranger, "If-Match": '"2"', "Idempotency-Key": str(uuid4())}
        answer = front.client.request(verb, at, headers=headers, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "playbook-unknown")
    with front.house.database.worker() as conn:
        rows = conn.execute("select distinct tenant from ledger where topic like 'playbook.%'")
        assert rows.fetchall() == [(TENANT,)]


def test_a_playbook_is_one_schools_or_the_whole_tenants(front: Front, tmp_path: Path) -> None:
    """000-027 SchoolId, empty for the whole tenant: a school's is for nobody of another school."""
    with recording(front.house.database) as commit:
        CsvSchool(front.house.database, tmp_path, commit).set_up()
        one, all_of_it = written(front, school_id=str(HERE)), written(front)
    assert (shown(front, one).school_id, shown(front, all_of_it).school_id) == (HERE, None)
    elsewhere = front.token("principal", schools=[OTHER_SCHOOL])
    assert front.get(one, who=elsewhere).json()["code"] == "playbook-unknown"
    assert front.get(all_of_it, who=elsewhere).status_code == 200


def test_a_step_has_each_of_its_fields(front: Front) -> None:
    """000-040, 000-042, 000-043, 000-044, 000-045, 000-050, 000-051, 000-052: in the order that
    they were given, whatever the order in which they came.
    """
    last = {**STEP, "step_id": "sms-2", "order": 7, "offset": 4, "skip_if_replied": True}
    path = written(front, steps=[{**STEP, "fallback": "EMAIL"}])
    middle = {"kind": "SCHEDULE_MEETING", "step_id": "meeting-1", "order": 3, "offset": 1}
    for number, body in enumerate((last, {**middle, "within": 5}), 2):
        headers = {**front.token(), "If-Match": f'"{number}"', "Idempotency-Key": str(uuid4())}
        assert front.client.post(f"{path}/steps", headers=headers, json=body).status_code == 201
    draft = front.get(path).json()["draft"]["steps"]
    assert [(s["step_id"], s["order"], s["offset"]) for s in draft] == [
        ("sms-1", 1, 1),
        ("meeting-1", 3, 1),
        ("sms-2", 7, 4),
    ]
    first, meeting, second = draft
    assert (first["channel"], first["template_key"]) == ("SMS", "ATTENDANCE_SMS")
    assert (first["fallback"], first["skip_if_replied"]) == ("EMAIL", False)
    assert (second["fallback"], second["skip_if_replied"]) == (None, True)
    assert "template_key" not in meeting


@pytest.mark.parametrize("channel", WAYS)
def test_a_step_goes_by_each_channel(front: Front, channel: str) -> None:
    """000-045, 000-046, 000-047, 000-048, 000-049."""
    path = written(front, steps=[{**STEP, "channel": channel}])
    assert [one.channel for one in shown(front, path).definition.steps] == [channel]  # type: ignore[union-attr]
    odd = front.post(BOOKS, {**WHOLE, "steps": [{**STEP, "channel": "PIGEON"}]})
    assert odd.json()["errors"][0]["pointer"] == "/steps/0/MESSAGE/channel"


def told(front: Front, family: Family) -> RunDetails:
    front.settle()
    return RunDetails.model_validate_json(front.get(f"{BOOKS}/runs/{family.run}").content)


def test_a_run_has_each_of_its_fields(front: Front, family: Family) -> None:
    """000-006 with its log, 000-053, 000-054, 000-055, 000-056, 000-057, 000-058, 000-059."""
    front.start_run(family)
    seen = told(front, family)
    run = seen.run
    assert (run.run_id, run.school_id, run.playbook_id) == (family.run, SCHOOL, PLAYBOOK)
    assert (run.instance_id, run.student_id) == (family.intervention, family.student)
    assert (run.guardian_id, run.status, run.triggered_at) == (family.guardian, "ACTIVE", NOON)
    assert [(one.run_id, one.step_id, one.status) for one in seen.logs] == [
        (family.run, "sms", "SCHEDULED")
    ]
    stranger = front.token(tenant=STRANGERS)
    elsewhere = front.token(schools=[OTHER_SCHOOL])
    for who in (stranger, elsewhere):
        assert front.get(f"{BOOKS}/runs/{family.run}", who=who).json()["code"] == "run-unknown"
        assert front.get(f"{BOOKS}/runs", who=who).json()["items"] == []
    home = but(StartRun, run_id=RunId(uuid4()), guardian_id=None, members=(family.guardian,))
    front.tell(home)
    front.settle()
    shared = front.get(f"{BOOKS}/runs/{home.run_id}").json()["run"]
    assert (shared["guardian_id"], shared["student_id"]) == (None, str(home.student_id))

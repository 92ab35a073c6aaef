"""Lines of the queue are found by what is asked of them, taken, and put back."""

from datetime import date
from typing import Any

import msgspec
import pytest

from domain.register_batch.commands import RecordBatch
from domain.shared.ids import BatchId, derived_id
from domain.shared.stages import Approval, Stage
from tests.support.examples import HASH
from tests.support.front import OTHER_SCHOOL, SCHOOL, TENANT, Family, Front

pytestmark = pytest.mark.postgres
QUEUE = "/api/interventions/queue"
NOTICE = Stage(type="NOTICE_20", order=9, track="DUTY", approval=Approval.HEAD, due_school_days=0)


def found(front: Front, who: Any = None, **asked: Any) -> list[str]:
    answer = front.get(QUEUE, who, **asked)
    assert answer.status_code == 200, answer.text
    return [f"{item['subject']}:{item['stage']}" for item in answer.json()["items"]]


def enrol(front: Front, family: Family, year_group: str) -> None:
    """Let the register know a school in Dublin and a child's year group."""
    batch = BatchId(derived_id("batch", family.student))
    about = (TENANT, batch)
    with front.house.database.worker() as conn:
        conn.execute(
            "insert into staged_batch (tenant, batch, content, source, content_hash)"
            " values (%s, %s, 'students', 'test', '')",
            about,
        )
        conn.execute(
            "insert into student (tenant, batch, student, source, source_id, school, year_group)"
            " values (%s, %s, %s, 'test', 'P', %s, %s)",
            (*about, family.student, family.school, year_group),
        )
        conn.execute(
            "insert into school (tenant, batch, school, source, source_id, name, jurisdiction,"
            " zone, code_table, denominator) values (%s, %s, %s, 'test', 'S', 'S', 'IE',"
            " 'Europe/Dublin', 'IE', 'MARKS')",
            (*about, family.school),
        )
    front.tell(RecordBatch(batch, "students", "test", HASH, 1, 0, 1))


def test_two_tracks_of_one_child_are_two_lines_and_each_is_found(front: Front) -> None:
    """Filters of the queue: school, stage, track, year group, due and past due."""
    here, there = Family(), Family(school=OTHER_SCHOOL)
    enrol(front, here, "5")
    enrol(front, there, "6")
    front.propose(here)
    front.propose(here, NOTICE)
    front.propose(there)
    front.settle()
    letter, notice = f"{here.intervention}:LETTER_1", f"{here.intervention}:NOTICE_20"
    assert set(found(front, school=str(SCHOOL))) == {letter, notice}
    assert found(front, track="DUTY") == [notice]
    assert found(front, stage="LETTER_1", year_group="5") == [letter]
    assert found(front, year_group="6") == [f"{there.intervention}:LETTER_1"]
    assert found(front, past_due="true") == [notice]  # 10 October has passed on the 13th
    assert notice not in found(front, past_due="false")
    assert found(front, due_until="2025-10-10") == [notice]
    assert found(front, due_until="2025-10-09") == []
    (item,) = front.get(QUEUE, track="DUTY").json()["items"]
    assert (item["due_on"], item["past_due"], item["owner"]) == ("2025-10-10", True, None)
    assert item["reasons"][0].startswith("Absent on 5 of 20 days")


def test_a_line_is_taken_given_and_put_back(front: Front, family: Family) -> None:
    front.propose(family)
    front.settle()
    line = f"{QUEUE}/{family.intervention}/LETTER_1"
    mary, john = (front.token("officer", subject=name) for name in ("mary", "john"))
    assert found(front, mary, owner="nobody") == [f"{family.intervention}:LETTER_1"]
    assert front.post(f"{line}/assign", {}, who=mary).status_code == 200
    front.settle()
    assert len(found(front, mary, owner="me")) == 1
    assert found(front, john, owner="me") == []
    assert found(front, john, owner="nobody") == []
    taken = front.post(f"{line}/assign", {}, who=john)
    assert (taken.status_code, taken.json()["code"]) == (409, "task-taken")
    over = {"owner": "staff:john", "take_over": True}
    assert front.post(f"{line}/assign", over, who=mary).status_code == 200
    front.settle()
    (item,) = front.get(QUEUE).json()["items"]
    assert item["owner"] == "staff:john"
    assert front.post(f"{line}/release", who=john).status_code == 200
    front.settle()
    assert len(found(front, owner="nobody")) == 1
    elsewhere = front.token("officer", schools=[OTHER_SCHOOL])
    assert front.post(f"{line}/assign", {}, who=elsewhere).status_code == 404


def test_a_student_history_has_the_events_of_the_file(front: Front, family: Family) -> None:
    """001-223 what happened, beside every fact that says so (001-253); 001-108 stops the ladder."""
    front.propose(family)
    approve = f"/api/interventions/{family.intervention}/stages/LETTER_1/approve"
    assert front.post(approve).status_code == 200
    front.settle()
    history = front.get(f"/api/interventions/students/{family.student}").json()
    (event,) = history["events"]
    assert (event["event_type"], event["stage"]) == ("STAGE_ENTERED", "LETTER_1")
    assert event["instance_id"] == str(family.intervention)
    stop = f"/api/interventions/{family.intervention}/stop"
    assert front.post(stop, {"reason": "VALID_REASON"}).status_code == 200
    front.settle()
    history = front.get(f"/api/interventions/students/{family.student}").json()
    assert [one["event_type"] for one in history["events"]] == ["STAGE_ENTERED", "STOPPED"]
    assert history["interventions"][0]["stop_reason"] == "VALID_REASON"


def test_a_school_without_rules_is_not_looked_at(front: Front, family: Family) -> None:
    enrol(front, family, "5")
    body = {"school_id": str(family.school), "on": date(2025, 10, 10).isoformat()}
    answer = front.post("/api/interventions/evaluations", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "no-rule-set")
    today = front.post("/api/interventions/evaluations", {**body, "on": "2025-10-13"})
    assert (today.status_code, today.json()["code"]) == (422, "day-not-ended")
    other = front.token("officer", schools=[OTHER_SCHOOL])
    assert front.post("/api/interventions/evaluations", body, who=other).status_code == 404
    page = msgspec.json.decode(front.get("/api/interventions/evaluations").content)
    assert page == {"items": [], "next": None}

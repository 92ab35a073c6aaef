"""When schools are read from their own systems is seen over HTTP, and a school made to wait."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from api.bodies.syncs import SyncItem, SyncList
from domain.shared.ids import TenantId
from infrastructure.imports import sync_plans
from infrastructure.imports.sync_times import Reading
from tests.support.front import OTHER_SCHOOL, SCHOOL, STRANGERS, TENANT, Front
from tests.support.syncs import PLAN

pytestmark = pytest.mark.postgres
PATH = "/api/imports/syncs"
ONE = f"{PATH}/{SCHOOL}"
WAIT = {"paused": True, "reason": "the office moves"}
MINE = replace(PLAN, tenant=TenantId(TENANT), school=SCHOOL)


@pytest.fixture
def planned(front: Front) -> Front:
    with front.house.database.tenant(TENANT) as conn:
        sync_plans.set_plan(conn, MINE)
    return front


def test_a_planned_school_says_when_it_is_read_next(planned: Front) -> None:
    (one,) = SyncList.model_validate_json(planned.get(PATH).content).items
    assert (one.source, one.zone, one.times) == (MINE.source, "Europe/London", ["08:00", "12:00"])
    assert (one.outcome, one.tried_at, one.next_reads) == (None, None, "EVERYTHING")


def test_what_came_of_the_last_sync_is_shown_and_makes_a_number(planned: Front) -> None:
    at = datetime(2025, 10, 13, 7, 30, tzinfo=UTC)
    with planned.house.database.worker() as conn:
        one = sync_plans.plan_of(conn, TenantId(TENANT), SCHOOL)
        run = sync_plans.begun(conn, one)
        trouble = ["too-few-pupils"]
        sync_plans.ended(conn, one, run, Reading.EVERYTHING, at, trouble, again=False)
    told = SyncList.model_validate_json(planned.get(PATH).content).items[0]
    assert (told.outcome, told.problems, told.compared_at) == ("REFUSED", ["too-few-pupils"], at)
    assert planned.client.get("/readyz").json()["syncs_failing"] == 1
    assert "anseo_syncs_failing 1.0" in planned.client.get("/metrics").text
    planned.put(ONE, WAIT, 1)
    assert planned.client.get("/readyz").json()["syncs_failing"] == 0


def test_a_school_waits_and_goes_on_at_the_version_that_was_seen(planned: Front) -> None:
    answer = planned.put(ONE, WAIT, 1)
    told = SyncItem.model_validate_json(answer.content)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (told.paused, told.reason, told.set_by) == (True, "the office moves", "staff:7")
    assert (told.next_at, told.next_reads) == (None, None)
    assert planned.put(ONE, WAIT, 1).json() == answer.json()  # the same wish again
    late = planned.put(ONE, {"paused": False, "reason": "done"}, 1)
    assert (late.status_code, late.json()["code"]) == (412, "conflict")
    again = planned.put(ONE, {"paused": False, "reason": "done"}, 2)
    assert (again.status_code, again.json()["paused"]) == (200, False)
    bare = planned.client.put(ONE, headers=planned.token(), json=WAIT)
    assert bare.status_code == 428


def test_nobody_sees_or_stops_what_is_not_theirs(planned: Front) -> None:
    elsewhere = planned.token("principal", schools=[OTHER_SCHOOL])
    strangers = planned.token("principal", tenant=STRANGERS)
    for who in (elsewhere, strangers):
        assert planned.get(PATH, who).json() == {"items": []}
        answer = planned.put(ONE, WAIT, 1, who)
        assert (answer.status_code, answer.json()["code"]) == (404, "sync-unknown")
    unknown = planned.put(f"{PATH}/{uuid4()}", WAIT, 1)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "sync-unknown")


@pytest.mark.parametrize("body", [{"paused": "perhaps", "reason": "x"}, {"paused": True}, {}])
def test_a_wish_without_a_reason_is_refused(planned: Front, body: dict[str, str]) -> None:
    answer = planned.put(ONE, body, 1)
    assert (answer.status_code, answer.json()["code"]) == (422, "request-invalid")

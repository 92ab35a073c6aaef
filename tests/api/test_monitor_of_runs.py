"""The run monitor at the door: each filter, each page, and a run with its log."""

from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from typing import Any, Final
from uuid import UUID

import pytest

from api.bodies.runs import RunDetails, RunPage
from domain.playbook_run.commands import PauseRun, StopRun
from domain.playbook_run.events import PauseReason, RunStop
from domain.shared.ids import RunId, SchoolId
from infrastructure.store.reads import filled
from projections.log_rows import LogStatus
from projections.run_pages import FILTERS, page
from tests.support.examples import PLAYBOOK
from tests.support.front import NOON, OTHER_SCHOOL, SCHOOL, STRANGERS, TENANT, Family, Front

pytestmark = pytest.mark.postgres
MANUAL: Final = RunStop.MANUAL
RUNS = "/api/playbooks/runs"


def runs(front: Front, who: dict[str, str] | None = None, **asked: Any) -> list[str]:
    page = RunPage.model_validate_json(front.get(RUNS, who, **asked).content)
    return [str(item.run_id) for item in page.items]


def test_runs_are_found_by_each_thing_that_is_asked(front: Front) -> None:
    """000-154: by school, status, stage, playbook, guardian, pupil, step and time."""
    here, there = Family(), Family(school=OTHER_SCHOOL)
    for one in (here, there):
        front.start_run(one)
    front.tell(PauseRun(run_id=there.run, school_id=there.school, reason=PauseReason.MANUAL))
    front.settle()
    first, second = [str(here.run)], [str(there.run)]
    assert runs(front) == first
    assert runs(front, status="PAUSED") == second
    found_by: list[tuple[dict[str, Any], list[str]]] = [
        ({"school": SCHOOL}, first),
        ({"school": OTHER_SCHOOL}, second),
        ({"student": there.student}, second),
        ({"guardian": here.guardian}, first),
        ({"stage": "LETTER_2"}, []),
        ({"step": "email"}, []),
        ({"triggered_to": NOON.isoformat()}, []),
        ({"triggered_from": (NOON + timedelta(seconds=1)).isoformat()}, []),
    ]
    for asked, found in found_by:
        assert runs(front, status="ANY", **asked) == found, asked
    alike: dict[str, Any] = {"playbook": PLAYBOOK, "stage": "LETTER_1", "step": "sms"}
    assert sorted(runs(front, status="ANY", **alike)) == sorted(first + second)
    assert runs(front, front.token(schools=[OTHER_SCHOOL]), status="ANY") == second


def test_pages_follow_one_another_in_every_way_to_ask(front: Front) -> None:
    """Trap 31: a place behind the last row, so that a run that changes meanwhile loses no other."""
    families = [Family() for _ in range(5)]
    for one in families:
        front.start_run(one)
    front.settle()
    ways: tuple[dict[str, Any], ...] = (
        {},
        {"status": "ANY"},
        {"school": SCHOOL},
        {"school": SCHOOL, "status": "ANY"},
    )
    for number, asked in enumerate(ways):
        before = set(runs(front, **asked, limit=200))
        following, seen = "", []
        while following is not None:
            on = {"cursor": following} if following else {}
            told = front.get(RUNS, **asked, **on, limit=2).json()
            seen += [item["run_id"] for item in told["items"]]
            following = told["next"]
            if number == 0 and len(seen) == 2:
                stopped = StopRun(run_id=RunId(UUID(seen[0])), school_id=SCHOOL, reason=MANUAL)
                front.tell(stopped)
                front.settle()
        assert (set(seen), len(seen)) == (before, len(before))


def test_a_run_is_told_with_its_log(front: Front, family: Family) -> None:
    """000-155: details with logs; 000-178: each line carries its key, 000-070 its school, of this
    tenant only, 000-071 its run, 000-072 its step, 000-076 its status.
    """
    front.start_run(family)
    front.tell(StopRun(run_id=family.run, school_id=SCHOOL, reason=MANUAL))
    front.settle()
    told = RunDetails.model_validate_json(front.get(f"{RUNS}/{family.run}").content)
    (log,) = told.logs
    assert (log.status, log.skip_reason) == (LogStatus.SKIPPED, "STOP_CONDITION_MET")
    assert log.idempotency_key == f"playbook:{family.run}:sms:{family.guardian}"
    assert (log.student_id, log.guardian_id) == (family.student, family.guardian)
    assert (log.school_id, log.run_id, log.step_id) == (SCHOOL, family.run, "sms")
    for who in (front.token(tenant=STRANGERS), front.token(schools=[OTHER_SCHOOL])):
        assert front.get(f"{RUNS}/{family.run}", who).status_code == 404


WAYS: Final[list[tuple[str, ...]]] = [
    asked for n in (0, 1, 2) for asked in combinations(("status", *FILTERS), n)
]


@pytest.mark.parametrize("schools", [None, [SCHOOL], [SCHOOL, OTHER_SCHOOL]])
def test_no_way_to_ask_reads_more_than_an_index_shows(
    front: Front, schools: list[SchoolId] | None
) -> None:
    """000-139: whatever is asked for, PostgreSQL can walk an index that begins with it."""
    values = {
        "tenant": TENANT,
        "school": schools,
        "status": "ACTIVE",
        "student": Family().student,
        "guardian": Family().guardian,
        "playbook": PLAYBOOK,
        "stage": "LETTER_1",
        "step": "sms",
        "triggered_from": NOON,
        "triggered_to": NOON,
        "after_at": NOON,
        "after_key": "",
        "limit": 51,
    }
    with front.house.database.auditor(TENANT) as conn:
        conn.execute("set local enable_seqscan = off")
        explain: Callable[[bytes], str] = lambda text: "\n".join(  # noqa: E731
            row[0] for row in conn.execute(b"explain " + text, values).fetchall()
        )
        for way in WAYS:
            query = page({name: values[name] for name in way}, schools, behind=True)
            plan = explain(filled(query).as_string(conn).encode())
            assert "Seq Scan" not in plan, (way, plan)

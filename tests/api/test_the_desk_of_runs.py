"""Runs through the door: started by hand, held, let go on, stopped and moved many at once."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest

from api.bodies.run_desk import ManyRuns
from api.client.models import StopEstimate
from domain.intervention.commands import ApproveStage
from domain.playbook.commands import ActivatePlaybook, RevisePlaybook
from domain.playbook_run.commands import PauseRun
from domain.playbook_run.events import PauseReason
from domain.shared.playbooks import ByHand, Playbook
from tests.support.examples import PLAYBOOK, PLAYBOOK_1, STEPS, example
from tests.support.front import OTHER_SCHOOL, SCHOOL, Family, Front
from tests.support.typed_client import anseo

pytestmark = pytest.mark.postgres
RUNS = "/api/playbooks/runs"
FIRMER = msgspec.structs.replace(PLAYBOOK_1, name="Firmer", steps=STEPS[1:])


def families(front: Front, count: int) -> list[Family]:
    found = [Family() for _ in range(count)]
    for family in found:
        front.start_run(family)
    front.settle()
    return found


def in_use(front: Front, *versions: Playbook) -> None:
    for playbook in versions:
        front.tell(ActivatePlaybook(playbook))
    front.settle()


def estimate(front: Front, **asked: Any) -> StopEstimate:
    front.settle()
    return anseo(front).estimate_stop(**asked)


def test_a_run_holds_still_and_goes_on(front: Front, family: Family) -> None:
    front.start_run(family)
    for word, fact in (("pause", "paused"), ("resume", "resumed")):
        answer = front.post(f"{RUNS}/{family.run}/{word}")
        assert answer.status_code == 200, answer.text
        assert f"playbook_run.{fact}" in front.facts(family.run)
    front.settle()
    assert front.get(f"{RUNS}/{family.run}").json()["run"]["status"] == "ACTIVE"
    assert front.post(f"{RUNS}/{uuid4()}/pause").json()["code"] == "run-unknown"


def test_many_runs_are_stopped_as_the_estimate_said(front: Front) -> None:
    """All of them in one transaction, under the name of whoever asked."""
    first, *_ = families(front, 3)
    front.tell(PauseRun(first.run, SCHOOL, PauseReason.MANUAL))
    told = estimate(front, playbook=PLAYBOOK)
    assert (told.runs, told.students, told.active, told.paused) == (3, 3, 2, 1)
    body = {"playbook": str(PLAYBOOK), "token": told.token}
    done = front.post(f"{RUNS}/stop", body, key="once")
    assert ManyRuns.model_validate_json(done.content).runs == 3
    again = front.post(f"{RUNS}/stop", body, key="once")
    assert (again.status_code, again.content) == (200, done.content)
    other = front.post(f"{RUNS}/stop", {"token": told.token}, key="once")
    assert other.json()["code"] == "command-reused"
    assert estimate(front).runs == 0
    assert front.facts(first.run)[-1] == "playbook_run.stopped"


def test_what_is_not_what_was_told_is_not_stopped(front: Front) -> None:
    """409 with the new numbers, and nothing was stopped."""
    families(front, 2)
    told = estimate(front)
    families(front, 1)
    moved = front.post(f"{RUNS}/stop", {"token": told.token})
    assert (moved.status_code, moved.json()["code"]) == (409, "estimate-moved")
    assert moved.json()["details"]["runs"] == 3
    assert estimate(front).runs == 3
    token = moved.json()["details"]["token"]
    assert front.post(f"{RUNS}/stop", {"token": token}).json() == {"runs": 3}


def test_a_run_that_ended_unseen_lets_nothing_be_stopped(front: Front) -> None:
    """A read model may be a moment behind; the runs themselves are not."""
    first, _ = families(front, 2)
    told = estimate(front)
    front.post(f"{RUNS}/{first.run}/stop")  # and no read model has seen it yet
    late = front.post(f"{RUNS}/stop", {"token": told.token})
    assert late.json()["code"] == "estimate-moved"
    assert estimate(front).runs == 1


def test_who_sees_some_schools_stops_runs_of_those_only(front: Front) -> None:
    families(front, 1)
    limited = front.token("principal", schools=[OTHER_SCHOOL])
    front.settle()
    assert front.get(f"{RUNS}/stop-estimate", who=limited).json()["runs"] == 0
    elsewhere = front.get(f"{RUNS}/stop-estimate", who=limited, school=str(SCHOOL))
    assert elsewhere.json()["code"] == "school-unknown"


def test_runs_are_moved_as_the_preview_said(front: Front) -> None:
    """What waits is dropped where the new version has it no more, and a held run stays."""
    in_use(front, PLAYBOOK_1, FIRMER)
    held, moving = families(front, 2)
    front.tell(PauseRun(held.run, SCHOOL, PauseReason.MANUAL))
    front.settle()
    asked = {"playbook": str(PLAYBOOK), "version": 2}
    seen = anseo(front).preview_move(PLAYBOOK, 2)
    assert (seen.runs, seen.refused, seen.dropping, seen.completing) == (1, 1, 1, 0)
    by_run = {one.run_id: one for one in seen.items}
    assert by_run[held.run].refused == "run-held"
    move = by_run[moving.run]
    assert (move.dropped_step, move.next_step) == ("sms", "email")
    stale = front.post(f"{RUNS}/move", {**asked, "token": "x"})
    assert stale.json()["code"] == "estimate-moved"
    done = front.post(f"{RUNS}/move", {**asked, "token": seen.token})
    assert done.json() == {"runs": 1}
    front.settle()
    run = front.get(f"{RUNS}/{moving.run}").json()["run"]
    assert (run["playbook_version"], run["playbook_name"]) == (2, "Firmer")
    assert (run["steps"][-1]["step_id"], run["steps"][-2]["reason"]) == ("email", "MOVED")


def test_runs_move_to_what_was_in_use_only(front: Front) -> None:
    in_use(front, PLAYBOOK_1)
    front.tell(RevisePlaybook(FIRMER))
    for version, code in ((2, "playbook-never-in-use"), (3, "playbook-version-unknown")):
        asked = {"playbook": str(PLAYBOOK), "version": version}
        assert front.get(f"{RUNS}/move-preview", **asked).json()["code"] == code


def test_a_person_starts_a_playbook_for_a_pupil(front: Front, family: Family) -> None:
    """Nobody is assumed to be told: who may not know starts no run."""
    by_hand = msgspec.structs.replace(PLAYBOOK_1, trigger=ByHand())
    in_use(front, by_hand)
    front.propose(family)
    body = {"playbook_id": str(PLAYBOOK), "intervention_id": str(family.intervention)}
    early = front.post(RUNS, body)
    assert (early.status_code, early.json()["code"]) == (409, "stage-not-entered")
    approve = msgspec.structs.replace(
        example(ApproveStage),
        intervention_id=family.intervention,
        student_id=family.student,
        school_id=family.school,
        case_id=family.case,
    )
    front.tell(approve, by="staff:7")
    front.settle()
    nobody = front.post(RUNS, body)
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nobody-to-tell")
    unknown = front.post(RUNS, {**body, "intervention_id": str(uuid4())})
    assert unknown.json()["code"] == "intervention-unknown"
    front.post(f"/api/playbooks/{PLAYBOOK}/retire")
    assert front.post(RUNS, body).json()["code"] == "playbook-not-in-use"

"""The same wish sent again gets the same answer, whatever happened in between."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.support.front import SOON, Family, Front

pytestmark = pytest.mark.postgres


def approval(family: Family) -> str:
    return f"/api/interventions/{family.intervention}/stages/LETTER_1/approve"


def exemption(family: Family, reason: str = "in hospital") -> dict[str, str]:
    return {"student_id": str(family.student), "starts_on": "2025-10-13", "reason": reason}


def test_the_same_key_gives_the_same_receipt_for_ever(front: Front, family: Family) -> None:
    front.propose(family)
    first = front.post(approval(family), key="approve-1")
    front.start_run(family)
    again = front.post(approval(family), key="approve-1")
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert first.headers["etag"] == again.headers["etag"]
    assert front.facts(family.intervention).count("intervention.stage_entered") == 1


def test_another_key_is_another_wish_and_finds_it_done(front: Front, family: Family) -> None:
    front.propose(family)
    front.post(approval(family), key="approve-1")
    again = front.post(approval(family), key="approve-2").json()
    assert (again["facts"], again["position"]) == (0, 0)


def test_the_same_key_with_another_body_is_refused(front: Front, family: Family) -> None:
    other = Family()
    for one in (family, other):
        front.propose(one)
    decline = f"/api/interventions/{family.intervention}/stages/LETTER_1/decline"
    assert front.post(decline, {"reason": "IN_CONTACT"}, key="k").status_code == 200
    for answer in (
        front.post(decline, {"reason": "OTHER_REASON"}, key="k"),
        front.post(
            decline.replace(str(family.intervention), str(other.intervention)),
            {"reason": "IN_CONTACT"},
            key="k",
        ),
    ):
        assert answer.status_code == 422
        assert answer.json()["code"] == "command-reused"


def test_the_same_key_with_another_text_is_refused_and_the_first_text_stays(
    front: Front, family: Family
) -> None:
    front.enrol(family)
    first = front.post("/api/exemptions", exemption(family), key="k")
    assert first.status_code == 201, first.text
    other = front.post("/api/exemptions", exemption(family, "on holiday"), key="k")
    assert other.status_code == 422
    assert other.json()["code"] == "command-reused"
    assert front.post("/api/exemptions", exemption(family), key="k").content == first.content
    assert front.count("vault_record") == 1


def test_a_key_belongs_to_its_person_its_tenant_and_its_operation(
    front: Front, family: Family
) -> None:
    front.propose(family)
    front.start_run(family)
    who = front.token("principal", subject="8")
    assert front.post(approval(family), key="k").json()["facts"] == 1
    assert front.post(approval(family), key="k", who=who).json()["facts"] == 0
    assert front.post(f"/api/playbooks/runs/{family.run}/stop", key="k").json()["facts"] == 1


def test_a_key_is_needed_and_has_to_look_like_one(front: Front, family: Family) -> None:
    front.propose(family)
    missing = front.client.post(approval(family), headers=front.token())
    assert missing.status_code == 400
    assert missing.json()["code"] == "idempotency-key-missing"
    for key in ("", "two words", "x" * 256):
        answer = front.client.post(
            approval(family), headers={**front.token(), "Idempotency-Key": key}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")


def test_ten_at_once_with_one_key_are_one(front: Front, family: Family) -> None:
    front.propose(family)
    body = {
        "intervention_id": str(family.intervention),
        "stage": "MEETING",
        "scheduled_at": SOON.isoformat(),
    }
    who, key = front.token(), str(uuid4())
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: front.post("/api/meetings", body, who, key), range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    front.settle()
    assert len(front.get("/api/meetings").json()["items"]) == 1


def test_a_refused_wish_may_be_sent_again_under_its_key(front: Front, family: Family) -> None:
    assert front.post(approval(family), key="k").status_code == 404
    front.propose(family)
    assert front.post(approval(family), key="k").status_code == 200


def test_a_refused_text_is_kept_nowhere(front: Front, family: Family) -> None:
    front.enrol(family)
    body = exemption(family) | {"until": "2025-10-01"}
    answer = front.post("/api/exemptions", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "exemption-ends-before-start")
    assert front.count("vault_record") == 0

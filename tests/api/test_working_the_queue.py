"""The queue: who waits, page by page, with names beside the rows."""

from typing import Any
from uuid import uuid4

import pytest

from api.bodies.queue import QueuePage
from tests.support.front import NOON, OTHER_SCHOOL, SCHOOL, STRANGERS, Family, Front

pytestmark = pytest.mark.postgres
QUEUE = "/api/interventions/queue"


def subjects(page: dict[str, Any]) -> list[str]:
    return [item["subject"] for item in page["items"]]


def test_a_proposed_stage_waits_with_its_numbers_and_the_childs_name(
    front: Front, family: Family
) -> None:
    """001-098, 001-222."""
    front.name(family)
    front.propose(family)
    front.settle()
    answer = front.get(QUEUE)
    assert answer.status_code == 200, answer.text
    page = QueuePage.model_validate_json(answer.content)
    assert [item.subject for item in page.items] == [family.intervention]
    assert page.items[0].numbers[0].absent_sessions == 10
    assert page.people[family.student].given == "Síofra"
    assert page.next is None
    assert "link" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_an_erased_child_has_no_name_and_stays_in_the_queue(front: Front, family: Family) -> None:
    front.name(family)
    front.propose(family)
    front.settle()
    with front.house.database.worker() as conn:
        front.house.vault.erase(conn, family.tenant, family.student, "request", "staff-1")
    page = front.get(QUEUE).json()
    assert subjects(page) == [str(family.intervention)]
    assert page["people"] == {}


def test_pages_give_each_row_once_although_rows_come_in_between(front: Front) -> None:
    """Requirement of the door: nothing missing and nothing twice while the queue grows."""
    before = [Family() for _ in range(7)]
    for one in before:
        front.propose(one)
    front.settle()
    seen: list[str] = []
    page = front.get(QUEUE, limit=2).json()
    while True:
        seen += subjects(page)
        if page["next"] is None:
            break
        front.propose(Family())
        front.settle()
        page = front.get(QUEUE, limit=2, cursor=page["next"]).json()
        assert len(seen) < 40
    assert len(seen) == len(set(seen))
    assert {str(one.intervention) for one in before} <= set(seen)


def test_the_link_header_leads_to_the_next_page(front: Front) -> None:
    for _ in range(3):
        front.propose(Family())
    front.settle()
    answer = front.get(QUEUE, limit=2, action="APPROVE_STAGE")
    url, rel = answer.headers["link"].split("; ")
    assert rel == 'rel="next"'
    rest = front.client.get(url.strip("<>"), headers=front.token()).json()
    assert len(rest["items"]) == 1
    assert not set(subjects(rest)) & set(subjects(answer.json()))


def test_a_cursor_fits_its_own_list_and_filters_only(front: Front) -> None:
    for _ in range(2):
        front.propose(Family())
    front.settle()
    cursor = front.get(QUEUE, limit=1).json()["next"]
    strange = {
        "another filter": front.get(QUEUE, cursor=cursor, stage="LETTER_1"),
        "another list": front.get("/api/playbooks/runs", cursor=cursor),
        "another tenant": front.get(QUEUE, front.token(tenant=STRANGERS), cursor=cursor),
        "one letter changed": front.get(
            QUEUE, cursor=f"{'B' if cursor[0] == 'A' else 'A'}{cursor[1:]}"
        ),
        "no cursor at all": front.get(QUEUE, cursor="é%00"),
    }
    for what, answer in strange.items():
        assert answer.status_code == 400, what
        assert answer.json()["code"] == "cursor-malformed", what


def test_filters_narrow_the_queue(front: Front) -> None:
    here, there = Family(), Family(school=OTHER_SCHOOL)
    for one in (here, there):
        front.propose(one)
    front.settle()
    only_here = [str(here.intervention)]
    assert subjects(front.get(QUEUE, school=str(SCHOOL)).json()) == only_here
    assert subjects(front.get(QUEUE, student=str(here.student)).json()) == only_here
    assert subjects(front.get(QUEUE, action="POST_LETTER").json()) == []
    assert subjects(front.get(QUEUE, stage="LETTER_2").json()) == []


def test_a_token_for_one_school_sees_that_school_only(front: Front) -> None:
    here, there = Family(), Family(school=OTHER_SCHOOL)
    for one in (here, there):
        front.propose(one)
    front.settle()
    who = front.token("officer", schools=[SCHOOL])
    assert subjects(front.get(QUEUE, who).json()) == [str(here.intervention)]
    elsewhere = front.get(QUEUE, who, school=str(OTHER_SCHOOL))
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "school-unknown")
    assert subjects(front.get(QUEUE, front.token("officer", schools=[])).json()) == []


def test_another_tenants_queue_is_not_ours(front: Front) -> None:
    front.propose(Family(tenant=STRANGERS))
    front.settle()
    assert front.get(QUEUE).json()["items"] == []


def test_after_waits_for_the_read_model_and_then_gives_up(front: Front, family: Family) -> None:
    position = front.propose(family).position
    late = front.get(QUEUE, after=position)
    assert late.status_code == 503
    assert late.json()["code"] == "read-model-behind"
    assert late.headers["retry-after"] == "1"
    front.settle()
    assert subjects(front.get(QUEUE, after=position).json()) == [str(family.intervention)]
    assert front.get(QUEUE, after=0).status_code == 200


def test_approving_takes_the_line_off_the_queue(front: Front, family: Family) -> None:
    front.propose(family)
    front.settle()
    path = f"/api/interventions/{family.intervention}/stages/LETTER_1/approve"
    answer = front.post(path, who=front.token("officer", subject="mary.1"))
    assert answer.status_code == 200, answer.text
    receipt = answer.json()
    assert answer.headers["etag"] == f'"{receipt["version"]}"'
    assert receipt["stream"] == str(family.intervention)
    assert front.facts(family.intervention)[-1] == "intervention.stage_entered"
    front.settle()
    left = front.get(QUEUE, after=receipt["position"]).json()["items"]
    assert str(family.intervention) not in [item["subject"] for item in left]


def test_declining_needs_a_reason_and_is_final(front: Front, family: Family) -> None:
    front.propose(family)
    path = f"/api/interventions/{family.intervention}/stages/LETTER_1/decline"
    assert front.post(path, {}).status_code == 422
    assert front.post(path, {"reason": "in contact with the family"}).status_code == 422
    assert front.post(path, {"reason": "FAMILY_IN_CONTACT"}).status_code == 200
    again = front.post(f"/api/interventions/{family.intervention}/stages/LETTER_1/approve")
    assert again.status_code == 409
    assert again.json()["code"] == "stage-not-proposed"


def test_nothing_unknown_can_be_approved(front: Front) -> None:
    answer = front.post(f"/api/interventions/{uuid4()}/stages/LETTER_1/approve")
    assert answer.status_code == 404
    assert answer.json()["code"] == "intervention-unknown"


def test_the_page_says_when_it_waits_since(front: Front, family: Family) -> None:
    front.propose(family)
    front.settle()
    page = QueuePage.model_validate_json(front.get(QUEUE).content)
    assert page.items[0].waiting_since == NOON

"""Meetings through the door: agreed, moved, held, concluded, each at a version that was seen."""

from datetime import timedelta
from typing import Any

import pytest

from api.bodies.meetings import MeetingPage
from tests.support.front import NOON, SOON, STRANGERS, Family, Front

pytestmark = pytest.mark.postgres


def agreed(front: Front, family: Family, **more: Any) -> str:
    front.propose(family)
    body = {
        "intervention_id": str(family.intervention),
        "stage": "MEETING",
        "scheduled_at": SOON.isoformat(),
        **more,
    }
    answer = front.post("/api/meetings", body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/api/meetings/{answer.json()['stream']}"
    return answer.headers["location"]


def test_an_agreed_meeting_is_in_the_diary(front: Front, family: Family) -> None:
    front.name(family)
    agreed(front, family)
    front.settle()
    page = MeetingPage.model_validate_json(front.get("/api/meetings").content)
    assert page.items[0].scheduled_at == SOON
    assert page.items[0].duration_minutes == 30
    assert page.people[family.student].family == "Canary"


def test_a_time_is_kept_in_utc(front: Front, family: Family) -> None:
    local = SOON.astimezone().isoformat()
    agreed(front, family, scheduled_at="2025-11-04T15:30:00+01:00")
    front.settle()
    item = front.get("/api/meetings").json()["items"][0]
    assert item["scheduled_at"] == "2025-11-04T14:30:00Z", local


def test_a_change_needs_the_version_that_was_seen(front: Front, family: Family) -> None:
    path = agreed(front, family)
    move = {"action": "MOVE", "scheduled_at": (SOON + timedelta(days=1)).isoformat()}
    without = front.client.put(path, headers=front.token(), json=move)
    assert (without.status_code, without.json()["code"]) == (428, "if-match-missing")
    for bad in ("1", '"one"', "*", 'W/"1"', '"-1"'):
        headers = {**front.token(), "If-Match": bad}
        answer = front.client.put(path, headers=headers, json=move)
        assert (answer.status_code, answer.json()["code"]) == (400, "if-match-malformed"), bad
    stale = front.put(path, move, 7)
    assert (stale.status_code, stale.json()["code"]) == (412, "conflict")
    assert stale.json()["details"] == {"expected": 7, "version": 1}
    moved = front.put(path, move, 1)
    assert moved.status_code == 200
    assert moved.headers["etag"] == '"2"'


def test_of_two_changes_at_one_version_one_wins(front: Front, family: Family) -> None:
    path = agreed(front, family)
    first = front.put(path, {"action": "CANCEL", "reason": "STAFF_ILL"}, 1)
    other = front.put(path, {"action": "CANCEL", "reason": "FAMILY_ASKED"}, 1)
    assert (first.status_code, other.status_code) == (200, 412)


def test_the_same_change_sent_again_gets_its_receipt_again(front: Front, family: Family) -> None:
    path = agreed(front, family)
    cancel = {"action": "CANCEL", "reason": "STAFF_ILL"}
    first, again = front.put(path, cancel, 1), front.put(path, cancel, 1)
    assert first.status_code == again.status_code == 200
    assert first.content == again.content


def test_a_meeting_is_held_and_its_notes_lie_in_the_vault_only(
    front: Front, family: Family
) -> None:
    path = agreed(front, family)
    front.clock(SOON + timedelta(hours=1))
    held = {
        "action": "HOLD",
        "held_at": SOON.isoformat(),
        "attendees": [str(family.guardian)],
    }
    assert front.put(path, held, 1).status_code == 200
    notes = {"action": "RECORD_OUTCOME", "outcome": "RESOLVED", "notes": "canary-in-notes"}
    answer = front.put(path, notes, 2)
    assert answer.status_code == 200, answer.text
    assert front.put(path, notes, 2).content == answer.content
    with front.house.database.worker() as conn:
        facts = conn.execute(
            "select convert_from(state, 'UTF8') from ledger where topic like 'meeting.%%'"
        ).fetchall()
        (reference,) = [
            row[0]
            for row in conn.execute(
                "select record from vault_record where kind = 'meeting_notes'"
            ).fetchall()
        ]
        kept = front.house.vault.get(conn, family.tenant, reference)
    assert kept == {"notes": "canary-in-notes"}
    assert str(reference) in "".join(text for (text,) in facts)
    assert "canary" not in "".join(text for (text,) in facts)
    front.settle()
    assert front.facts(family.case)[-1:] != ["case.opened"]
    assert "intervention.completed" in front.facts(family.intervention)


def test_a_missed_meeting_cannot_lie_ahead(front: Front, family: Family) -> None:
    path = agreed(front, family)
    early = front.put(path, {"action": "MISS"}, 1)
    assert (early.status_code, early.json()["code"]) == (409, "meeting-not-yet")
    front.clock(SOON + timedelta(hours=1))
    assert front.put(path, {"action": "MISS"}, 1).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"scheduled_at": (NOON - timedelta(days=1)).isoformat()}, "meeting-in-the-past"),
        ({"scheduled_at": "2025-11-04T14:30:00"}, "request-invalid"),
        ({"scheduled_at": "9999-12-31T23:59:59Z"}, "request-invalid"),
        ({"duration_minutes": 4}, "request-invalid"),
        ({"duration_minutes": 10**30}, "request-invalid"),
        ({"stage": "meeting"}, "request-invalid"),
        ({"stage": "A\u0000B"}, "request-invalid"),
        ({"note": "free text has no place here"}, "request-invalid"),
    ],
)
def test_what_cannot_be_a_meeting_is_refused(
    front: Front, family: Family, change: dict[str, Any], code: str
) -> None:
    front.propose(family)
    body = {
        "intervention_id": str(family.intervention),
        "stage": "MEETING",
        "scheduled_at": SOON.isoformat(),
    }
    answer = front.post("/api/meetings", body | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_an_unknown_action_says_where(front: Front, family: Family) -> None:
    path = agreed(front, family)
    answer = front.put(path, {"action": "canary"}, 1)
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["pointer"], error["kind"]) == ("", "union_tag_invalid")
    assert error["expected"].startswith("one of 'MOVE', 'HOLD'")
    assert "canary" not in answer.text


def test_a_meeting_of_strangers_is_not_there(front: Front, family: Family) -> None:
    path = agreed(front, family)
    who = front.token(tenant=STRANGERS)
    assert front.put(path, {"action": "MISS"}, 1, who).status_code == 404

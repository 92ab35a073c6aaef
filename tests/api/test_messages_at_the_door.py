"""What became of messages, and what people decide about them, through the front door."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.message.commands import RecordRejected, RecordUnknown
from domain.shared.contact import Channel
from domain.shared.ids import MessageId
from tests.support.front import OTHER_SCHOOL, STRANGERS, Family, Front

pytestmark = pytest.mark.postgres


def attempted(front: Front, family: Family) -> MessageId:
    front.name(family)
    front.start_run(family)
    return front.text(family, accepted=False)


def unknown(front: Front, family: Family) -> MessageId:
    message = attempted(front, family)
    front.tell(RecordUnknown(message_id=message, cause="TIMED_OUT"))
    front.settle()
    return message


def dead(front: Front, family: Family) -> MessageId:
    message = attempted(front, family)
    front.tell(RecordRejected(message, "BAD_ADDRESS:21211", None, fix_contact=True))
    front.settle()
    return message


def listed(front: Front, which: str = "", **asked: Any) -> list[dict[str, Any]]:
    answer = front.get(f"/api/messages{which}", **asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def names(answer: dict[str, Any]) -> Sequence[str]:
    return [fact["name"].partition(".")[2] for fact in answer["facts"]]


def test_messages_are_listed_by_child_channel_and_state(front: Front, family: Family) -> None:
    message = unknown(front, family)
    (one,) = listed(front, student=str(family.student))
    assert (one["message_id"], one["status"]) == (str(message), "OUTCOME_UNKNOWN")
    assert (one["reason"], one["owner"]) == ("TIMED_OUT", "school:attendance-office")
    of_child = {"student": str(family.student)}
    assert listed(front, **of_child, channel="EMAIL") == []
    assert listed(front, **of_child, status="ACCEPTED") == []
    assert len(listed(front, **of_child, status="OUTCOME_UNKNOWN", channel="SMS")) == 1
    assert len(listed(front, guardian=str(family.guardian))) == 1


def test_a_person_settles_what_nobody_knew_and_lets_it_go_again_and_an_auditor_reads_why(
    front: Front, family: Family
) -> None:
    """RELIABILITY 3, class C: the four facts that explain a second text to one family."""
    message = unknown(front, family)
    assert [one["message_id"] for one in listed(front, "/unknown")] == [str(message)]
    path = f"/api/messages/{message}"
    early = front.post(f"{path}/resend", {"reason": "WAS_NOT_SENT"})
    assert (early.status_code, early.json()["code"]) == (409, "message-outcome-unknown")
    note = "Their console shows no text to this number that day."
    finding = {"finding": "NOT_SENT", "reason": "PROVIDER_SAYS", "note": note}
    assert front.post(f"{path}/settle", finding).status_code == 200
    front.settle()
    assert listed(front, "/unknown") == []
    assert [one["message_id"] for one in listed(front, "/dead")] == [str(message)]
    assert front.post(f"{path}/resend", {"reason": "WAS_NOT_SENT"}).status_code == 200
    front.settle()
    assert listed(front, "/dead") == []
    story = front.get(path).json()
    assert names(story)[-4:] == ["attempted", "outcome_unknown", "settled", "resend_ordered"]
    assert [fact["actor"] for fact in story["facts"][-2:]] == ["staff:7", "staff:7"]
    assert note not in str(story)
    assert (story["message"]["generation"], story["message"]["status"]) == (1, "REQUESTED")
    known = front.post(f"{path}/settle", {"finding": "SENT", "reason": "GUARDIAN_SAYS"})
    assert (known.status_code, known.json()["code"]) == (409, "message-outcome-known")


def test_a_dead_letter_is_sent_by_another_channel_or_abandoned(
    front: Front, family: Family
) -> None:
    message = dead(front, family)
    (one,) = listed(front, "/dead")
    assert (one["remedy"], one["reason"]) == ("FIX_CONTACT", "BAD_ADDRESS:21211")
    path = f"/api/messages/{message}"
    by_mail = {"reason": "CONTACT_MENDED", "channel": str(Channel.EMAIL)}
    assert front.post(f"{path}/resend", by_mail).status_code == 200
    again = front.post(f"{path}/resend", by_mail)
    assert (again.status_code, again.json()["code"]) == (409, "message-on-its-way")
    front.settle()
    assert front.get(path).json()["message"]["channel"] == "EMAIL"
    assert front.post(f"{path}/abandon", {"reason": "TOO_LATE"}).status_code == 409


def test_abandoned_twice_is_one_decision(front: Front, family: Family) -> None:
    message = dead(front, family)
    path = f"/api/messages/{message}/abandon"
    for _ in range(2):
        assert front.post(path, {"reason": "TOLD_OTHERWISE"}).status_code == 200
    assert front.facts(message).count("message.abandoned") == 1
    front.settle()
    assert listed(front, "/dead") == []


def test_what_the_provider_took_is_not_sent_again(front: Front, family: Family) -> None:
    front.name(family)
    front.start_run(family)
    message = front.text(family)
    refused = front.post(f"/api/messages/{message}/resend", {"reason": "NOT_DELIVERED"})
    assert (refused.status_code, refused.json()["code"]) == (409, "message-taken")


def test_what_waits_or_is_silent_for_too_long_is_named_with_its_age(
    front: Front, family: Family
) -> None:
    """A machine's hour counts, not the school's: the row is moved back instead of waiting."""
    message = attempted(front, family)
    front.settle()
    assert listed(front, "/stuck") == []
    long_ago = datetime.now(UTC) - timedelta(days=2)
    with front.house.database.worker() as conn:
        conn.execute(
            "update messages_v2 set moved_at = %s where key = %s", (long_ago, str(message))
        )
    (one,) = listed(front, "/stuck")
    assert (one["stuck_as"], one["seen_to_by"]) == ("WAITING", "operator")
    assert one["age_seconds"] >= timedelta(days=2).total_seconds()
    assert one["message_id"] == str(message)


@pytest.mark.parametrize("what", ["", "/settle", "/resend", "/abandon"])
def test_a_message_of_others_is_not_there(front: Front, family: Family, what: str) -> None:
    message = unknown(front, family)
    bodies = {
        "/settle": {"finding": "SENT", "reason": "GUARDIAN_SAYS"},
        "/resend": {"reason": "WAS_NOT_SENT"},
        "/abandon": {"reason": "TOO_LATE"},
    }
    others = (front.token(tenant=STRANGERS), front.token(schools=[OTHER_SCHOOL]))
    for who, which in (*((one, message) for one in others), (front.token(), uuid4())):
        path = f"/api/messages/{which}{what}"
        answer = front.post(path, bodies[what], who) if what else front.get(path, who)
        assert (answer.status_code, answer.json()["code"]) == (404, "message-unknown")
    assert listed_by(front, others[1]) == []


def listed_by(front: Front, who: dict[str, str]) -> list[UUID]:
    return [UUID(one["message_id"]) for one in front.get("/api/messages", who).json()["items"]]

"""A guardian reads what was written to them, staff what they may see, and nobody else's."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.message.commands import AttemptMessage, RecordAccepted, RequestMessage
from domain.shared.contact import Channel, Purpose
from domain.shared.ids import MessageId
from infrastructure.channels.inbox import InboxAdapter
from infrastructure.channels.protocol import Accepted, NotFound, Outgoing
from infrastructure.clock import machine_now
from infrastructure.settings import Settings
from infrastructure.wiring.workers import adapters
from tests.support.examples import HASH
from tests.support.front import NOON, OTHER_SCHOOL, STRANGERS, TENANT, Family, Front

pytestmark = pytest.mark.postgres
INBOX = "/api/inbox"


def written_to(front: Front, family: Family, text: str = "canary words") -> MessageId:
    """A message in the product, as its sender leaves it."""
    message = MessageId(uuid4())
    common: dict[str, Any] = {
        "message_id": message,
        "school_id": family.school,
        "student_id": family.student,
        "guardian_id": family.guardian,
        "run_id": family.run,
        "case_id": family.case,
        "intervention_id": family.intervention,
    }
    front.tell(
        RequestMessage(
            key=str(message),
            channel=Channel.IN_APP,
            purpose=Purpose.STATUTORY_NOTICE,
            template_key="NUDGE_SMS",
            step_id="app-1",
            **common,
        )
    )
    front.tell(
        AttemptMessage(
            provider="inbox",
            retry_rule="IDEMPOTENCY_KEY",
            template_version=1,
            template_hash=HASH,
            language="en",
            has_address=True,
            **common,
        )
    )
    front.tell(RecordAccepted(message_id=message, provider_ref=str(message)))
    with front.house.database.worker() as conn:
        people: dict[UUID, dict[str, object]] = {family.student: {}, family.guardian: {}}
        said = {"subject": None, "text": text}
        front.house.vault.put(conn, TENANT, message, "message", people, said)
    return message


@pytest.fixture
def known(front: Front, family: Family) -> Family:
    front.name(family)
    front.propose(family)
    front.start_run(family)
    return family


def own(front: Front, family: Family) -> dict[str, str]:
    return front.token("guardian", subject=str(family.guardian))


def test_a_guardian_reads_their_own_and_says_so_once(front: Front, known: Family) -> None:
    message = written_to(front, known)
    front.settle()
    who = own(front, known)
    [item] = front.get(INBOX, who).json()["items"]
    assert (item["message_id"], item["text"], item["read_at"]) == (
        str(message),
        "canary words",
        None,
    )
    for _ in range(2):
        receipt = front.post(f"{INBOX}/{message}/read", who=who)
        assert receipt.status_code == 200
    front.settle()
    assert front.facts(message)[-1] == "message.opened"
    assert front.facts(message).count("message.opened") == 1
    assert front.get(INBOX, who).json()["items"][0]["read_at"] is not None
    assert front.get(INBOX, who, unread=True).json()["items"] == []
    with front.house.database.worker() as conn:
        row = conn.execute(
            "select count(*) from read_access where what = 'inbox' and actor = %s",
            (f"guardian:{known.guardian}",),
        ).fetchone()
    assert row is not None
    assert row[0] >= 1  # the look was recorded


def test_a_reading_is_no_reply(front: Front, known: Family) -> None:
    """Trap 37."""
    message = written_to(front, known)
    front.post(f"{INBOX}/{message}/read", who=own(front, known))
    front.settle()
    assert "playbook_run.stopped" not in front.facts(known.run)


def test_nobody_reads_another_s_inbox(front: Front, known: Family) -> None:
    """Trap 41: also not one who shares a child with them."""
    other = Family(student=known.student)
    message = written_to(front, known)
    front.settle()
    who = own(front, other)
    assert front.get(INBOX, who).json()["items"] == []
    asked = front.get(INBOX, who, guardian=str(known.guardian))
    assert (asked.status_code, asked.json()["code"]) == (403, "operation-denied")
    for caller in (who, front.token("guardian", subject="7"), strangers(front, known)):
        answer = front.post(f"{INBOX}/{message}/read", who=caller)
        assert (answer.status_code, answer.json()["code"]) == (404, "message-unknown")
        assert front.get(INBOX, caller).json()["items"] == []
    assert front.post(f"{INBOX}/{message}/read").status_code == 403  # the head did not read it


def strangers(front: Front, family: Family) -> dict[str, str]:
    return front.token("guardian", subject=str(family.guardian), tenant=STRANGERS)


def test_staff_read_by_right_and_by_school(front: Front, known: Family) -> None:
    written_to(front, known)
    front.settle()
    for role, status in (("officer", 200), ("auditor", 200), ("teacher", 403), ("admin", 403)):
        answer = front.get(INBOX, front.token(role), guardian=str(known.guardian))
        assert answer.status_code == status
    assert len(front.get(INBOX, student=str(known.student)).json()["items"]) == 1
    elsewhere = front.token("principal", schools=[OTHER_SCHOOL])
    assert front.get(INBOX, elsewhere).json()["items"] == []


def test_pages_go_from_the_newest_back(front: Front, known: Family) -> None:
    wanted: list[str] = []
    for minute in range(3):
        front.clock(NOON + timedelta(minutes=minute))
        wanted.insert(0, str(written_to(front, known, f"words {minute}")))
    front.settle()
    who = own(front, known)
    first = front.get(INBOX, who, limit=2).json()
    second = front.get(INBOX, who, limit=2, cursor=first["next"]).json()
    assert [one["message_id"] for one in first["items"] + second["items"]] == wanted
    assert second["next"] is None


def test_of_erased_people_the_words_are_gone(front: Front, known: Family) -> None:
    written_to(front, known)
    front.settle()
    with front.house.database.worker() as conn:
        for one in (known.student, known.guardian):
            front.house.vault.erase(conn, TENANT, one, "request", "staff-1")
    [item] = front.get(INBOX, own(front, known)).json()["items"]
    assert item["text"] is None


def test_the_inbox_takes_a_message_once_under_its_key() -> None:
    """Nobody else carries it, so there is no moment in which nobody knows."""
    inbox = InboxAdapter()
    outgoing = Outgoing("k", "k:IN_APP:0", "guardian", "school", "words")
    first = inbox.send(outgoing)
    assert isinstance(first, Accepted)
    assert inbox.send(outgoing) == first
    assert inbox.look_up(outgoing, machine_now()) == NotFound()
    inbox.close()


def test_the_settings_open_the_inbox() -> None:
    assert Channel.IN_APP not in adapters(Settings())
    assert Channel.IN_APP in adapters(Settings(ANSEO_INBOX=True))

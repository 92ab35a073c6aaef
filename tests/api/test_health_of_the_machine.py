"""Alive, ready, and numbers that name nobody."""

from pathlib import Path

import psycopg
import pytest

from domain.message.commands import RecordUnknown
from domain.playbook.commands import ActivateDraft, DraftPlaybook
from domain.shared.ids import MessageId
from infrastructure.runtime.parking import park
from infrastructure.store.database import Database, with_role
from infrastructure.store.hazards import raise_alarm
from projections.messages import MESSAGES
from projections.queue import QUEUE
from tests.support.appended import fresh
from tests.support.examples import but, example
from tests.support.front import TENANT, Family, Front, front_on

pytestmark = pytest.mark.postgres
FOLLOWER = f"project:{QUEUE.table}"


def numbers(front: Front) -> dict[str, float]:
    lines = front.client.get("/metrics").text.splitlines()
    return {
        name: float(value)
        for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    }


def test_a_process_lives_whatever_its_store_does(front: Front) -> None:
    front.house.database.url = "host=127.0.0.1 port=1 dbname=x"
    front.house.database.close()
    assert front.client.get("/livez").json() == {"status": "alive"}


def test_a_door_with_everything_at_rest_is_ready(front: Front, family: Family) -> None:
    front.propose(family)
    front.settle()
    answer = front.client.get("/readyz")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["status"], body["late"], body["parked"]) == ("ready", [], 0)
    assert body["sms_provider"] == body["broker"] == "not configured"


def test_a_follower_that_is_behind_for_too_long_makes_it_unready(
    front: Front, family: Family
) -> None:
    front.propose(family)
    assert front.client.get("/readyz").status_code == 200  # behind, but for a moment only
    front.settle()
    with front.house.database.owner() as conn:
        conn.execute("update ledger set recorded_at = recorded_at - interval '2 minutes'")
        conn.execute(
            "update follower_position set notification_id = 0"
            " where application_name like 'project:queue%'"
        )
        conn.commit()
    answer = front.client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unready"
    assert answer.json()["late"] == [FOLLOWER]
    front.settle()
    assert front.client.get("/readyz").status_code == 200


def test_a_parked_fact_is_said_and_does_not_close_the_door(front: Front, family: Family) -> None:
    receipt = front.propose(family)
    front.settle()
    with front.house.database.worker() as conn:
        park(conn, FOLLOWER, TENANT, family.intervention, receipt.position, "boom")
    answer = front.client.get("/readyz")
    assert (answer.status_code, answer.json()["parked"]) == (200, 1)
    assert numbers(front)[f'anseo_parked_facts{{follower="{FOLLOWER}"}}'] == 1


def test_a_store_that_is_away_is_not_ready(front: Front) -> None:
    front.house.database.url = "host=127.0.0.1 port=1 dbname=x"
    front.house.database.close()
    pool = front.house.database._pool("anseo_worker")
    pool.timeout = 0.2
    answer = front.client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "store-away")
    found = numbers(front)
    assert found["anseo_store_up"] == 0
    assert found['anseo_http_requests_total{operation="readyz",status="503"}'] == 1


def test_numbers_count_operations_and_never_paths(front: Front, family: Family) -> None:
    front.name(family)
    front.propose(family)
    front.start_run(family)
    front.text(family, accepted=False)
    front.settle()
    front.get(f"/api/interventions/students/{family.student}")
    front.get("/api/canary-path")
    found = numbers(front)
    assert found["anseo_store_up"] == 1
    assert found["anseo_ledger_position"] > 0
    assert found[f'anseo_follower_lag{{follower="{FOLLOWER}"}}'] == 0
    assert found["anseo_outbox_waiting"] == 1
    assert found["anseo_outbox_oldest_seconds"] > 0
    assert found['anseo_http_requests_total{operation="student_history",status="200"}'] == 1
    assert found['anseo_http_requests_total{operation="none",status="404"}'] == 1
    text = front.client.get("/metrics").text
    for canary in ("canary", str(family.student), str(TENANT), "Canary"):
        assert canary not in text


def test_what_a_person_should_look_at_is_named_and_does_not_close_the_door(
    front: Front, family: Family
) -> None:
    """A fact waits behind an append that was never ended, and the canary found another."""
    front.settle()
    database = front.house.database
    with psycopg.connect(with_role(database.url, "anseo_worker")) as held:
        front.house.ledger.recorder.append(held, [fresh()])
        front.propose(family)
        with database.owner() as conn:
            conn.execute("update ledger set recorded_at = recorded_at - interval '9 s'")
        with database.worker() as conn:
            raise_alarm(conn, "fact-appeared-late", 1, "at 1")
        answer = front.client.get("/readyz")
        found = numbers(front)
        held.rollback()
    body = answer.json()
    assert (answer.status_code, body["bound"] < body["head"]) == (200, True)
    assert body["stalled_seconds"] >= 9
    assert body["hazards"] == ["fact-appeared-late", "readers-stand-still"]
    assert found["anseo_readers_stalled_seconds"] >= 9
    assert found["anseo_ledger_alarms"] == 1
    assert front.client.get("/readyz").json()["stalled_seconds"] == 0


def test_an_unregistered_name_that_nobody_can_answer_is_told_in_words(
    database: Database, tmp_path: Path, family: Family
) -> None:
    """Traps 43 and 49: the door stays open, and says what families will see and cannot do."""
    with front_on(database, tmp_path, SMS_URL="http://gateway", SMS_SENDER="ScoilBhride") as front:
        front.tell(but(DraftPlaybook, school_id=family.school))
        front.tell(example(ActivateDraft))
        front.settle()
        answer = front.client.get("/readyz")
        scam, waiting = answer.json()["notices"]
    assert answer.status_code == 200
    assert "Likely Scam" in scam
    assert waiting.startswith("1 of the playbooks in use look for a reply")


def test_a_number_as_the_sender_needs_no_words(front: Front) -> None:
    assert front.client.get("/readyz").json()["notices"] == []


def aged(front: Front, message: MessageId, interval: str) -> None:
    """Let a message have had its last news some time ago."""
    front.settle()
    with front.house.database.owner() as conn:
        conn.execute(
            f"update {MESSAGES.table} set moved_at = moved_at - %s::interval where key = %s",
            (interval, str(message)),
        )


def test_what_nobody_knows_and_what_is_stuck_are_numbers_and_an_alarm(front: Front) -> None:
    """RELIABILITY, service levels: the age of the oldest unknown outcome alarms at 15 minutes."""
    unknown, waiting, silent = (Family() for _ in range(3))
    sent = {one.run: front.text(one, accepted=one is silent) for one in (unknown, waiting, silent)}
    front.tell(RecordUnknown(message_id=sent[unknown.run], cause="SENDER_ENDED"))
    aged(front, sent[unknown.run], "14 minutes")
    before = numbers(front)
    assert 840 <= before["anseo_outcome_unknown_oldest_seconds"] < 900
    stuck = 'anseo_messages_stuck{{as="{}"}}'.format
    assert (before[stuck("WAITING")], before[stuck("SILENT")]) == (0, 0)
    assert front.client.get("/readyz").json()["hazards"] == []
    aged(front, sent[unknown.run], "2 minutes")
    aged(front, sent[waiting.run], "5 hours")
    aged(front, sent[silent.run], "25 hours")
    after = numbers(front)
    assert after["anseo_outcome_unknown_oldest_seconds"] > 900
    assert (after[stuck("WAITING")], after[stuck("SILENT")]) == (1, 1)
    assert front.client.get("/readyz").json()["hazards"] == ["outcome-unknown-too-long"]

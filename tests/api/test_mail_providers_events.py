"""What the mail provider tells: only what it signed just now, each event once, in any order."""

import random
from uuid import UUID, uuid4

import pytest
from httpx2 import Response

from domain.contact_choice.commands import contact_choice_id
from infrastructure.channels.event_signature import EventKeys
from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox_http import Poster
from infrastructure.embedded.sandbox_post import Event, Mail, MailEvents, event, written
from tests.support.front import STRANGERS, TENANT, Family, Front

pytestmark = pytest.mark.postgres
EVENTS = "/api/webhooks/sendgrid/events"


class Provider:
    """Signs as the provider does, and knows one mail."""

    def __init__(self, front: Front, message: UUID, tenant: UUID = TENANT) -> None:
        self.front = front
        self.voice = MailEvents(Poster(""), None)
        self.older = MailEvents(Poster(""), None)
        front.house.event_keys = EventKeys((self.voice.public_key, self.older.public_key))
        marks = {"anseo_tenant": str(tenant), "anseo_message": str(message)}
        self.mail = Mail("sg1", "parent@home.example", marks)

    def event(self, kind: str, **more: object) -> Event:
        return event(self.mail, kind, **more)

    def tell(self, *events: Event, at: float | None = None) -> Response:
        body = written(events)
        return self.front.client.post(EVENTS, content=body, headers=self.voice.headers(body, at))


@pytest.fixture
def message(front: Front, family: Family) -> UUID:
    front.name(family)
    front.propose(family)
    front.start_run(family)
    sent = front.text(family)
    front.settle()
    return sent


@pytest.fixture
def provider(front: Front, message: UUID) -> Provider:
    return Provider(front, message)


def test_a_delivery_is_recorded_once_however_often_it_is_told(
    front: Front, message: UUID, provider: Provider
) -> None:
    delivered = provider.event("delivered")
    for _ in range(3):
        assert provider.tell(delivered, delivered).status_code == 204
    assert provider.tell(provider.event("processed"), provider.event("deferred")).content == b""
    assert front.facts(message).count("message.delivered") == 1


def test_an_event_that_overtakes_our_own_record_settles_what_nobody_knew(
    front: Front, family: Family
) -> None:
    """The provider's list cannot be asked; its events carry our id, so they answer for it."""
    front.name(family)
    front.start_run(family)
    message = front.text(family, accepted=False)
    provider = Provider(front, message)
    assert provider.tell(provider.event("delivered"), provider.event("processed")).is_success
    told = [name for name in front.facts(message) if name != "message.status_reported"]
    assert told[-2:] == ["message.accepted", "message.delivered"]


def test_a_hard_bounce_stops_the_address_and_asks_the_school_for_another(
    front: Front, family: Family, message: UUID, provider: Provider
) -> None:
    """Also after the delivery, and without a word of the provider's, which quotes addresses."""
    provider.tell(provider.event("delivered"))
    bounce = provider.event("bounce", type="bounce", status="5.1.1", reason="canary@home.example")
    for _ in range(2):
        provider.tell(bounce)
    front.settle()
    assert front.facts(message).count("message.misaddressed") == 1
    assert front.facts(contact_choice_id(family.guardian)) == ["contact_choice.channel_suppressed"]
    page = front.get("/api/interventions/queue", action="FIX_CONTACT").json()
    assert [item["subject"] for item in page["items"]] == [str(message)]
    with front.house.database.worker() as conn:
        rows = conn.execute("select convert_from(state, 'UTF8') from ledger").fetchall()
    assert "canary@" not in "".join(text for (text,) in rows)


def test_a_mailbox_that_is_full_says_nothing_about_the_address(
    front: Front, family: Family, message: UUID, provider: Provider
) -> None:
    provider.tell(provider.event("bounce", type="blocked", status="4.2.2"))
    assert front.facts(message)[-1] == "message.undelivered"
    assert front.facts(contact_choice_id(family.guardian)) == []


@pytest.mark.parametrize("kind", ["spamreport", "unsubscribe", "group_unsubscribe"])
def test_a_complaint_or_an_unsubscribe_stops_e_mail_and_is_no_reply(
    front: Front, family: Family, message: UUID, provider: Provider, kind: str
) -> None:
    """Trap 37."""
    provider.tell(provider.event(kind))
    front.settle()
    assert front.facts(contact_choice_id(family.guardian)) == ["contact_choice.channel_suppressed"]
    assert "message.replied" not in front.facts(message)
    assert "playbook_run.stopped" not in front.facts(family.run)


def test_a_machine_that_opens_a_mail_is_nobody_and_a_person_is_no_reply(
    front: Front, family: Family, message: UUID, provider: Provider
) -> None:
    """Trap 37."""
    before = front.facts(message)
    provider.tell(provider.event("open", sg_machine_open=True))
    assert front.facts(message) == before
    for _ in range(3):
        provider.tell(provider.event("open", sg_machine_open=False), provider.event("click"))
    front.settle()
    assert front.facts(message) == [*before, "message.opened", "message.opened"]
    assert "playbook_run.stopped" not in front.facts(family.run)


def test_one_altered_byte_is_refused_and_nothing_is_stored(
    front: Front, message: UUID, provider: Provider
) -> None:
    """Trap 46, S6: over the raw bytes and the time, never over what was read from them."""
    body = written([provider.event("delivered")])
    good = provider.voice.headers(body)
    stranger = MailEvents(Poster(""), None)
    before = front.count("ledger"), front.count("command_answer")
    name = "X-Twilio-Email-Event-Webhook-Timestamp"
    bad = {
        "no signature": (body, {"Content-Type": "application/json"}),
        "another key": (body, stranger.headers(body)),
        "one byte of the body": (body.replace(b"delivered", b"deliverer"), good),
        "without its line break": (body.rstrip(), good),
        "a later time": (body, good | {name: str(int(good[name]) + 1)}),
        "kept for ten minutes": (body, provider.voice.headers(body, int(good[name]) - 600)),
        "from the future": (body, provider.voice.headers(body, int(good[name]) + 600)),
    }
    for what, (sent, headers) in bad.items():
        answer = front.client.post(EVENTS, content=sent, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "signature-wrong"), what
    assert (front.count("ledger"), front.count("command_answer")) == before
    assert front.client.post(EVENTS, content=body, headers=good).status_code == 204


def test_both_keys_are_good_while_one_replaces_the_other(
    front: Front, message: UUID, provider: Provider
) -> None:
    body = written([provider.event("delivered")])
    headers = provider.older.headers(body)
    assert front.client.post(EVENTS, content=body, headers=headers).status_code == 204
    assert front.facts(message)[-1] == "message.delivered"


def test_the_same_event_signed_anew_is_still_the_same_event(
    front: Front, message: UUID, provider: Provider
) -> None:
    """The guard against replays forgets after minutes; what was recorded is known for ever."""
    told = provider.event("open")
    provider.tell(told)
    answers = front.count("command_answer")
    later = machine_now().timestamp() + 200
    assert provider.tell(told, at=later).status_code == 204
    assert front.count("command_answer") == answers
    assert front.facts(message).count("message.opened") == 1


def test_what_is_not_about_a_message_of_ours_changes_nothing(
    front: Front, message: UUID, provider: Provider
) -> None:
    before = front.count("ledger")
    others = [Provider(front, uuid4()), Provider(front, message, STRANGERS), provider]
    others[-1].front.house.event_keys = EventKeys((provider.voice.public_key,))
    told = [one.event("delivered") for one in others[:2]]
    odd: list[Event] = [
        {"event": "delivered"},
        provider.event("teleported"),
        told[0] | {"event": 7},
    ]
    assert provider.tell(*told, *odd).status_code == 204
    assert front.count("ledger") == before
    body = b'{"event": "delivered"}\r\n'
    answer = front.client.post(EVENTS, content=body, headers=provider.voice.headers(body))
    assert (answer.status_code, answer.json()["code"]) == (400, "body-malformed")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_whatever_order_and_how_often_events_come_the_end_is_the_same(
    front: Front, family: Family, message: UUID, provider: Provider, seed: int
) -> None:
    """R12: repeated and shuffled, in calls of any size."""
    dice = random.Random(seed)
    bounce = provider.event("bounce", type="bounce", status="5.1.1")
    once = [provider.event(kind) for kind in ("processed", "delivered", "open", "click")]
    told = [one for one in [*once, bounce] for _ in range(dice.randint(1, 3))]
    dice.shuffle(told)
    while told:
        size = dice.randint(1, 4)
        assert provider.tell(*told[:size]).status_code == 204
        told = told[size:]
    facts = front.facts(message)
    assert facts.count("message.misaddressed") == 1
    assert facts.count("message.opened") == 2
    assert len(front.facts(contact_choice_id(family.guardian))) == 1

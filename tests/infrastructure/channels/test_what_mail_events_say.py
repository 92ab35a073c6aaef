"""What follows from each event of the mail provider, and what does not (trap 37)."""

import json

import pytest

from domain.contact_choice.events import SuppressionCause
from domain.message.events import Opening
from domain.message.reasons import Remedy
from domain.message.statuses import DeliveryStatus
from infrastructure.channels.mail_events import Told, UnreadableEvents, events_in, told_by

IDS = {
    "sg_event_id": "e1",
    "anseo_tenant": "11111111-1111-4111-8111-111111111111",
    "anseo_message": "22222222-2222-4222-8222-222222222222",
    "sg_message_id": "abc.recvd-1.0",
}
HARD, STOP, COMPLAINT = (
    SuppressionCause.HARD_BOUNCE,
    SuppressionCause.UNSUBSCRIBE,
    SuppressionCause.COMPLAINT,
)
UNDELIVERED, FAILED = DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED


def told(event: str, **more: object) -> Told:
    [one] = events_in(json.dumps([{**IDS, "event": event, **more}]).encode())
    return told_by(one)


@pytest.mark.parametrize(
    ("event", "more", "follows"),
    [
        ("processed", {}, Told(DeliveryStatus.ACCEPTED)),
        ("deferred", {}, Told(DeliveryStatus.SENDING)),
        ("delivered", {}, Told(DeliveryStatus.DELIVERED)),
        (
            "bounce",
            {"type": "bounce", "status": "5.1.1"},
            Told(UNDELIVERED, "5.1.1", Remedy.FIX_CONTACT, HARD, is_bad_address=True),
        ),
        (
            "bounce",
            {"status": "to aine@home.example"},
            Told(UNDELIVERED, "BOUNCE", Remedy.FIX_CONTACT, HARD, is_bad_address=True),
        ),
        (
            "bounce",
            {"type": "blocked", "status": "4.2.2"},
            Told(UNDELIVERED, "4.2.2", Remedy.RETRY),
        ),
        (
            "dropped",
            {"reason": "Bounced Address"},
            Told(FAILED, "BOUNCED_BEFORE", Remedy.FIX_CONTACT, HARD, is_bad_address=True),
        ),
        (
            "dropped",
            {"reason": "Unsubscribed Address"},
            Told(FAILED, "UNSUBSCRIBED", Remedy.STOP, STOP),
        ),
        (
            "dropped",
            {"reason": "Spam Reporting Address"},
            Told(FAILED, "REPORTED_AS_SPAM", Remedy.STOP, COMPLAINT),
        ),
        ("dropped", {"reason": "Over quota"}, Told(FAILED, "DROPPED", Remedy.STOP)),
        ("open", {"sg_machine_open": True}, Told()),
        ("open", {"sg_machine_open": False}, Told(opening=Opening.OPENED)),
        ("open", {}, Told(opening=Opening.OPENED)),
        ("click", {"url": "https://x"}, Told(opening=Opening.LINK_FOLLOWED)),
        ("spamreport", {}, Told(suppress=COMPLAINT)),
        ("unsubscribe", {}, Told(suppress=STOP)),
        ("group_unsubscribe", {"asm_group_id": 7}, Told(suppress=STOP)),
        ("group_resubscribe", {}, Told()),
        ("teleported", {}, Told()),
    ],
)
def test_each_event_says_what_it_says_and_no_more(
    event: str, more: dict[str, object], follows: Told
) -> None:
    assert told(event, **more) == follows


def test_a_nul_is_left_out_of_what_becomes_a_fact() -> None:
    """No table can hold one: whoever reads such a fact into a table would stand still."""
    body = json.dumps([{**IDS, "event": "bounce", "sg_message_id": "a\0b.1", "type": "odd\0"}])
    [one] = events_in(body.encode())
    assert (one.reference, told_by(one).code) == ("ab", "ODD")


def test_an_event_knows_its_message_its_generation_and_the_provider_s_reference() -> None:
    [one] = events_in(json.dumps([{**IDS, "event": "open", "anseo_generation": "2"}]).encode())
    assert (one.generation, one.reference) == (2, "abc")
    [odd] = events_in(json.dumps([{**IDS, "event": "open", "anseo_generation": "-1"}]).encode())
    assert odd.generation == 0


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"[" * 50_000, b"\xff", b'"x"'])
def test_a_body_that_is_no_array_is_told_apart(body: bytes) -> None:
    with pytest.raises(UnreadableEvents):
        events_in(body)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        7,
        [],
        {"event": "open"},
        {**IDS, "event": 7},
        {**IDS, "event": "open", "sg_event_id": ""},
    ],
)
def test_what_is_not_ours_among_events_is_passed_over(odd: object) -> None:
    body = json.dumps([odd, {**IDS, "event": "open"}]).encode()
    assert [one.event for one in events_in(body)] == ["open"]

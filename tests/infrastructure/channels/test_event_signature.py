"""Only the mail provider can have signed its events, and only just now (trap 46)."""

import base64
import json
import random
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from infrastructure.channels.event_signature import BadEventKey, EventKeys
from infrastructure.embedded.sandbox_http import Poster
from infrastructure.embedded.sandbox_post import MailEvents

# The example that the provider publishes with its own libraries.
KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw"
    "+2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
SIGNATURE = (
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM"
    "+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM="
)
TIMESTAMP = "1600112502"
THEN = datetime.fromtimestamp(1600112502, UTC)
EVENTS = [
    {
        "email": "hello@world.com",
        "event": "dropped",
        "reason": "Bounced Address",
        "sg_event_id": "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A"
        ".filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",
        "smtp-id": "<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>",
        "timestamp": 1600112492,
    }
]
BODY = json.dumps(EVENTS, sort_keys=True, separators=(",", ":")).encode() + b"\r\n"


def is_good(
    body: bytes = BODY,
    *,
    keys: tuple[str, ...] = (KEY,),
    timestamp: str | None = TIMESTAMP,
    signature: str | None = SIGNATURE,
    now: datetime = THEN,
) -> bool:
    return EventKeys(keys).are_signed(body, timestamp=timestamp, signature=signature, now=now)


def other_key() -> str:
    return MailEvents(Poster(""), None).public_key


def test_the_published_example_is_right() -> None:
    assert is_good()


def test_the_line_break_at_the_end_is_part_of_the_body() -> None:
    """Trap 46: trimmed or written anew, the bytes are others."""
    assert not is_good(BODY.strip())
    assert not is_good(json.dumps(EVENTS).encode() + b"\r\n")


def test_one_altered_byte_anywhere_is_refused() -> None:
    dice = random.Random(5)
    for _ in range(300):
        at = dice.randrange(len(BODY))
        other = bytes([BODY[at] ^ (1 << dice.randrange(8))])
        assert not is_good(BODY[:at] + other + BODY[at + 1 :])


@pytest.mark.parametrize("age", [-300, 0, 300])
def test_what_is_a_few_minutes_old_is_taken(age: int) -> None:
    assert is_good(now=THEN + timedelta(seconds=age))


@pytest.mark.parametrize("age", [-301, 301, 86_400])
def test_what_somebody_may_have_kept_is_refused_although_it_is_signed(age: int) -> None:
    assert not is_good(now=THEN + timedelta(seconds=age))


@pytest.mark.parametrize("timestamp", [None, "", "1600112503", "x", "²", "1" * 13, "-1600112502"])
def test_another_time_than_the_signed_one_is_refused(timestamp: str | None) -> None:
    assert not is_good(timestamp=timestamp)


@pytest.mark.parametrize("signature", [None, "", "é", "MEUC", SIGNATURE[:-4], "!!!!"])
def test_a_missing_or_strange_signature_is_refused(signature: str | None) -> None:
    assert not is_good(signature=signature)


def test_both_keys_are_good_while_one_replaces_the_other() -> None:
    assert is_good(keys=(other_key(), KEY))
    assert is_good(keys=(KEY, other_key()))
    assert not is_good(keys=(other_key(),))


def test_without_a_key_nothing_is_signed() -> None:
    assert not is_good(keys=())
    assert not EventKeys(())
    assert EventKeys((KEY,))


def spki(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> str:
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "not base64!",
        "AAAA",
        f"-----BEGIN PUBLIC KEY-----{KEY}",
        spki(ec.generate_private_key(ec.SECP384R1()).public_key()),
        spki(rsa.generate_private_key(65537, 2048).public_key()),
    ],
    ids=["empty", "words", "short", "PEM", "P-384", "RSA"],
)
def test_a_key_of_another_kind_is_told_at_the_start(key: str) -> None:
    with pytest.raises(BadEventKey, match="SENDGRID_PUBLIC_KEY"):
        EventKeys((key,))


def test_the_sandbox_signs_as_the_provider_does() -> None:
    events = MailEvents(Poster(""), None)
    headers = events.headers(BODY, at=1600112502)
    assert is_good(
        keys=(events.public_key,),
        timestamp=headers["X-Twilio-Email-Event-Webhook-Timestamp"],
        signature=headers["X-Twilio-Email-Event-Webhook-Signature"],
    )

"""Calls that no provider made: altered by a byte, signed by others, kept too long."""

import base64
import binascii
from collections.abc import Iterator
from random import Random
from typing import Final
from uuid import UUID, uuid4

from infrastructure.channels.signature import UnreadableForm, form_pairs, sign
from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox_http import Poster
from infrastructure.embedded.sandbox_post import Mail, MailEvents, event, written
from tests.support.front import OLD_PROVIDER_TOKEN, PROVIDER_TOKEN, PUBLIC, TENANT

TEXTED: Final = ("queued", "sending", "sent", "delivered", "read", "undelivered")
MAILED: Final = ("processed", "deferred", "delivered", "open", "click", "spamreport", "bounce")
EVENTS: Final = "/api/webhooks/sendgrid/events"
_SIGNED: Final = "X-Twilio-Signature"
_MAIL_SIGNED: Final = "X-Twilio-Email-Event-Webhook-Signature"
_MAIL_TIME: Final = "X-Twilio-Email-Event-Webhook-Timestamp"
Call = tuple[str, bytes, dict[str, str]]


def texted(dice: Random, message: UUID, status: str, sid: str = "SM1") -> Call:
    """Return a good call about a text, signed with the current or the older token."""
    path = f"/api/webhooks/twilio/status/{TENANT}/{message}"
    said = (
        f"MessageSid={sid}&MessageStatus={status}&To=%2B353850000001&New={dice.random()}".encode()
    )
    key = dice.choice((PROVIDER_TOKEN, OLD_PROVIDER_TOKEN))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return path, said, headers | {_SIGNED: sign(key, PUBLIC + path, form_pairs(said))}


def forged_texts(dice: Random, message: UUID) -> Iterator[Call]:
    """Yield calls that are wrong by a byte, an address or a key; their signature has no time."""
    while True:
        path, said, headers = texted(dice, message, dice.choice(TEXTED))
        good, pairs = headers[_SIGNED], form_pairs(said)
        other, signature = path, good
        match dice.randrange(5):
            case 0:
                said = _flipped(dice, said)
            case 1:
                other = path.replace(str(message), str(uuid4()))
            case 2:
                signature = _flipped(dice, good.encode()).decode()
            case 3:
                guessed = sign(f"guess {dice.random()}", PUBLIC + path, pairs)
                signature = dice.choice((guessed, ""))
            case _:
                signature = sign(PROVIDER_TOKEN, f"http://testserver{path}", pairs)
        changed = other != path or signature != good or _parameters(said) != set(pairs)
        if changed and signature.isprintable():
            yield other, said, headers | {_SIGNED: signature}


def forged_mails(dice: Random, voice: MailEvents, mail: Mail) -> Iterator[Call]:
    """Yield calls that are wrong by a byte or a key, or signed and no longer of this moment."""
    stranger = MailEvents(Poster(""), None)
    while True:
        said, now = written([event(mail, dice.choice(MAILED))]), int(machine_now().timestamp())
        headers = voice.headers(said, now)
        good, altered = headers[_MAIL_SIGNED], said
        match dice.randrange(6):
            case 0:
                altered = _flipped(dice, said)
            case 1:
                headers[_MAIL_TIME] = str(now + dice.choice((-1, 1)))
            case 2:
                headers[_MAIL_SIGNED] = _flipped(dice, good.encode()).decode()
            case 3:
                old = now + dice.choice((-1, 1)) * dice.randint(330, 100_000)
                headers = voice.headers(said, old)
            case 4:
                headers = stranger.headers(said, now)
            case _:
                del headers[dice.choice((_MAIL_TIME, _MAIL_SIGNED))]
        given = headers.get(_MAIL_SIGNED, "")
        # The last letters of base64 hold bits that mean nothing: other letters, the same signature.
        same = given != good and _bytes(given) == _bytes(good)
        if given.isprintable() and not same:
            yield EVENTS, altered, headers


def _flipped(dice: Random, said: bytes) -> bytes:
    at = dice.randrange(len(said))
    return said[:at] + bytes([said[at] ^ (1 << dice.randrange(7))]) + said[at + 1 :]


def _parameters(body: bytes) -> set[tuple[str, str]]:
    """Return what a body says: parameters are signed, and not the way in which they are spelled."""
    try:
        return set(form_pairs(body))
    except UnreadableForm:
        return set()


def _bytes(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return b""

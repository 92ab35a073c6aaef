"""What the mail provider's events say about a message, in our own words.

They come late, twice and in any order, and hold fields that nobody here has heard of. Of their
free text (`reason`, `response`) nothing is kept: it quotes addresses.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from domain.contact_choice.events import SuppressionCause
from domain.message.events import Opening
from domain.message.reasons import Remedy
from domain.message.replies import Meaning, meaning_of_open
from domain.message.statuses import DeliveryStatus

_CODE: Final = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_GENERATION: Final = re.compile(r"[0-9]{1,3}")
_LONGEST: Final = 200


class UnreadableEvents(ValueError):
    """The body is not an array of events."""


class MailEvent(msgspec.Struct, frozen=True):
    """One event; a field that the provider left out is empty."""

    event: str
    sg_event_id: str
    anseo_tenant: UUID
    anseo_message: UUID
    anseo_generation: str = "0"
    sg_message_id: str = ""
    type: str = ""
    status: str = ""
    reason: str = ""
    sg_machine_open: bool = False

    @property
    def generation(self) -> int:
        """Which sending of the message it is about."""
        written = self.anseo_generation
        return int(written) if _GENERATION.fullmatch(written) else 0

    @property
    def reference(self) -> str:
        """The provider's id of the message: what stands before the first dot.

        Without any NUL: no table can hold one.
        """
        return self.sg_message_id.partition(".")[0].replace("\0", "")[:_LONGEST]


@dataclass(frozen=True, slots=True)
class Told:
    """What follows from an event; each part may be absent."""

    status: DeliveryStatus | None = None
    code: str = ""
    remedy: Remedy | None = None
    suppress: SuppressionCause | None = None
    is_bad_address: bool = False
    opening: Opening | None = None


_HARD: Final = SuppressionCause.HARD_BOUNCE
_FIX, _STOP = Remedy.FIX_CONTACT, Remedy.STOP
_FAILED: Final = DeliveryStatus.FAILED
_PLAIN: Final[Mapping[str, Told]] = {
    "processed": Told(DeliveryStatus.ACCEPTED),
    "deferred": Told(DeliveryStatus.SENDING),
    "delivered": Told(DeliveryStatus.DELIVERED),
    "click": Told(opening=Opening.LINK_FOLLOWED),
    "spamreport": Told(suppress=SuppressionCause.COMPLAINT),
    "unsubscribe": Told(suppress=SuppressionCause.UNSUBSCRIBE),
    "group_unsubscribe": Told(suppress=SuppressionCause.UNSUBSCRIBE),
}
# Why a mail was not even tried: because of something that had happened before.
_DROPPED: Final[Mapping[str, Told]] = {
    "bounced address": Told(_FAILED, "BOUNCED_BEFORE", _FIX, _HARD, is_bad_address=True),
    "invalid": Told(_FAILED, "INVALID", _FIX, _HARD, is_bad_address=True),
    "unsubscribed address": Told(_FAILED, "UNSUBSCRIBED", _STOP, SuppressionCause.UNSUBSCRIBE),
    "spam reporting address": Told(_FAILED, "REPORTED_AS_SPAM", _STOP, SuppressionCause.COMPLAINT),
}


def events_in(body: bytes) -> Iterator[MailEvent]:
    """Read a call's events. One that is not ours, or not readable, is passed over.

    Raises:
        UnreadableEvents: the body is no array.
    """
    try:
        each = msgspec.json.decode(body, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableEvents from error
    return _readable(each)


def _readable(each: list[msgspec.Raw]) -> Iterator[MailEvent]:
    for one in each:
        try:
            event = msgspec.json.decode(one, type=MailEvent)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            continue
        if event.sg_event_id:
            yield event


def told_by(event: MailEvent) -> Told:
    """Say what follows from an event; nothing from one that we do not know."""
    match event.event:
        case "bounce":
            return _bounced(event)
        case "dropped":
            return _DROPPED.get(event.reason.lower(), Told(_FAILED, "DROPPED", _STOP))
        case "open":
            person = meaning_of_open(by_machine=event.sg_machine_open) is Meaning.OPEN
            return Told(opening=Opening.OPENED) if person else Told()
        case other:
            return _PLAIN.get(other, Told())


def _bounced(event: MailEvent) -> Told:
    """A mailbox that is full or a server that blocks today says nothing about the address."""
    code = (
        event.status if _CODE.fullmatch(event.status) else event.type.replace("\0", "").upper()[:20]
    )
    if event.type == "blocked":
        return Told(DeliveryStatus.UNDELIVERED, code, Remedy.RETRY)
    return Told(DeliveryStatus.UNDELIVERED, code or "BOUNCE", _FIX, _HARD, is_bad_address=True)

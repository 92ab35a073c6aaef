"""What the mail provider tells us about messages, each thing once for ever, in any order."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import structlog
from fastapi import Request

from api.problems import BodyMalformed, SignatureWrong
from api.receipts import founding
from domain.contact_choice.commands import SuppressChannel
from domain.kernel.commands import Command
from domain.kernel.refusals import Refusal
from domain.message.commands import RecordMisaddressed, RecordOpened, RecordStatus
from domain.message.events import MessageRequested, WrongContact
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId, MessageId, derived_id
from infrastructure.channels.mail_events import MailEvent, UnreadableEvents, events_in, told_by
from infrastructure.clock import machine_now
from infrastructure.store.ledger import Intent
from infrastructure.wiring.house import House

log = structlog.get_logger()
ACTOR: Final = "provider:sendgrid"
_SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
_TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"


def signed_events(request: Request, house: House, body: bytes) -> list[MailEvent]:
    """Return the events of a call that the provider signed a moment ago, about messages of ours.

    Raises:
        SignatureWrong: it does not fit, with the current or the older key, or it is too old.
        BodyMalformed: it is signed and no array of events.
    """
    headers = request.headers
    if not house.event_keys.are_signed(
        body,
        timestamp=headers.get(_TIMESTAMP),
        signature=headers.get(_SIGNATURE),
        now=machine_now(),
    ):
        raise SignatureWrong
    try:
        return list(events_in(body))
    except UnreadableEvents as error:
        raise BodyMalformed from error


def take_in(house: House, events: list[MailEvent]) -> None:
    """Record what follows from events; one about a message that is not there changes nothing."""
    wishes: dict[UUID, Intent] = {}
    for event in events:
        with house.database.tenant(event.anseo_tenant) as conn:
            requested = founding(conn, event.anseo_message, MessageRequested)
        if requested is None or requested.guardian_id is None:
            log.info("event about an unknown message", kind=event.event)
            continue
        for what, command in _commands(event, requested.guardian_id):
            # The same event again is the same command again, for ever: it answers with nothing.
            key = derived_id("sendgrid-event", event.anseo_tenant, event.sg_event_id, what)
            wishes.setdefault(key, Intent(event.anseo_tenant, command, ACTOR, key))
    for wish, outcome in zip(
        wishes.values(), house.ledger.execute_many(list(wishes.values())), strict=True
    ):
        if isinstance(outcome, Refusal):
            log.info("refused", command=type(wish.command).__name__, code=outcome.code)
    house.bell.ring("project")


def _commands(event: MailEvent, guardian: GuardianId) -> Iterator[tuple[str, Command]]:
    told = told_by(event)
    message = MessageId(event.anseo_message)
    if told.status is not None and event.reference:
        yield (
            "status",
            RecordStatus(
                message_id=message,
                provider_ref=event.reference,
                status=str(told.status),
                code=told.code,
                generation=event.generation,
                remedy=told.remedy,
            ),
        )
    if told.suppress is not None:
        stop = SuppressChannel(guardian_id=guardian, channel=Channel.EMAIL, cause=told.suppress)
        yield "suppress", stop
    if told.is_bad_address:
        cause = WrongContact.HARD_BOUNCE
        yield "bad", RecordMisaddressed(message_id=message, channel=Channel.EMAIL, cause=cause)
    if told.opening is not None:
        yield "opened", RecordOpened(message_id=message, how=told.opening)

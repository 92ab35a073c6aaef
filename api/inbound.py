"""What the SMS provider tells us: how far a text got, and what a family writes back.

Everything here was signed by the provider over our public address. Answers to the provider are
empty: software says one thing only to a family, once, that a STOP was heard, and only where the
provider has not said it already.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import structlog
from fastapi import Request

from api.problems import FormUnreadable, SignatureWrong
from api.receipts import founding
from domain.contact_choice.commands import LiftSuppression, SuppressChannel
from domain.contact_choice.events import ConfirmedBy, LiftReason, SuppressionCause
from domain.kernel.commands import Command
from domain.kernel.refusals import Refusal
from domain.message.commands import RecordMessageReply, RecordMisaddressed, RecordStatus
from domain.message.events import MessageRequested, WrongContact
from domain.message.reasons import Remedy
from domain.message.refusals import MessageUnknown
from domain.message.replies import Meaning, meaning_of, said_by_provider
from domain.message.statuses import status_named
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId, MessageId, derived_id
from infrastructure.channels import sms_codes
from infrastructure.channels.signature import UnreadableForm, form_pairs, is_signed
from infrastructure.runtime.projecting import positions
from infrastructure.runtime.references import give
from infrastructure.runtime.role import wait_until
from infrastructure.settings import Settings
from infrastructure.store import reads
from infrastructure.store.ledger import Intent, Outcome, Receipt
from infrastructure.vault.contact_index import guardians_of
from infrastructure.vault.entry import Entry
from infrastructure.wiring.house import House
from projections import messages
from projections.messages import MessageRow

log = structlog.get_logger()
ACTOR: Final = "provider:twilio"
REPLY: Final = "reply"
PATIENCE_SECONDS: Final = 2.0
_WHATSAPP: Final = "whatsapp:"
_BY_NUMBER: Final = (Channel.SMS, Channel.WHATSAPP)
_HEAD: Final = "select coalesce(max(notification_id), 0) from ledger"

Form = dict[str, str]


def meaning(form: Form) -> Meaning:
    """Say what an inbound text means."""
    opted = form.get("OptOutType", "").upper()
    return meaning_of(form.get("Body", ""), provider_says=opted, media=_media(form))


def _media(form: Form) -> int:
    count = form.get("NumMedia", "0")
    return int(count) if count.isascii() and count.isdigit() and len(count) < 4 else 0  # noqa: PLR2004  a handful of pictures


def signed_form(request: Request, settings: Settings, body: bytes) -> Form:
    """Return the parameters of a webhook whose signature fits our public address.

    Raises:
        FormUnreadable: the body is no form.
        SignatureWrong: it does not fit, with the current or the older token; nothing is stored.
    """
    query = f"?{request.url.query}" if request.url.query else ""
    public = f"{settings.base_url.rstrip('/')}{request.url.path}{query}"
    tokens = [settings.sms_token.get_secret_value()]
    if settings.sms_token_old is not None:
        tokens.append(settings.sms_token_old.get_secret_value())
    if settings.sms_second_url is not None:
        tokens.append(settings.sms_second_token.get_secret_value())
    try:
        pairs = form_pairs(body)
    except UnreadableForm as error:
        raise FormUnreadable from error
    if not is_signed(tokens, public, pairs, request.headers.get("x-twilio-signature")):
        raise SignatureWrong
    # A NUL says nothing, and no table can hold it: a fact with one would stop whoever reads it.
    return {name: text.replace("\0", "") for name, text in pairs}


def record_status(
    house: House, tenant: UUID, message: MessageId, form: Form, generation: int = 0
) -> None:
    """Take in how far a text got. Late, double and out of order are normal; unknown words too.

    Raises:
        MessageUnknown: this tenant has no such message.
    """
    status = status_named(form.get("MessageStatus", "").lower())
    reference = form.get("MessageSid", "")
    if status is None or not reference:
        return
    with house.database.tenant(tenant) as conn:
        if founding(conn, message, MessageRequested) is None:
            raise MessageUnknown  # the same for one of another tenant: nobody learns of it
    code = form.get("ErrorCode", "")

    def to_its_owner(owner: UUID | None) -> Intent:
        # Another message may own this text: see references.py. What became of it is its story.
        told = MessageId(owner or message)
        command = RecordStatus(
            message_id=told,
            provider_ref=reference,
            status=str(status),
            code=code,
            generation=generation,
            remedy=Remedy(str(sms_codes.meaning_of(int(code)))) if code.isdecimal() else None,
        )
        key = derived_id("twilio-status", tenant, told, reference, status)
        return _intent(tenant, command, key)

    outcome = give(house.ledger, tenant, reference, to_its_owner)
    house.bell.ring("project")
    if isinstance(outcome, Refusal):
        log.info("status refused", message=str(message), code=outcome.code)


def hear(house: House, tenant: UUID, form: Form) -> bool:
    """Take in what came from a number. The same text delivered again changes nothing.

    Says whether a STOP is to be confirmed in the answer: this once, and not where the provider did.
    """
    sender, said = form.get("From", ""), meaning(form)
    channel = Channel.WHATSAPP if sender.startswith(_WHATSAPP) else Channel.SMS
    reference = form.get("MessageSid", "")
    if said is Meaning.NOTHING or not reference:
        return False
    with house.database.worker() as conn:
        guardians = guardians_of(conn, house.vault, tenant, sender.removeprefix(_WHATSAPP))
    if not guardians:
        log.info("inbound from an unknown number", meaning=str(said))
        return False
    match said:
        case Meaning.STOP:
            return _stop(house, tenant, reference, channel, guardians, form)
        case Meaning.START:
            _start(house, tenant, reference, channel, guardians)
        case Meaning.WRONG_NUMBER:
            _stranger(house, tenant, reference, channel, guardians, form)
        case Meaning.REPLY:
            _reply(house, tenant, reference, channel, guardians, form)
        case _:
            log.info("inbound without an answer in it", meaning=str(said))
    return False


def _stop(
    house: House,
    tenant: UUID,
    reference: str,
    channel: Channel,
    guardians: Sequence[GuardianId],
    form: Form,
) -> bool:
    """Stop this channel for everybody who shares the number, at once; confirm it once."""
    provider = said_by_provider(form.get("Body", ""), form.get("OptOutType", ""))
    by = ConfirmedBy.PROVIDER if provider else ConfirmedBy.US
    stopped = SuppressionCause.STOP
    told = _suppress(house, tenant, reference, (channel,), guardians, stopped, confirmed_by=by)
    # Two facts: stopped, and confirmed. Another text that says it again leads to none.
    return by is ConfirmedBy.US and any(isinstance(o, Receipt) and o.facts for o in told)


def _start(
    house: House,
    tenant: UUID,
    reference: str,
    channel: Channel,
    guardians: Sequence[GuardianId],
) -> None:
    """Take a STOP back that came from this number. Consent is another matter, and stays as it is.

    A person at the school opens what bounced, complained or belongs to a stranger.
    """
    reason = LiftReason.START_WORD
    house.ledger.execute_many(
        [
            _intent(
                tenant,
                LiftSuppression(guardian_id=one, channel=channel, reason=reason),
                derived_id("twilio-inbound", tenant, reference, one, channel),
            )
            for one in guardians
        ]
    )


def _suppress(
    house: House,
    tenant: UUID,
    reference: str,
    channels: Sequence[Channel],
    guardians: Sequence[GuardianId],
    cause: SuppressionCause,
    *,
    confirmed_by: ConfirmedBy | None = None,
) -> Sequence[Outcome]:
    """Everybody who shares the number is asked no more: we cannot know who of them wrote."""
    return house.ledger.execute_many(
        [
            _intent(
                tenant,
                SuppressChannel(
                    guardian_id=one, channel=channel, cause=cause, confirmed_by=confirmed_by
                ),
                derived_id("twilio-inbound", tenant, reference, one, channel),
            )
            for one in guardians
            for channel in channels
        ]
    )


def _stranger(
    house: House,
    tenant: UUID,
    reference: str,
    channel: Channel,
    guardians: Sequence[GuardianId],
    form: Form,
) -> None:
    """Write to this number no more, and ask the school for the right one.

    Who has another number by now is still reached at that one.
    """
    number = form.get("From", "").removeprefix(_WHATSAPP)
    with house.database.worker() as conn:
        known = house.vault.get_many(conn, tenant, guardians)
    still = [
        one for one in guardians if _digits(known.get(one, {}).get("phone")) == _digits(number)
    ]
    _suppress(house, tenant, reference, _BY_NUMBER, still, SuppressionCause.WRONG_NUMBER)
    answered = _latest(house, tenant, channel, guardians)
    if answered is None:
        log.info("inbound without a message before it")
        return
    command = RecordMisaddressed(
        message_id=answered.message_id,
        channel=channel,
        cause=WrongContact.WRONG_NUMBER,
        reply_ref=derived_id("reply", tenant, reference),
    )
    _keep(house, tenant, reference, answered, command, form)


def _reply(
    house: House,
    tenant: UUID,
    reference: str,
    channel: Channel,
    guardians: Sequence[GuardianId],
    form: Form,
) -> None:
    answered = _latest(house, tenant, channel, guardians)
    if answered is None:
        log.info("inbound without a message before it")
        return
    reply = derived_id("reply", tenant, reference)
    command = RecordMessageReply(message_id=answered.message_id, channel=channel, reply_ref=reply)
    _keep(house, tenant, reference, answered, command, form)


def _keep(
    house: House, tenant: UUID, reference: str, answered: MessageRow, command: Command, form: Form
) -> None:
    """Record what somebody wrote, its words in the vault: both commit, or neither."""
    intent = _intent(tenant, command, derived_id("twilio-inbound", tenant, reference))
    about = {answered.student_id, answered.guardian_id}
    with house.database.worker() as conn:
        living = about - house.vault.erased(conn, tenant, about)
        outcome = house.ledger.within(conn, [intent])[0]
        if isinstance(outcome, Refusal):
            log.info("reply refused", code=outcome.code)
        elif outcome.facts and living:
            text = {"text": form.get("Body", ""), "media": _media(form)}
            parts: dict[UUID, dict[str, object]] = {subject: {} for subject in living}
            kept = derived_id("reply", tenant, reference)
            house.vault.put_many(conn, tenant, [Entry(kept, REPLY, parts, text)])
    house.bell.ring("project")


def _digits(number: object) -> str:
    return "".join(one for one in str(number or "") if one.isdigit())


def _latest(
    house: House, tenant: UUID, channel: Channel, guardians: Sequence[GuardianId]
) -> MessageRow | None:
    """Return the latest text that went to these guardians.

    An answer may overtake the read model by a moment; it is waited for once, because no provider
    brings an inbound text a second time.
    """
    found = _look(house, tenant, channel, guardians)
    if found is None:
        with house.database.worker() as conn:
            row = conn.execute(_HEAD).fetchone()
        head = int(row[0]) if row else 0
        wait_until(lambda: _folded(house) >= head, PATIENCE_SECONDS, 0.02)
        found = _look(house, tenant, channel, guardians)
    return found


def _look(
    house: House, tenant: UUID, channel: Channel, guardians: Sequence[GuardianId]
) -> MessageRow | None:
    asked = {"tenant": tenant, "guardians": list(guardians), "channel": str(channel)}
    with house.database.tenant(tenant) as conn:
        rows = reads.documents(conn, messages.LATEST_TO, MessageRow, asked)
    return rows[0] if rows else None


def _folded(house: House) -> int:
    with house.database.worker() as conn:
        return min(positions(conn, [messages.MESSAGES]).values())


def _intent(tenant: UUID, command: Command, command_id: UUID) -> Intent:
    return Intent(tenant=tenant, command=command, actor=ACTOR, command_id=command_id)

"""WhatsApp, an e-mail API and the inbox, from a request to the provider and back to a fact."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from api.receipts import founding
from domain.contact_choice.commands import RecordConsent
from domain.message.commands import RecordMessageReply, RequestMessage
from domain.message.events import MessageRequested
from domain.shared.contact import Channel
from domain.shared.ids import MessageId, derived_id
from infrastructure.channels.content import SettledContentIds
from infrastructure.clock import machine_now
from infrastructure.embedded.sandbox import SandboxProviders
from infrastructure.runtime.reacting import Reactor
from infrastructure.runtime.sending import Sender
from infrastructure.store.database import Database
from projections.messages import MessageRow
from tests.infrastructure.runtime.test_sending import messages_of, step, tell, two_texts_asked_for
from tests.support.town import TENANT, Town

pytestmark = pytest.mark.postgres
SID = "HX" + "1f" * 16
WHATSAPP = {"WHATSAPP_SENDER": "+353850000009"}


def asked_again(town: Town, old: MessageRow, channel: Channel, name: str) -> MessageId:
    """Ask for the same to be said by another channel, with the guardian's consent to it."""
    with town.house.database.worker() as conn:
        requested = founding(conn, old.message_id, MessageRequested)
    assert requested is not None
    guardian = old.guardian_id
    yes = RecordConsent(
        guardian_id=guardian,
        channel=channel,
        given=True,
        source="STAFF",
        purpose=requested.purpose,
    )
    tell(town, yes)
    message = MessageId(derived_id("message", name, old.message_id))
    tell(
        town,
        RequestMessage(
            message_id=message,
            key=f"{old.key}:{name}",
            channel=channel,
            purpose=requested.purpose,
            template_key=requested.template_key,
            school_id=requested.school_id,
            student_id=requested.student_id,
            guardian_id=guardian,
            run_id=requested.run_id,
            step_id=requested.step_id,
            intervention_id=requested.intervention_id,
            case_id=requested.case_id,
        ),
    )
    return message


def found(town: Town, message: UUID) -> MessageRow:
    step(town.crew)
    return next(m for m in messages_of(town) if m.message_id == message)


def by_language(town: Town) -> dict[str, MessageRow]:
    rows = messages_of(town)
    with town.house.database.worker() as conn:
        known = town.house.vault.get_many(conn, TENANT, [m.guardian_id for m in rows])
    return {str(known[m.guardian_id]["language"]): m for m in rows}


def test_an_approved_text_goes_by_whatsapp_and_without_one_the_reason_is_a_fact(
    database: Database, tmp_path: Path
) -> None:
    """Trap 44: approval is per language, so an Irish speaker's is skipped with its reason."""
    content = {"ATTENDANCE_SMS:en": SID}
    with two_texts_asked_for(database, tmp_path, **WHATSAPP, WHATSAPP_CONTENT=content) as town:
        town.providers._sms.contents[SID] = "{{1}} {{2}} {{3}} {{4}}"
        rows = by_language(town)
        english = asked_again(town, rows["en"], Channel.WHATSAPP, "w")
        irish = asked_again(town, rows["ga"], Channel.WHATSAPP, "w")
        sent, skipped = found(town, english), found(town, irish)
        assert (sent.status, skipped.status) == ("ACCEPTED", "SKIPPED")
        assert skipped.reason == "WINDOW_CLOSED_NO_TEMPLATE"
        text = town.providers._sms.text_for(sent.provider_ref or "")
        assert text is not None
        assert (text.content_sid, text.to[:10]) == (SID, "whatsapp:+")
        assert "Scoil Bhríde" in text.body
        assert "Seán" in text.body


def test_words_of_our_own_go_by_whatsapp_for_a_day_after_an_answer(
    database: Database, tmp_path: Path
) -> None:
    """Trap 44: the window opens with the guardian's message and closes again."""
    content = {"ATTENDANCE_SMS:en": SID}
    with two_texts_asked_for(database, tmp_path, **WHATSAPP, WHATSAPP_CONTENT=content) as town:
        english = by_language(town)["en"]
        first = found(town, asked_again(town, english, Channel.WHATSAPP, "w1"))
        for sender in (w for w in town.crew if isinstance(w, Sender)):
            empty = replace(sender._composer, contents=SettledContentIds({}))
            sender._composer = sender._claims._composer = empty
        # The answer would stop this run; another one would go on, so nobody reacts here.
        town.crew = [w for w in town.crew if not isinstance(w, Reactor)]
        reply = derived_id("reply", "w1")
        tell(
            town,
            RecordMessageReply(
                message_id=first.message_id, channel=Channel.WHATSAPP, reply_ref=reply
            ),
        )
        text = town.providers._sms.text_for(first.provider_ref or "")
        assert text is not None
        town.providers._sms.inbound[text.to] = machine_now()
        answered = found(town, asked_again(town, english, Channel.WHATSAPP, "w2"))
        assert answered.status == "ACCEPTED", answered.reason
        again = town.providers._sms.text_for(answered.provider_ref or "")
        assert again is not None
        assert (again.content_sid, "has missed" in again.body) == (None, True)


def test_an_e_mail_goes_by_the_api_with_the_ids_that_its_events_bring_back(
    database: Database, tmp_path: Path
) -> None:
    with SandboxProviders(tmp_path / "mail.jsonl").start() as api:
        settings = {"SENDGRID_KEY": "sandbox-key", "SENDGRID_URL": api.sms_url}
        with two_texts_asked_for(database, tmp_path, **settings) as town:
            mailed = asked_again(town, by_language(town)["en"], Channel.EMAIL, "m")
            row = found(town, mailed)
            assert (row.status, row.provider) == ("ACCEPTED", "sendgrid")
            [asked] = api._post_office.heard
            ids = {
                "anseo_tenant": str(TENANT),
                "anseo_message": str(mailed),
                "anseo_generation": "0",
            }
            to = [{"email": "g1@example.org"}]
            assert asked["personalizations"] == [{"to": to, "custom_args": ids}]


def test_a_message_in_the_product_arrives_with_its_fact(database: Database, tmp_path: Path) -> None:
    with two_texts_asked_for(database, tmp_path, ANSEO_INBOX=True) as town:
        row = found(town, asked_again(town, by_language(town)["en"], Channel.IN_APP, "a"))
        assert (row.status, row.provider) == ("ACCEPTED", "inbox")

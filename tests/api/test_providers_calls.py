"""What the SMS provider calls: only what it signed, each thing once, STOP is no reply."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from domain.contact_choice.commands import contact_choice_id
from infrastructure.channels.signature import sign
from infrastructure.vault.contact_index import remember
from tests.support.front import (
    NOON,
    NUMBER,
    OLD_PROVIDER_TOKEN,
    PROVIDER_TOKEN,
    PUBLIC,
    STRANGERS,
    TENANT,
    Family,
    Front,
)

pytestmark = pytest.mark.postgres
INBOUND = f"/api/webhooks/twilio/inbound/{TENANT}"
STOPS = (
    *("STOP", "stop", " Stop. ", "STAD", "Stad!", "UNSUBSCRIBE", "END", "QUIT", "STOPALL"),
    *("CANCEL", "REVOKE", "OPTOUT", "Opt-out", "stad le do thoil"),
)


def status_of(message: UUID, tenant: UUID = TENANT) -> str:
    return f"/api/webhooks/twilio/status/{tenant}/{message}"


def told(status: str, sid: str = "SM1", **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "MessageStatus": status, "To": NUMBER, **more}


def wrote(body: str, sid: str = "SMin1", sender: str = NUMBER, **more: str) -> dict[str, str]:
    return {"MessageSid": sid, "From": sender, "To": "+353", "Body": body, **more}


def texted(front: Front, family: Family) -> UUID:
    front.name(family)
    front.propose(family)
    front.start_run(family)
    message = front.text(family)
    front.settle()
    return message


def test_a_delivery_is_recorded_once_however_often_it_is_told(front: Front, family: Family) -> None:
    message = texted(front, family)
    for status in ("delivered", "sent", "delivered", "queued", "delivered"):
        assert front.webhook(status_of(message), told(status)).status_code == 204
    assert front.facts(message).count("message.delivered") == 1


def test_a_callback_that_overtakes_our_own_record_is_taken(front: Front, family: Family) -> None:
    front.name(family)
    front.start_run(family)
    message = front.text(family, accepted=False)
    assert front.webhook(status_of(message), told("sent")).status_code == 204
    assert front.facts(message)[-2:] == ["message.accepted", "message.status_reported"]


def test_an_undelivered_text_asks_for_a_person(front: Front, family: Family) -> None:
    message = texted(front, family)
    front.webhook(status_of(message), told("undelivered", ErrorCode="30003"))
    assert front.facts(message)[-1] == "message.undelivered"
    front.settle()
    page = front.get("/api/interventions/queue", action="SEE_TO_MESSAGE").json()
    assert [item["subject"] for item in page["items"]] == [str(message)]


def test_a_word_that_we_do_not_know_is_no_error(front: Front, family: Family) -> None:
    message = texted(front, family)
    before = front.count("ledger")
    assert front.webhook(status_of(message), told("teleported")).status_code == 204
    assert front.webhook(status_of(message), {"Other": "x"}).status_code == 204
    assert front.count("ledger") == before


def test_a_message_of_another_tenant_is_not_there(front: Front, family: Family) -> None:
    message = texted(front, family)
    answer = front.webhook(status_of(message, STRANGERS), told("delivered"))
    assert (answer.status_code, answer.json()["code"]) == (404, "message-unknown")
    for strange in (uuid4(), family.run):
        assert front.webhook(status_of(strange), told("delivered")).status_code == 404


def test_what_somebody_kept_and_plays_again_changes_nothing_for_ever(
    front: Front, family: Family
) -> None:
    """S6, R12: their signature has no time, so (reference, status) is known for ever."""
    message = texted(front, family)
    calls = [(status_of(message), told(word)) for word in ("sent", "delivered", "read")]
    calls += [(INBOUND, wrote("ok")), (INBOUND, wrote("STOP", "SMin2"))]
    for path, form in calls:
        assert front.webhook(path, form).status_code == 204
    before = front.count("ledger"), front.count("command_answer")
    front.clock(NOON + timedelta(days=400))
    for path, form in [*reversed(calls), *calls]:
        assert front.webhook(path, form).status_code == 204
    assert (front.count("ledger"), front.count("command_answer")) == before


def test_one_altered_byte_is_refused_and_nothing_is_stored(front: Front, family: Family) -> None:
    """Trap 46, S6."""
    message = texted(front, family)
    path, form = status_of(message), told("delivered")
    good = sign(PROVIDER_TOKEN, PUBLIC + path, form.items())
    before = front.count("ledger"), front.count("command_answer")
    bad = {
        "no signature": (path, form, None),
        "another token": (path, form, sign("guess", PUBLIC + path, form.items())),
        "one letter of it": (path, form, ("B" if good[0] == "A" else "A") + good[1:]),
        "one letter of the body": (path, form | {"MessageSid": "SM2"}, good),
        "one more parameter": (path, form | {"Extra": ""}, good),
        "one parameter less": (path, {k: v for k, v in form.items() if k != "To"}, good),
        "another path": (status_of(uuid4()), form, good),
        "another tenant": (status_of(message, STRANGERS), form, good),
        "a query behind it": (f"{path}?a=1", form, good),
        "our internal address": (
            path,
            form,
            sign(PROVIDER_TOKEN, f"http://testserver{path}", form.items()),
        ),
    }
    for what, (url, body, signature) in bad.items():
        headers = {} if signature is None else {"X-Twilio-Signature": signature}
        answer = front.client.post(url, data=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "signature-wrong"), what
    assert (front.count("ledger"), front.count("command_answer")) == before


def test_the_host_header_is_not_believed(front: Front, family: Family) -> None:
    """Trap 46: behind a proxy the public address is the one that was signed."""
    message = texted(front, family)
    path, form = status_of(message), told("delivered")
    signature = sign(PROVIDER_TOKEN, f"https://evil.example{path}", form.items())
    headers = {"X-Twilio-Signature": signature, "Host": "evil.example"}
    assert front.client.post(path, data=form, headers=headers).status_code == 403
    headers["X-Twilio-Signature"] = sign(PROVIDER_TOKEN, PUBLIC + path, form.items())
    assert front.client.post(path, data=form, headers=headers).status_code == 204


def test_the_older_token_is_good_while_both_are_held(front: Front, family: Family) -> None:
    message = texted(front, family)
    answer = front.webhook(status_of(message), told("delivered"), OLD_PROVIDER_TOKEN)
    assert answer.status_code == 204
    assert front.facts(message)[-1] == "message.delivered"


def test_a_nul_in_a_call_is_left_out_and_holds_nobody_up(front: Front, family: Family) -> None:
    message = texted(front, family)
    told = {"MessageSid": "SM1\0", "MessageStatus": "delivered\0", "ErrorCode": "\0"}
    assert front.webhook(status_of(message), told).status_code == 204
    front.settle()
    shown = front.get(f"/api/messages/{message}").json()["message"]
    assert (shown["provider_ref"], shown["status"]) == ("SM1", "DELIVERED")


def test_a_body_that_is_no_form_is_refused(front: Front, family: Family) -> None:
    message = texted(front, family)
    for body in (b"\xff\xfe", b"&".join(b"a=1" for _ in range(501)), b"Body=%ff%fe"):
        answer = front.client.post(
            status_of(message),
            content=body,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "form-unreadable")


def test_a_reply_stops_the_run_and_its_words_lie_in_the_vault_only(
    front: Front, family: Family
) -> None:
    """000-101 GUARDIAN_REPLIED: what stops the run is the very event of type REPLIED."""
    message = texted(front, family)
    assert front.webhook(INBOUND, wrote("canary: she is at the dentist")).status_code == 204
    front.settle()
    (event,) = front.get("/api/telemetry/engagement", type="REPLIED").json()["items"]
    assert event["message_id"] == str(message)
    assert front.facts(message)[-1] == "message.replied"
    assert "playbook_run.guardian_replied" in front.facts(family.run)
    assert front.facts(family.run)[-1] == "playbook_run.stopped"
    with front.house.database.worker() as conn:
        row = conn.execute("select record from vault_record where kind = 'reply'").fetchone()
        assert row is not None
        kept = front.house.vault.get(conn, TENANT, row[0])
        stored = conn.execute("select convert_from(state, 'UTF8') from ledger").fetchall()
    assert kept == {"text": "canary: she is at the dentist", "media": 0}
    assert "canary" not in "".join(text for (text,) in stored)
    run = front.get(f"/api/playbooks/runs/{family.run}").json()["run"]
    assert (run["status"], run["stop_reason"]) == ("STOPPED", "GUARDIAN_REPLIED")


def test_the_same_text_brought_five_times_is_one_reply(front: Front, family: Family) -> None:
    message = texted(front, family)
    for _ in range(5):
        assert front.webhook(INBOUND, wrote("ok")).status_code == 204
    assert front.facts(message).count("message.replied") == 1
    assert front.count("vault_record where kind = 'reply'") == 1


def test_a_text_brought_again_after_a_later_message_is_still_the_first_reply(
    front: Front, family: Family
) -> None:
    first = texted(front, family)
    front.webhook(INBOUND, wrote("ok"))
    later = Family(guardian=family.guardian, student=family.student)
    front.start_run(later)
    front.clock(NOON + timedelta(minutes=1))
    second = front.text(later, "SM2")
    front.settle()
    assert front.webhook(INBOUND, wrote("ok")).status_code == 204
    assert "message.replied" in front.facts(first)
    assert "message.replied" not in front.facts(second)


def test_an_answer_that_overtakes_the_read_model_is_waited_for(
    front: Front, family: Family
) -> None:
    """No provider brings an inbound text twice, so it must not be lost to a moment's lag."""
    front.name(family)
    front.start_run(family)
    message = front.text(family)
    follower = threading.Timer(0.2, front.settle)
    follower.start()
    assert front.webhook(INBOUND, wrote("ok")).status_code == 204
    follower.join()
    assert front.facts(message)[-1] == "message.replied"


def test_a_reply_from_a_shared_number_goes_to_the_latest_text(front: Front) -> None:
    mother, father = Family(), Family()
    messages = []
    for number, one in enumerate((mother, father)):
        front.name(one)
        front.start_run(one)
        front.clock(NOON + timedelta(minutes=number))
        messages.append(front.text(one, f"SM{number}"))
        front.settle()
    front.webhook(INBOUND, wrote("who is this"))
    assert "message.replied" not in front.facts(messages[0])
    assert "message.replied" in front.facts(messages[1])


@pytest.mark.parametrize(
    "word",
    STOPS,
)
def test_a_stop_word_blocks_the_channel_and_is_no_reply(
    front: Front, family: Family, word: str
) -> None:
    message = texted(front, family)
    assert front.webhook(INBOUND, wrote(word)).status_code in {200, 204}
    front.settle()
    choices = front.facts(contact_choice_id(family.guardian))
    assert choices == ["contact_choice.channel_suppressed", "contact_choice.stop_confirmed"]
    assert "message.replied" not in front.facts(message)
    assert "playbook_run.stopped" not in front.facts(family.run)
    assert front.count("vault_record where kind = 'reply'") == 0


def test_a_stop_that_the_provider_recognised_counts_in_any_words(
    front: Front, family: Family
) -> None:
    texted(front, family)
    front.webhook(INBOUND, wrote("arrête", OptOutType="STOP"))
    names = front.facts(contact_choice_id(family.guardian))
    assert names[0] == "contact_choice.channel_suppressed"


def test_a_stop_holds_for_everybody_who_shares_the_number(front: Front) -> None:
    both = [Family(), Family()]
    for number, one in enumerate(both):
        front.name(one)
        front.start_run(one)
        front.text(one, f"SM{number}")
    front.webhook(INBOUND, wrote("STOP"))
    front.webhook(INBOUND, wrote("STOP"))
    for one in both:
        names = front.facts(contact_choice_id(one.guardian))
        assert names == ["contact_choice.channel_suppressed", "contact_choice.stop_confirmed"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "START",
        "help",
        "Auto-reply: I am away until Monday",
        "(Automatic reply) thank you",
        "Out of office until 3 March",
        "I'm driving with Do Not Disturb While Driving turned on.",
        "(I\u2019m not receiving notifications. If this is urgent, reply \u201curgent\u201d.)",
    ],
)
def test_what_no_person_said_to_us_changes_nothing(front: Front, family: Family, body: str) -> None:
    texted(front, family)
    before = front.count("ledger")
    assert front.webhook(INBOUND, wrote(body)).status_code == 204
    assert (front.count("ledger"), front.count("vault_record where kind = 'reply'")) == (before, 0)


@pytest.mark.parametrize(
    "body", ["I'm driving her in now", "please stop texting at night", "end of the week", "YES"]
)
def test_what_only_looks_like_a_machine_or_a_stop_is_a_reply(
    front: Front, family: Family, body: str
) -> None:
    message = texted(front, family)
    front.webhook(INBOUND, wrote(body))
    assert "message.replied" in front.facts(message)


def test_a_picture_without_words_is_a_reply(front: Front, family: Family) -> None:
    message = texted(front, family)
    front.webhook(INBOUND, wrote("", NumMedia="1"))
    assert "message.replied" in front.facts(message)


def test_a_number_that_we_never_wrote_to_changes_nothing(front: Front, family: Family) -> None:
    texted(front, family)
    before = front.count("ledger")
    for body in ("hello", "STOP"):
        assert front.webhook(INBOUND, wrote(body, sender="+353859999999")).status_code == 204
    assert front.count("ledger") == before


def test_a_stranger_at_the_number_is_no_reply_and_asks_the_school_for_the_right_one(
    front: Front, family: Family
) -> None:
    """Trap 37: no text goes to that number again, and staff find the line among their work."""
    message = texted(front, family)
    front.webhook(status_of(message), told("delivered"))
    for _ in range(2):
        assert front.webhook(INBOUND, wrote("canary: wrong number")).status_code == 204
    front.settle()
    assert front.facts(message)[-1] == "message.misaddressed"
    assert front.facts(message).count("message.misaddressed") == 1
    assert "playbook_run.stopped" not in front.facts(family.run)
    choices = front.facts(contact_choice_id(family.guardian))
    assert choices == ["contact_choice.channel_suppressed"] * 2  # by text and by WhatsApp
    page = front.get("/api/interventions/queue", action="FIX_CONTACT").json()
    assert [item["subject"] for item in page["items"]] == [str(message)]
    assert front.count("vault_record where kind = 'reply'") == 1


def test_who_has_another_number_by_now_is_still_reached_there(front: Front, family: Family) -> None:
    message = texted(front, family)
    with front.house.database.worker() as conn:
        said = {"given": "Síofra", "family": "Canary", "phone": "+353850000002"}
        front.house.vault.put(conn, TENANT, family.guardian, "guardian", {family.guardian: said})
    front.webhook(INBOUND, wrote("wrong number"))
    assert front.facts(contact_choice_id(family.guardian)) == []
    assert front.facts(message)[-1] == "message.misaddressed"


def test_a_stranger_whom_no_text_went_to_leaves_nothing_but_silence(
    front: Front, family: Family
) -> None:
    front.name(family)
    with front.house.database.worker() as conn:
        remember(conn, front.house.vault, TENANT, NUMBER, family.guardian)
    for body in ("wrong number", "hello"):
        assert front.webhook(INBOUND, wrote(body, f"SM{body[0]}")).status_code == 204
    assert (
        front.facts(contact_choice_id(family.guardian)) == ["contact_choice.channel_suppressed"] * 2
    )


def test_an_erased_guardian_is_unknown_from_then_on(front: Front, family: Family) -> None:
    texted(front, family)
    with front.house.database.worker() as conn:
        front.house.vault.erase(conn, TENANT, family.guardian, "request", "staff-1")
    before = front.count("ledger")
    assert front.webhook(INBOUND, wrote("hello")).status_code == 204
    assert front.count("ledger") == before


def test_of_an_erased_child_nothing_is_kept_but_the_reply_counts(
    front: Front, family: Family
) -> None:
    message = texted(front, family)
    with front.house.database.worker() as conn:
        front.house.vault.erase(conn, TENANT, family.student, "request", "staff-1")
    assert front.webhook(INBOUND, wrote("hello")).status_code == 204
    assert "message.replied" in front.facts(message)
    asked = f"vault_part where subject = '{family.student}'"
    assert front.count(asked) == 0


def test_a_reply_on_another_channel_belongs_to_that_channel(front: Front, family: Family) -> None:
    texted(front, family)
    before = front.count("ledger")
    answer = front.webhook(INBOUND, wrote("STOP", sender=f"whatsapp:{NUMBER}"))
    assert answer.status_code == 204
    assert front.count("ledger") == before + 2  # stopped, and confirmed by the provider
    with front.house.database.worker() as conn:
        row = conn.execute(
            "select convert_from(state, 'UTF8')::json ->> 'channel' from ledger"
            " order by notification_id desc limit 1"
        ).fetchone()
    assert row == ("WHATSAPP",)


def test_the_provider_is_answered_with_nothing(front: Front, family: Family) -> None:
    message = texted(front, family)
    for answer in (
        front.webhook(INBOUND, wrote("STOP")),
        front.webhook(status_of(message), told("delivered")),
    ):
        assert answer.content == b""


def test_a_stop_in_words_of_ours_is_confirmed_once(front: Front, family: Family) -> None:
    """Section 7.2: confirmed once. The provider confirms the words that it knows by itself."""
    texted(front, family)
    first = front.webhook(INBOUND, wrote("STAD", sid="SMa"))
    assert first.status_code == 200
    assert "START" in first.text
    assert front.webhook(INBOUND, wrote("Stad anois", sid="SMb")).status_code == 204
    names = front.facts(contact_choice_id(family.guardian))
    assert names == ["contact_choice.channel_suppressed", "contact_choice.stop_confirmed"]


def test_a_stop_that_the_provider_confirms_is_not_confirmed_twice(
    front: Front, family: Family
) -> None:
    texted(front, family)
    answer = front.webhook(INBOUND, wrote("STOP", sid="SMa"))
    assert (answer.status_code, answer.text) == (204, "")
    assert front.facts(contact_choice_id(family.guardian))[-1] == "contact_choice.stop_confirmed"


def test_a_start_takes_the_stop_back_and_agrees_to_nothing(front: Front, family: Family) -> None:
    """Trap 37: a word for the provider is no reply, and no consent."""
    texted(front, family)
    front.webhook(INBOUND, wrote("STOP", sid="SMa"))
    assert front.webhook(INBOUND, wrote("START", sid="SMb")).status_code == 204
    names = front.facts(contact_choice_id(family.guardian))
    assert names[-1] == "contact_choice.suppression_lifted"
    assert "contact_choice.consent_recorded" not in names

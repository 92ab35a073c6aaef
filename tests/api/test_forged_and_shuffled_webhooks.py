"""S6 in CI size: a thousand calls that are forged or late, or come in any order, up to five times.

450 forged calls of each provider (seeds 1 and 2) are refused and leave nothing behind; 50 stories
of each (seeds 0 to 49) end alike, whether told once in order or shuffled with repeats.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.commands import contact_choice_id
from domain.message.aggregate import Message
from domain.message.commands import RecordAccepted
from domain.message.statuses import DeliveryStatus
from domain.shared.contact import Channel
from infrastructure.channels.event_signature import EventKeys
from infrastructure.embedded.sandbox_http import Poster
from infrastructure.embedded.sandbox_post import Mail, MailEvents, event, written
from tests.support.forging import EVENTS, MAILED, TEXTED, Call, forged_mails, forged_texts, texted
from tests.support.front import TENANT, Family, Front

pytestmark = pytest.mark.postgres
FORGED: Final = 450
STORIES: Final = 50
MAIL: Final = "SM1"


def provider(front: Front) -> MailEvents:
    voice = MailEvents(Poster(""), None)
    front.house.event_keys = EventKeys((voice.public_key, MailEvents(Poster(""), None).public_key))
    return voice


def mail_about(message: UUID) -> Mail:
    marks = {"anseo_tenant": str(TENANT), "anseo_message": str(message)}
    return Mail(MAIL, "parent@home.example", marks)


def accepted(front: Front, calls: Sequence[Call]) -> int:
    """Make calls and count those that were not refused for what they are."""
    answers = [front.client.post(path, content=said, headers=h) for path, said, h in calls]
    codes = [(one.status_code, one.json().get("code") if one.content else "") for one in answers]
    refused = {(403, "signature-wrong"), (400, "form-unreadable")}
    return sum(code not in refused for code in codes)


def forged(front: Front, family: Family, which: str, size: int) -> list[Call]:
    message, voice = front.text(family), provider(front)
    if which == "texts":
        return list(islice(forged_texts(Random(1), message), size))
    return list(islice(forged_mails(Random(2), voice, mail_about(message)), size))


@pytest.mark.parametrize("which", ["texts", "mails"])
def test_no_forged_call_is_taken_and_none_leaves_anything(
    front: Front, family: Family, which: str
) -> None:
    """S6, trap 46: accepted 0 of the bad."""
    calls = forged(front, family, which, FORGED)
    before = front.count("ledger"), front.count("command_answer"), front.count("vault_record")
    assert accepted(front, calls) == 0
    after = front.count("ledger"), front.count("command_answer"), front.count("vault_record")
    assert after == before


class Trusting(EventKeys):
    def are_signed(self, *said: object, **more: object) -> bool:
        del said, more
        return True


@pytest.mark.parametrize("which", ["texts", "mails"])
def test_a_door_that_looks_at_no_signature_would_be_found(
    front: Front, family: Family, which: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control."""
    calls = forged(front, family, which, 20)
    monkeypatch.setattr("api.inbound.is_signed", lambda *_: True)
    front.house.event_keys = Trusting(())
    assert accepted(front, calls) > 0


def texts_of(front: Front, dice: Random, message: UUID, words: Sequence[str]) -> None:
    for word in words:
        path, said, headers = texted(dice, message, word, f"SM{message}")
        assert front.client.post(path, content=said, headers=headers).status_code == 204


def mails_of(front: Front, voice: MailEvents, message: UUID, told: Sequence[Any]) -> None:
    """Tell events several in a call, as the provider does."""
    left, dice = list(told), Random(len(told))
    while left:
        size = dice.randint(1, 8)
        mine = {"anseo_message": str(message), "sg_message_id": f"SM{message}"}
        body = written(
            [{**one, **mine, "sg_event_id": f"{one['event']}-{message}"} for one in left[:size]]
        )
        answer = front.client.post(EVENTS, content=body, headers=voice.headers(body))
        assert answer.status_code == 204
        left = left[size:]


def repeated(dice: Random, once: Sequence[Any]) -> list[Any]:
    often = [one for one in once for _ in range(dice.randint(1, 5))]
    dice.shuffle(often)
    return often


def end_of(front: Front, message: UUID, family: Family) -> tuple[object, ...]:
    """Return all that later decisions about a message and its guardian go by."""
    with front.house.database.worker() as conn:
        told = front.house.ledger.load(conn, Message, message).past
        choice = front.house.ledger.load(conn, ContactChoice, contact_choice_id(family.guardian))
    shut = {one for one in Channel if choice.is_suppressed(one)}
    return told.state, told.standing, told.reported, told.openings, told.wrong, shut


def ends(front: Front, which: str, seed: int) -> Iterator[tuple[object, ...]]:
    """Tell a story once in order, and once more about another family, shuffled and repeated."""
    dice, voice = Random(seed), provider(front)
    kinds = [one for one in (TEXTED if which == "texts" else MAILED) if dice.random() < 0.7]
    bounced = {"type": "bounce", "status": "5.1.1"}
    mail = mail_about(uuid4())
    once = [event(mail, one, **(bounced if one == "bounce" else {})) for one in kinds]
    for order in (list, lambda one: repeated(dice, one)):
        family = Family()
        message = front.text(family, accepted=False)
        front.tell(RecordAccepted(message_id=message, provider_ref=f"SM{message}"))
        if which == "texts":
            texts_of(front, dice, message, order(kinds))
        else:
            mails_of(front, voice, message, order(once))
        yield end_of(front, message, family)


@pytest.mark.parametrize("which", ["texts", "mails"])
def test_the_end_is_the_same_whatever_the_order_and_however_often(front: Front, which: str) -> None:
    """S6, R12, trap 45: replay, reorder, one to five times."""
    seen = set()
    for seed in range(STORIES):
        first, second = ends(front, which, seed)
        assert first == second, seed
        seen.add(str(first))
    assert len(seen) > 10


def test_a_message_that_believed_the_last_word_would_be_found(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: whatever is told last stands."""

    def last(_: DeliveryStatus, told: DeliveryStatus) -> DeliveryStatus:
        return told

    monkeypatch.setattr("domain.message.remembering.higher", last)
    stories = [list(ends(front, "texts", seed)) for seed in range(10)]
    assert any(first != second for first, second in stories)

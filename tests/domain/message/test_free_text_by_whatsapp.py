"""Words of our own go by WhatsApp only within a day of the guardian's last message (trap 44)."""

from datetime import datetime, timedelta

import pytest

from domain.contact_choice.events import ConsentRecorded
from domain.message.aggregate import Message
from domain.message.commands import (
    AttemptMessage,
    RecordAccepted,
    RecordMisaddressed,
    RecordOpened,
)
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageMisaddressed,
    MessageOpened,
    MessageRequested,
    MessageSkipped,
    Opening,
    WrongContact,
)
from domain.message.reasons import MessageSkip
from domain.message.refusals import MessageUnknown
from domain.message.whatsapp import is_window_open
from domain.shared.contact import Channel, Purpose
from tests.support.examples import but, example
from tests.support.scenario import given, world

OPTED_IN = world(contact_choice=[but(ConsentRecorded, channel=Channel.WHATSAPP)])
REQUESTED = but(MessageRequested, channel=Channel.WHATSAPP)
NOW = world().now
CLOSED = MessageSkipped(MessageSkip.WINDOW_CLOSED_NO_TEMPLATE)


@pytest.mark.parametrize("heard", [None, NOW - timedelta(hours=24), NOW - timedelta(days=30)])
def test_outside_the_window_free_text_is_not_sent_and_the_reason_is_a_fact(
    heard: datetime | None,
) -> None:
    """Trap 44, 000-065."""
    wish = but(AttemptMessage, free_text=True, last_inbound_at=heard)
    given(Message, REQUESTED, world=OPTED_IN).when(wish).then(CLOSED)


@pytest.mark.parametrize(
    ("free_text", "heard"),
    [(True, NOW - timedelta(hours=23)), (True, NOW), (False, None)],
)
def test_an_answer_within_a_day_and_an_approved_text_at_any_time_are_sent(
    free_text: bool, heard: datetime | None
) -> None:
    wish = but(AttemptMessage, free_text=free_text, last_inbound_at=heard)
    given(Message, REQUESTED, world=OPTED_IN).when(wish).then(
        but(MessageAttempted, provider_key=f"{REQUESTED.key}:WHATSAPP:0")
    )


def test_the_window_closes_a_little_before_the_provider_closes_it() -> None:
    assert is_window_open(NOW, NOW + timedelta(hours=23, minutes=54))
    assert not is_window_open(NOW, NOW + timedelta(hours=23, minutes=55))


def test_a_missing_number_is_named_before_a_closed_window() -> None:
    wish = but(AttemptMessage, free_text=True, has_address=False)
    given(Message, REQUESTED, world=OPTED_IN).when(wish).then(
        MessageSkipped(MessageSkip.NO_ADDRESS)
    )


def test_an_opening_is_told_once_for_each_way() -> None:
    sent = given(Message, REQUESTED, example(MessageAttempted), example(MessageAccepted))
    sent.when(example(RecordOpened)).then(example(MessageOpened))
    again = given(Message, REQUESTED, example(MessageAttempted), example(MessageOpened))
    again.when(example(RecordOpened)).ignored()
    again.when(but(RecordOpened, how=Opening.LINK_FOLLOWED)).then(
        but(MessageOpened, how=Opening.LINK_FOLLOWED)
    )


def test_what_was_never_attempted_cannot_have_been_opened() -> None:
    given(Message, REQUESTED).when(example(RecordOpened)).ignored()


def test_a_wrong_address_is_told_once_for_each_cause() -> None:
    given(Message, REQUESTED).when(example(RecordMisaddressed)).then(example(MessageMisaddressed))
    told = given(Message, REQUESTED, example(MessageMisaddressed))
    told.when(example(RecordMisaddressed)).ignored()
    told.when(but(RecordMisaddressed, cause=WrongContact.HARD_BOUNCE)).then(
        but(MessageMisaddressed, cause=WrongContact.HARD_BOUNCE)
    )


def test_nothing_is_known_of_a_message_that_was_never_asked_for() -> None:
    for wish in (example(RecordOpened), example(RecordMisaddressed), example(RecordAccepted)):
        given(Message).when(wish).refused(MessageUnknown)


def test_nobody_is_written_to_by_whatsapp_who_did_not_opt_in() -> None:
    """DOMAIN.md 7.3: prior opt-in is required, of a notice and of safety as well."""
    missing = MessageSkipped(MessageSkip.CONSENT_MISSING)
    for purpose in Purpose:
        asked = but(MessageRequested, channel=Channel.WHATSAPP, purpose=purpose)
        given(Message, asked).when(example(AttemptMessage)).then(missing)

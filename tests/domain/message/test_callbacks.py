"""Callbacks come late, twice, out of order, and before our own record of the call."""

import pytest

from domain.kernel.facts import Event
from domain.message.aggregate import DELIVERED, UNDELIVERED, Message
from domain.message.commands import RecordMessageReply, RecordStatus
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageDeferred,
    MessageDelivered,
    MessageFailed,
    MessageOutcomeUnknown,
    MessageReplied,
    MessageRequested,
    MessageSkipped,
    MessageUndelivered,
)
from domain.shared.contact import Channel
from tests.support.examples import EXEMPTION, MESSAGE, but, example
from tests.support.scenario import given

REQUESTED = example(MessageRequested)
ATTEMPTED = example(MessageAttempted)
ACCEPTED = example(MessageAccepted)
DELIVERED_FACT = example(MessageDelivered)
UNDELIVERED_FACT = example(MessageUndelivered)
SENT = (REQUESTED, ATTEMPTED, ACCEPTED)


def status(word: str, code: str = "") -> RecordStatus:
    return but(RecordStatus, status=word, code=code)


@pytest.mark.parametrize("word", sorted(DELIVERED))
def test_a_delivered_message_is_recorded_once(word: str) -> None:
    given(Message, *SENT).when(status(word)).then(MessageDelivered(word)).when(
        status("delivered")
    ).ignored()


@pytest.mark.parametrize("word", sorted(UNDELIVERED))
def test_an_undelivered_message_is_recorded_once_with_its_code(word: str) -> None:
    given(Message, *SENT).when(status(word, "30003")).then(MessageUndelivered(word, "30003")).when(
        status("failed", "30008")
    ).ignored()


def test_a_status_moves_upward_only() -> None:
    given(Message, *SENT, DELIVERED_FACT).when(status("undelivered", "30003")).ignored()
    given(Message, *SENT, UNDELIVERED_FACT).when(status("delivered")).then(DELIVERED_FACT)


@pytest.mark.parametrize("word", ["queued", "sent", "sending", "a-word-of-next-year"])
def test_a_status_on_the_way_says_nothing_new(word: str) -> None:
    given(Message, *SENT).when(status(word)).ignored()


@pytest.mark.parametrize(
    "before",
    [
        (ATTEMPTED,),
        (ATTEMPTED, example(MessageOutcomeUnknown)),
        (ATTEMPTED, example(MessageDeferred)),
    ],
)
def test_a_callback_that_overtakes_our_record_proves_acceptance(before: tuple[Event, ...]) -> None:
    """A 503 after the provider had taken the message: the retry would have said it twice."""
    given(Message, REQUESTED, *before).when(status("delivered")).then(ACCEPTED, DELIVERED_FACT)
    given(Message, REQUESTED, *before).when(status("sent")).then(ACCEPTED)


@pytest.mark.parametrize(
    "before", [(), (example(MessageSkipped),), (ATTEMPTED, example(MessageFailed))]
)
def test_a_callback_about_what_was_never_sent_is_ignored(before: tuple[Event, ...]) -> None:
    given(Message, REQUESTED, *before).when(status("delivered")).ignored()


def test_a_reply_is_recorded_once_by_its_reference() -> None:
    replied = given(Message, *SENT).when(example(RecordMessageReply)).then(example(MessageReplied))
    replied.when(example(RecordMessageReply)).ignored()
    replied.when(RecordMessageReply(MESSAGE, Channel.SMS, EXEMPTION)).then(
        MessageReplied(Channel.SMS, EXEMPTION)
    )

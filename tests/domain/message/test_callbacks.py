"""Callbacks come late, twice, out of order, and before our own record of the call."""

import pytest
from hypothesis import given as given_order
from hypothesis.strategies import permutations

from domain.kernel.facts import Event
from domain.message.aggregate import Message
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
    MessageStatusReported,
    MessageUndelivered,
)
from domain.message.statuses import ARRIVED, FAILURES, DeliveryStatus
from domain.shared.contact import Channel
from tests.support.examples import EXEMPTION, MESSAGE, but, example
from tests.support.scenario import given, world

REQUESTED = example(MessageRequested)
ATTEMPTED = example(MessageAttempted)
ACCEPTED = example(MessageAccepted)
DELIVERED_FACT = example(MessageDelivered)
UNDELIVERED_FACT = example(MessageUndelivered)
SENT = (REQUESTED, ATTEMPTED, ACCEPTED)


def status(word: str, code: str = "") -> RecordStatus:
    return but(RecordStatus, status=word, code=code)


@pytest.mark.parametrize("word", sorted(ARRIVED))
def test_a_delivered_message_is_recorded_once(word: str) -> None:
    once = given(Message, *SENT).when(status(word)).then(MessageDelivered(word))
    once.when(status(word)).ignored()


@pytest.mark.parametrize("word", sorted(FAILURES))
def test_an_undelivered_message_is_recorded_once_with_its_code(word: str) -> None:
    once = given(Message, *SENT).when(status(word, "30003"))
    once.then(MessageUndelivered(word, "30003")).when(status(word, "30003")).ignored()


def noted(word: str, standing: str, code: str = "") -> MessageStatusReported:
    return MessageStatusReported(0, "SM0001", DeliveryStatus(word), code, DeliveryStatus(standing))


def test_a_status_moves_upward_only_and_each_report_is_kept() -> None:
    """Trap 45: what comes late or twice overwrites nothing, and an auditor still finds it."""
    delivered = given(Message, *SENT, DELIVERED_FACT)
    delivered.when(status("sent")).then(noted("sent", "delivered")).when(status("sent")).ignored()
    delivered.when(status("read")).then(noted("read", "read"))
    undelivered = given(Message, *SENT, UNDELIVERED_FACT)
    undelivered.when(status("delivered")).then(noted("delivered", "undelivered"))
    undelivered.when(status("failed", "30008")).then(noted("failed", "failed", "30008"))


def test_a_failure_after_delivery_is_news_that_a_person_has_to_look_at() -> None:
    given(Message, *SENT, DELIVERED_FACT).when(status("undelivered", "30003")).then(
        MessageUndelivered("undelivered", "30003")
    )


@given_order(permutations(tuple(DeliveryStatus)))
def test_any_order_of_reports_leads_to_the_same_standing(order: list[DeliveryStatus]) -> None:
    """Trap 45."""
    message = Message.replay(SENT)
    for word in (*order, *order):
        for fact in message.decide(status(word), world().around(status(word))):
            message.evolve(fact)
    assert message.past.standing == {0: DeliveryStatus.FAILED}
    assert len(message.past.reported) == len(DeliveryStatus)


@pytest.mark.parametrize("word", ["queued", "sent", "sending"])
def test_a_status_on_the_way_is_kept(word: str) -> None:
    given(Message, *SENT).when(status(word)).then(noted(word, word))


def test_a_word_of_next_year_says_nothing() -> None:
    given(Message, *SENT).when(status("a-word-of-next-year")).ignored()


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
    given(Message, REQUESTED, *before).when(status("sent")).then(ACCEPTED, noted("sent", "sent"))


def test_a_callback_proves_acceptance_of_what_was_taken_for_refused() -> None:
    failed = given(Message, REQUESTED, ATTEMPTED, example(MessageFailed))
    failed.when(status("delivered")).then(ACCEPTED, DELIVERED_FACT)


@pytest.mark.parametrize("before", [(), (example(MessageSkipped),)])
def test_a_callback_about_what_was_never_called_for_is_no_acceptance(
    before: tuple[Event, ...],
) -> None:
    given(Message, REQUESTED, *before).when(status("delivered")).then(
        noted("delivered", "delivered")
    )


def test_a_reply_is_recorded_once_by_its_reference() -> None:
    replied = given(Message, *SENT).when(example(RecordMessageReply)).then(example(MessageReplied))
    replied.when(example(RecordMessageReply)).ignored()
    replied.when(RecordMessageReply(MESSAGE, Channel.SMS, EXEMPTION)).then(
        MessageReplied(Channel.SMS, EXEMPTION)
    )

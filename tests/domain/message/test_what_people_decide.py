"""A person settles what nobody knew, lets a message go once more, or gives it up."""

import pytest

from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.message.aggregate import Message
from domain.message.commands import (
    AbandonMessage,
    AttemptMessage,
    RecordAccepted,
    RecordStatus,
    ResendMessage,
    SettleUnknown,
)
from domain.message.events import (
    MessageAbandoned,
    MessageAccepted,
    MessageAttempted,
    MessageDeferred,
    MessageDelivered,
    MessageFailed,
    MessageOutcomeUnknown,
    MessageRequested,
    MessageResendOrdered,
    MessageSettled,
    MessageSkipped,
    MessageStatusReported,
    MessageUndelivered,
)
from domain.message.reasons import Finding
from domain.message.refusals import (
    MessageOnItsWay,
    MessageTaken,
    OutcomeKnown,
    OutcomeStillUnknown,
)
from domain.message.statuses import DeliveryStatus
from domain.shared.contact import Channel
from tests.support.examples import KEY, but, example
from tests.support.scenario import given

REQUESTED, ATTEMPTED = example(MessageRequested), example(MessageAttempted)
ACCEPTED, UNKNOWN = example(MessageAccepted), example(MessageOutcomeUnknown)
OPEN = (REQUESTED, ATTEMPTED, UNKNOWN)
NOT_SENT, RESEND = example(SettleUnknown), example(ResendMessage)
SETTLED, ORDERED = example(MessageSettled), example(MessageResendOrdered)
ABANDON, ABANDONED = example(AbandonMessage), example(MessageAbandoned)
SENT = but(SettleUnknown, finding=Finding.SENT)


def test_four_facts_tell_an_auditor_why_a_family_was_written_to_again() -> None:
    """RELIABILITY 3, class C: attempted, unknown, settled, ordered again; each with its actor."""
    story = given(Message, *OPEN).when(NOT_SENT).then(SETTLED).when(RESEND).then(ORDERED)
    story.when(example(AttemptMessage)).then(
        but(MessageAttempted, attempt=2, provider_key=f"{KEY}:SMS:1")
    )
    story.when(example(RecordAccepted)).then(
        MessageAccepted(2, "SM0001", generation=1, channel=Channel.SMS)
    )


def test_what_was_sent_by_a_persons_word_is_not_sent_again() -> None:
    settled = given(Message, *OPEN).when(SENT).then(but(MessageSettled, finding=Finding.SENT))
    settled.when(RESEND).refused(MessageTaken)


def test_a_callback_after_a_persons_word_brings_the_reference() -> None:
    said = but(MessageSettled, finding=Finding.SENT)
    given(Message, *OPEN, said).when(example(RecordStatus)).then(
        ACCEPTED, example(MessageDelivered)
    )
    given(Message, *OPEN, said).when(example(RecordAccepted)).ignored()


def test_only_what_nobody_knows_is_settled() -> None:
    for known in ((), (ATTEMPTED,), (ATTEMPTED, ACCEPTED), (ATTEMPTED, UNKNOWN, SETTLED)):
        given(Message, REQUESTED, *known).when(NOT_SENT).refused(OutcomeKnown)


@pytest.mark.parametrize("command", [RESEND, ABANDON])
@pytest.mark.parametrize(
    ("before", "refusal"),
    [
        ((), MessageOnItsWay),
        ((ATTEMPTED,), MessageOnItsWay),
        ((ATTEMPTED, example(MessageDeferred)), MessageOnItsWay),
        ((ATTEMPTED, UNKNOWN), OutcomeStillUnknown),
        ((ATTEMPTED, ACCEPTED), MessageTaken),
        ((ATTEMPTED, ACCEPTED, example(MessageDelivered)), MessageTaken),
    ],
)
def test_what_may_still_arrive_or_has_arrived_is_left_alone(
    command: Command, before: tuple[Event, ...], refusal: type[MessageTaken]
) -> None:
    given(Message, REQUESTED, *before).when(command).refused(refusal)


@pytest.mark.parametrize(
    "end",
    [
        (example(MessageSkipped),),
        (ATTEMPTED, example(MessageFailed)),
        (ATTEMPTED, ACCEPTED, example(MessageUndelivered)),
        (ATTEMPTED, UNKNOWN, SETTLED),
        (ATTEMPTED, example(MessageFailed), ABANDONED),
    ],
)
def test_what_did_not_go_is_sent_again_or_abandoned_by_a_person(end: tuple[Event, ...]) -> None:
    by_mail = but(ResendMessage, channel=Channel.EMAIL)
    given(Message, REQUESTED, *end).when(by_mail).then(
        but(MessageResendOrdered, channel=Channel.EMAIL)
    )
    once = given(Message, REQUESTED, *end).when(ABANDON)
    assert once.facts == (() if ABANDONED in end else (ABANDONED,))
    once.when(ABANDON).ignored()


def test_a_callback_that_comes_before_the_resend_shows_that_it_is_not_needed() -> None:
    late = given(Message, *OPEN, SETTLED, ORDERED).when(example(RecordStatus))
    late.then(ACCEPTED, example(MessageDelivered)).when(RESEND).refused(MessageTaken)


def test_a_callback_that_comes_after_the_resend_is_kept_as_what_it_is() -> None:
    again = but(MessageAttempted, attempt=2)
    given(Message, *OPEN, SETTLED, ORDERED, again).when(example(RecordStatus)).then(
        MessageStatusReported(0, "SM0001", DeliveryStatus.DELIVERED, "", DeliveryStatus.DELIVERED)
    )


def test_a_callback_may_say_which_generation_it_is_about() -> None:
    again = but(MessageAttempted, attempt=2)
    about = but(RecordStatus, provider_ref="SM0002", generation=1)
    given(Message, *OPEN, SETTLED, ORDERED, again).when(about).then(
        MessageAccepted(2, "SM0002", generation=1, channel=Channel.SMS),
        MessageDelivered("delivered", generation=1),
    )

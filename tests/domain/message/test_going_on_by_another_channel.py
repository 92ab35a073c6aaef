"""A message whose channel is of no use goes on by its fallback: one key, another generation."""

import pytest

from domain.contact_choice.events import ChannelSuppressed, ConsentRecorded
from domain.kernel.facts import Event
from domain.message.aggregate import MAXIMUM_ATTEMPTS, Message
from domain.message.commands import (
    AttemptMessage,
    RecordAccepted,
    RecordRejected,
    RecordStatus,
    RequestMessage,
)
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageDeferred,
    MessageDelivered,
    MessageFailed,
    MessageFallbackNamed,
    MessageOutcomeUnknown,
    MessageRedirected,
    MessageRequested,
    MessageRerouted,
    MessageSkipped,
    MessageStatusReported,
    MessageUndelivered,
)
from domain.message.reasons import MessageSkip, Remedy
from domain.message.statuses import DeliveryStatus
from domain.playbook_run.events import RunCompleted, RunStarted
from domain.shared.contact import Channel, Purpose
from tests.support.examples import KEY, but, example
from tests.support.scenario import given, world

REQUESTED, ATTEMPTED = example(MessageRequested), example(MessageAttempted)
FALLBACK = MessageFallbackNamed(Channel.IN_APP)
ASKED = (REQUESTED, FALLBACK)
ATTEMPT = example(AttemptMessage)
FOR_GOOD = but(RecordRejected, cause="INVALID_NUMBER", next_attempt_at=None, fix_contact=True)
REDIRECTED = but(MessageRedirected, channel=Channel.IN_APP)
TAKEN = (*ASKED, ATTEMPTED, example(MessageAccepted))
LOST = example(MessageUndelivered)
NO_SMS = world(contact_choice=[example(ConsentRecorded), example(ChannelSuppressed)])


def test_a_fallback_is_named_when_a_message_is_asked_for() -> None:
    with_one = but(RequestMessage, fallback=Channel.IN_APP)
    given(Message).when(with_one).then(*ASKED)
    given(Message).when(but(RequestMessage, fallback=Channel.SMS)).then(REQUESTED)


def test_a_channel_that_failed_for_good_gives_way_to_the_fallback_under_the_same_key() -> None:
    over = given(Message, *ASKED, ATTEMPTED).when(FOR_GOOD).then(REDIRECTED)
    over.when(ATTEMPT).then(but(MessageAttempted, attempt=2, provider_key=f"{KEY}:IN_APP:1"))
    over.when(example(RecordAccepted)).then(
        MessageAccepted(2, "SM0001", generation=1, channel=Channel.IN_APP)
    )


def test_tries_that_are_used_up_give_way_to_the_fallback_and_count_anew() -> None:
    facts: list[Event] = []
    for number in range(1, MAXIMUM_ATTEMPTS + 1):
        facts += [but(MessageAttempted, attempt=number), but(MessageDeferred, attempt=number)]
    tried = given(Message, *ASKED, *facts[:-1]).when(example(RecordRejected))
    tried.then(
        but(MessageRedirected, channel=Channel.IN_APP, cause="HTTP_503", remedy=Remedy.RETRY)
    )
    tried.when(ATTEMPT).when(example(RecordRejected)).then(
        but(MessageDeferred, attempt=MAXIMUM_ATTEMPTS + 1)
    )


@pytest.mark.parametrize(
    ("found", "command"),
    [
        (MessageSkip.NO_ADDRESS, but(AttemptMessage, has_address=False)),
        (MessageSkip.WINDOW_CLOSED_NO_TEMPLATE, but(AttemptMessage, free_text=True)),
    ],
)
def test_a_channel_that_cannot_be_used_gives_way_to_the_fallback(
    found: MessageSkip, command: AttemptMessage
) -> None:
    """000-083, trap 44: free text outside the window never leaves."""
    given(Message, *ASKED).when(command).then(
        but(MessageRedirected, channel=Channel.IN_APP, cause=str(found), remedy=None)
    ).when(command).then(MessageSkipped(found))
    given(Message, REQUESTED).when(command).then(MessageSkipped(found))


def test_a_suppressed_channel_and_a_missing_consent_give_way_to_the_fallback() -> None:
    given(Message, *ASKED, world=NO_SMS).when(ATTEMPT).then(
        but(MessageRedirected, channel=Channel.IN_APP, cause="CHANNEL_SUPPRESSED", remedy=None)
    ).when(ATTEMPT).then(but(MessageAttempted, provider_key=f"{KEY}:IN_APP:1"))
    nudge = but(MessageRequested, purpose=Purpose.NUDGE)
    without = given(Message, nudge, FALLBACK).when(ATTEMPT)
    without.then(
        but(MessageRedirected, channel=Channel.IN_APP, cause="CONSENT_MISSING", remedy=None)
    )
    # Neither in the app: it ends for the reason of the channel that was wanted first.
    without.when(but(AttemptMessage, has_address=False)).then(
        MessageSkipped(MessageSkip.CONSENT_MISSING)
    )


def test_a_fallback_that_cannot_be_used_either_leaves_the_first_failure() -> None:
    given(Message, *ASKED, ATTEMPTED, REDIRECTED).when(but(AttemptMessage, has_address=False)).then(
        example(MessageFailed)
    )


def test_a_fallback_that_fails_is_the_end() -> None:
    second = but(MessageAttempted, attempt=2)
    given(Message, *ASKED, ATTEMPTED, REDIRECTED, second).when(FOR_GOOD).then(
        but(MessageFailed, attempt=2)
    )


def test_nothing_goes_on_by_another_channel_while_nobody_knows() -> None:
    """RELIABILITY 3: the family would hear it twice."""
    again = but(MessageAttempted, attempt=2, recovery="IDEMPOTENCY_KEY")
    doubtful = given(Message, *ASKED, ATTEMPTED, again)
    doubtful.when(FOR_GOOD).then(MessageOutcomeUnknown(2, "INVALID_NUMBER"))


def test_what_the_network_could_not_deliver_goes_on_by_the_fallback_though_the_run_is_over() -> (
    None
):
    status = but(RecordStatus, status="undelivered", code="30003", remedy=Remedy.RETRY)
    lost = given(Message, *TAKEN).when(status)
    lost.then(
        LOST,
        but(
            MessageRedirected,
            channel=Channel.IN_APP,
            cause="undelivered:30003",
            remedy=Remedy.RETRY,
        ),
    )
    ended = world(playbook_run=[example(RunStarted), example(RunCompleted)])
    lost.when(ATTEMPT, ended).then(but(MessageAttempted, attempt=2, provider_key=f"{KEY}:IN_APP:1"))


def test_a_report_without_a_code_redirects_and_says_so() -> None:
    given(Message, *TAKEN).when(but(RecordStatus, status="failed")).then(
        MessageUndelivered("failed", ""),
        but(MessageRedirected, channel=Channel.IN_APP, cause="failed", remedy=None),
    )


@pytest.mark.parametrize(
    "before",
    [(example(MessageDelivered),), (LOST, REDIRECTED, but(MessageAttempted, attempt=2))],
)
def test_what_somebody_has_heard_or_is_under_way_again_is_not_redirected(
    before: tuple[Event, ...],
) -> None:
    facts = given(Message, *TAKEN, *before).when(but(RecordStatus, status="failed")).facts
    assert not any(isinstance(fact, MessageRedirected) for fact in facts)


def test_what_we_cancelled_ourselves_is_not_redirected() -> None:
    given(Message, *TAKEN).when(but(RecordStatus, status="canceled")).then(
        MessageUndelivered("canceled", "")
    )


def test_a_late_report_of_the_first_channel_is_kept_and_moves_the_second_one_nowhere() -> None:
    """Trap 45: a generation's reports are its own."""
    late = but(RecordStatus, status="delivered")
    over = given(Message, *TAKEN, LOST, REDIRECTED, but(MessageAttempted, attempt=2))
    over.when(late).then(
        MessageStatusReported(0, "SM0001", DeliveryStatus.DELIVERED, "", DeliveryStatus.UNDELIVERED)
    )
    over.when(but(RecordAccepted, provider_ref="m-2")).then(
        MessageAccepted(2, "m-2", generation=1, channel=Channel.IN_APP)
    )


def test_a_second_provider_is_asked_at_once_when_the_first_certainly_did_not_take_it() -> None:
    failed = but(RecordRejected, other_provider="second")
    over = given(Message, REQUESTED, ATTEMPTED).when(failed).then(example(MessageRerouted))
    over.when(but(AttemptMessage, provider="second")).then(
        but(MessageAttempted, attempt=2, provider="second")
    )


def test_asking_another_provider_does_not_use_up_tries() -> None:
    facts: list[Event] = []
    for number in range(1, 2 * MAXIMUM_ATTEMPTS, 2):
        facts += [
            but(MessageAttempted, attempt=number),
            but(MessageRerouted, attempt=number),
        ]
        facts += [but(MessageAttempted, attempt=number + 1)]
        facts += [but(MessageDeferred, attempt=number + 1)]
    last = given(Message, REQUESTED, *facts[:-5]).when(example(RecordRejected))
    last.then(but(MessageDeferred, attempt=2 * MAXIMUM_ATTEMPTS - 2))
    given(Message, REQUESTED, *facts[:-1]).when(example(RecordRejected)).then(
        MessageFailed(2 * MAXIMUM_ATTEMPTS, "HTTP_503", fix_contact=False, remedy=Remedy.RETRY)
    )


def test_no_second_provider_is_asked_after_an_unknown_outcome() -> None:
    again = but(MessageAttempted, attempt=2, recovery="IDEMPOTENCY_KEY")
    given(Message, REQUESTED, ATTEMPTED, again).when(
        but(RecordRejected, other_provider="second")
    ).then(but(MessageDeferred, attempt=2))


def test_what_may_have_arrived_is_asked_about_to_its_end_although_its_cause_is_gone() -> None:
    again = but(MessageAttempted, attempt=2, recovery="IDEMPOTENCY_KEY")
    doubtful = (REQUESTED, ATTEMPTED, again, but(MessageDeferred, attempt=2))
    given(Message, *doubtful, world=NO_SMS).when(ATTEMPT).then(but(MessageAttempted, attempt=3))

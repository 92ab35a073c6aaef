"""Each attempt ends as accepted, deferred, failed or unknown."""

import pytest

from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.message.aggregate import MAXIMUM_ATTEMPTS, Message
from domain.message.commands import RecordAccepted, RecordRejected, RecordUnknown
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageDeferred,
    MessageFailed,
    MessageOutcomeUnknown,
    MessageRequested,
    MessageSkipped,
)
from domain.message.reasons import Remedy
from domain.message.refusals import MessageUnknown, NoAttemptOpen
from tests.support.examples import but, example
from tests.support.scenario import given

REQUESTED = example(MessageRequested)
ATTEMPTED = example(MessageAttempted)
UNKNOWN = example(MessageOutcomeUnknown)
FOR_GOOD = but(RecordRejected, cause="INVALID_NUMBER", next_attempt_at=None, fix_contact=True)


def attempts(count: int) -> list[Event]:
    facts: list[Event] = []
    for number in range(1, count + 1):
        facts += [
            but(MessageAttempted, attempt=number),
            but(MessageDeferred, attempt=number),
        ]
    return facts[:-1]


def test_an_accepted_message_keeps_the_providers_reference() -> None:
    given(Message, REQUESTED, ATTEMPTED).when(example(RecordAccepted)).then(
        example(MessageAccepted)
    )


def test_accepted_again_is_ignored() -> None:
    given(Message, REQUESTED, ATTEMPTED, example(MessageAccepted)).when(
        example(RecordAccepted)
    ).ignored()


def test_a_failure_that_may_pass_is_deferred() -> None:
    given(Message, REQUESTED, ATTEMPTED).when(example(RecordRejected)).then(
        example(MessageDeferred)
    )


def test_a_failure_that_will_not_pass_ends_the_message_and_asks_for_the_address() -> None:
    given(Message, REQUESTED, ATTEMPTED).when(FOR_GOOD).then(example(MessageFailed))


def test_software_gives_up_after_the_last_attempt() -> None:
    before = attempts(MAXIMUM_ATTEMPTS - 1)
    given(Message, REQUESTED, *before).when(example(RecordRejected)).then(
        but(MessageDeferred, attempt=MAXIMUM_ATTEMPTS - 1)
    )
    last = attempts(MAXIMUM_ATTEMPTS)
    given(Message, REQUESTED, *last).when(example(RecordRejected)).then(
        MessageFailed(MAXIMUM_ATTEMPTS, "HTTP_503", fix_contact=False, remedy=Remedy.RETRY)
    )


def test_a_call_without_an_answer_is_unknown_and_says_so() -> None:
    given(Message, REQUESTED, ATTEMPTED).when(example(RecordUnknown)).then(UNKNOWN)


def test_an_unknown_outcome_may_turn_out_to_have_been_accepted() -> None:
    given(Message, REQUESTED, ATTEMPTED, UNKNOWN).when(example(RecordAccepted)).then(
        example(MessageAccepted)
    )


@pytest.mark.parametrize("command", [FOR_GOOD, example(RecordUnknown), example(RecordAccepted)])
@pytest.mark.parametrize("before", [(), (ATTEMPTED, example(MessageSkipped))])
def test_without_an_open_attempt_there_is_no_outcome(
    command: Command, before: tuple[Event, ...]
) -> None:
    given(Message, REQUESTED, *before).when(command).refused(NoAttemptOpen)


@pytest.mark.parametrize("command", [FOR_GOOD, example(RecordUnknown)])
def test_an_attempt_ends_once(command: Command) -> None:
    given(Message, REQUESTED, ATTEMPTED).when(command).when(command).refused(NoAttemptOpen)


def test_an_outcome_of_no_message_is_unknown() -> None:
    given(Message).when(example(RecordAccepted)).refused(MessageUnknown)

"""A message without words, and one that a sender would come with at night."""

import pytest

from domain.message.aggregate import Message
from domain.message.commands import AttemptMessage, RecordUnsayable
from domain.message.events import (
    MessageAttempted,
    MessageDeferred,
    MessageEvent,
    MessageFailed,
    MessageFallbackNamed,
    MessageRedirected,
    MessageRequested,
)
from domain.message.reasons import Remedy
from domain.playbook_run.events import RunStarted
from domain.shared.contact import Channel
from tests.support.examples import but, example
from tests.support.scenario import given, world

REQUESTED, ATTEMPTED = example(MessageRequested), example(MessageAttempted)
DEFERRED = example(MessageDeferred)
NO_TEXT = example(RecordUnsayable)
RUN = [example(RunStarted)]


def test_a_message_without_words_is_for_a_person_to_see_to() -> None:
    failed = MessageFailed(attempt=0, cause="TEXT_NOT_FOUND", fix_contact=False, remedy=Remedy.STOP)
    given(Message, REQUESTED).when(NO_TEXT).then(failed).when(NO_TEXT).ignored()


def test_another_channel_may_have_the_words() -> None:
    named = MessageFallbackNamed(channel=Channel.EMAIL)
    goes_on = MessageRedirected(
        generation=1, channel=Channel.EMAIL, cause="TEXT_NOT_FOUND", remedy=Remedy.STOP
    )
    told = given(Message, REQUESTED, named).when(NO_TEXT).then(goes_on)
    assert isinstance(told.when(NO_TEXT).facts[0], MessageFailed)


def test_what_was_attempted_has_its_words() -> None:
    given(Message, REQUESTED, ATTEMPTED).when(NO_TEXT).ignored()


@pytest.mark.parametrize("night", ["2025-09-24 18:00", "2025-09-27 12:00", "2025-09-25 03:00"])
@pytest.mark.parametrize(
    ("history", "recovery"),
    [
        ([], ""),  # a sender that was away all day
        ([ATTEMPTED, DEFERRED], ""),
        ([ATTEMPTED], "NOT_FOUND"),  # one that died, and the provider knows of no call
    ],
)
def test_nobody_hears_at_night_what_a_sender_comes_late_with(
    night: str, history: list[MessageEvent], recovery: str
) -> None:
    late = given(Message, REQUESTED, *history, world=world(night, playbook_run=RUN))
    attempt = but(AttemptMessage, recovery=recovery)
    late.when(attempt).ignored()
    morning = world("2025-09-29 09:00", playbook_run=RUN)
    assert isinstance(late.when(attempt, morning).facts[0], MessageAttempted)


def test_a_key_is_shown_again_while_the_provider_keeps_it_also_at_night() -> None:
    """The first call may have arrived: what is known there by its key rings nowhere again."""
    open_ended = given(
        Message, REQUESTED, ATTEMPTED, world=world("2025-09-25 03:00", playbook_run=RUN)
    )
    again = open_ended.when(but(AttemptMessage, recovery="IDEMPOTENCY_KEY"))
    assert isinstance(again.facts[0], MessageAttempted)


def test_a_run_of_which_nothing_is_known_holds_nothing_up() -> None:
    late = given(Message, REQUESTED, ATTEMPTED, DEFERRED, world=world("2025-09-24 18:00"))
    assert isinstance(late.when(example(AttemptMessage)).facts[0], MessageAttempted)

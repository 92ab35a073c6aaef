"""Two guardians on one address hear one message, and why a number takes no texts is said."""

import pytest

from domain.kernel.world import World
from domain.message.aggregate import Message
from domain.message.commands import AttemptMessage
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageDeferred,
    MessageEvent,
    MessageFailed,
    MessageOutcomeUnknown,
    MessageRequested,
    MessageSkipped,
)
from domain.message.reasons import MessageSkip
from domain.shared.contact import Channel
from domain.shared.ids import MessageId, derived_id
from domain.shared.recipients import Unreachable
from tests.support.examples import but, example
from tests.support.scenario import given, world

MOTHERS = MessageId(derived_id("message", "the mother's"))
ASKED, TRIED = example(MessageRequested), example(MessageAttempted)


def attempt(*others: MessageEvent) -> tuple[MessageEvent, ...]:
    """Let the father's message look at the mother's, which is about the same step and address."""
    command = but(AttemptMessage, beside=(MOTHERS,))
    setting = world().around(command)
    seen = {**setting.consulted, MOTHERS: Message.replay(others)}
    looks = World(setting.now, setting.actor, setting.calendars, seen)
    return tuple(Message.replay([ASKED]).decide(command, looks))


@pytest.mark.parametrize(
    "said",
    [
        (TRIED,),
        (TRIED, example(MessageAccepted)),
        (TRIED, example(MessageDeferred)),
        (TRIED, example(MessageOutcomeUnknown)),
    ],
    ids=["in the air", "taken", "again later", "unknown"],
)
def test_what_was_said_to_one_of_them_is_not_said_again(said: tuple[MessageEvent, ...]) -> None:
    """Trap 41: one number, one message, whoever of the two is first."""
    assert attempt(ASKED, *said) == (MessageSkipped(reason=MessageSkip.SAME_ADDRESS),)


@pytest.mark.parametrize(
    "others",
    [
        (),
        (ASKED,),
        (ASKED, MessageSkipped(reason=MessageSkip.CONSENT_MISSING)),
        (ASKED, TRIED, example(MessageFailed)),
        (but(MessageRequested, channel=Channel.EMAIL), TRIED),
    ],
    ids=["never asked for", "not tried yet", "held back", "failed", "another channel"],
)
def test_nobody_is_left_out_for_a_message_that_did_not_go(others: tuple[MessageEvent, ...]) -> None:
    assert attempt(*others) == (TRIED,)


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (Unreachable.NOT_TEXTABLE, MessageSkip.NOT_TEXTABLE),
        (Unreachable.NO_COUNTRY_CODE, MessageSkip.NO_COUNTRY_CODE),
        (Unreachable.NOT_POSSIBLE, MessageSkip.NO_ADDRESS),
        (None, MessageSkip.NO_ADDRESS),
    ],
)
def test_why_a_number_takes_no_texts_is_said(why: Unreachable | None, reason: MessageSkip) -> None:
    """Trap 38: a landline, a fax and a number without a country are no numbers to text."""
    nowhere = but(AttemptMessage, has_address=False, unreachable=why)
    given(Message, ASKED).when(nowhere).then(MessageSkipped(reason=reason))

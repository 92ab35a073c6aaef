"""A message that really went about a stage that asks for attempts is one; others are not."""

import pytest
from msgspec.structs import replace

from domain.intervention.commands import FailAttempt, LogMessage
from domain.intervention.reasons import AttemptWay
from domain.kernel.facts import Event
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageDelivered,
    MessageFailed,
    MessageRequested,
    MessageSettled,
    MessageUndelivered,
)
from domain.message.reasons import Finding
from domain.playbook_run.events import RunStarted
from domain.shared.contact import Channel
from domain.shared.ids import derived_id
from processmanagers.attempt_logger import ATTEMPT_LOGGER
from tests.support.examples import MESSAGE, but, example
from tests.support.following import LookUps, reacting

STARTED = but(RunStarted, stage="CONFERENCE")
ASKING = LookUps(started=STARTED, asking=("CONFERENCE",))


@pytest.mark.parametrize("went", [example(MessageAccepted), example(MessageDelivered)])
def test_what_a_provider_took_or_delivered_is_an_attempt(went: Event) -> None:
    """DOMAIN 3.3, 48262: an attempt by e-mail or phone. Said twice, it has one id."""
    reacting(ATTEMPT_LOGGER, ASKING).to(went).commands(example(LogMessage))


@pytest.mark.parametrize(
    ("channel", "way"),
    [
        (Channel.EMAIL, AttemptWay.EMAIL),
        (Channel.SMS, AttemptWay.TEXT),
        (Channel.WHATSAPP, AttemptWay.TEXT),
        (Channel.IN_APP, AttemptWay.TEXT),
        (Channel.POST, AttemptWay.LETTER),
    ],
)
def test_the_way_of_an_attempt_is_that_of_its_message(channel: Channel, way: AttemptWay) -> None:
    asked = but(MessageRequested, channel=channel)
    world = LookUps(started=STARTED, asking=("CONFERENCE",), requested=asked)
    told = replace(example(LogMessage), way=way)
    reacting(ATTEMPT_LOGGER, world).to(but(MessageAccepted, channel=None)).commands(told)
    other = LookUps(started=STARTED, asking=("CONFERENCE",))
    reacting(ATTEMPT_LOGGER, other).to(but(MessageAccepted, channel=channel)).commands(told)


def test_another_channel_is_another_attempt_and_a_persons_word_counts() -> None:
    by_mail = but(MessageAccepted, attempt=2, generation=1, channel=Channel.EMAIL)
    second = derived_id("attempt", MESSAGE, 1)
    told = replace(example(LogMessage), way=AttemptWay.EMAIL, attempt_id=second)
    reacting(ATTEMPT_LOGGER, ASKING).to(by_mail).commands(told)
    lost = but(MessageUndelivered, generation=1)
    failed = replace(example(FailAttempt), attempt_id=second)
    reacting(ATTEMPT_LOGGER, ASKING).to(lost).commands(failed)
    said = but(MessageSettled, finding=Finding.SENT)
    reacting(ATTEMPT_LOGGER, ASKING).to(said).commands(example(LogMessage))
    reacting(ATTEMPT_LOGGER, ASKING).to(example(MessageSettled)).commands()


def test_a_message_that_never_arrived_was_none() -> None:
    reacting(ATTEMPT_LOGGER, ASKING).to(example(MessageUndelivered)).commands(example(FailAttempt))


def test_a_message_about_another_stage_is_none() -> None:
    other = LookUps(asking=("CONFERENCE",))
    for fact in (example(MessageAccepted), example(MessageUndelivered)):
        reacting(ATTEMPT_LOGGER, other).to(fact).commands()


def test_what_was_only_tried_or_refused_is_none() -> None:
    for fact in (example(MessageAttempted), example(MessageFailed)):
        reacting(ATTEMPT_LOGGER, ASKING).to(fact).commands()

"""A step asks for its message, and the message's end settles the step."""

import pytest

from domain.kernel.facts import Event
from domain.message.commands import RequestMessage
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageDeferred,
    MessageDelivered,
    MessageFailed,
    MessageOutcomeUnknown,
    MessageReplied,
    MessageSettled,
    MessageSkipped,
    MessageUndelivered,
)
from domain.message.reasons import Finding, MessageSkip
from domain.playbook_run.commands import RecordDelivery, SettleStep, StepOutcome
from domain.playbook_run.events import RunStarted, SkipReason, StepRequested, StepScheduled
from domain.shared.contact import Channel
from processmanagers.message_requester import MESSAGE_REQUESTER
from processmanagers.step_settler import STEP_SETTLER
from tests.support.examples import GUARDIAN, PLAYBOOK_1, but, example
from tests.support.following import LookUps, reacting


def test_a_step_whose_time_came_asks_for_its_message() -> None:
    reacting(MESSAGE_REQUESTER).to(example(StepRequested)).commands(example(RequestMessage))


def test_a_step_names_the_channel_to_fall_back_to() -> None:
    step = but(StepRequested, fallback=Channel.EMAIL)
    reacting(MESSAGE_REQUESTER).to(step).commands(but(RequestMessage, fallback=Channel.EMAIL))


def test_the_message_takes_purpose_and_template_from_the_frozen_playbook() -> None:
    told = reacting(MESSAGE_REQUESTER).to(example(StepRequested)).told[0]
    assert isinstance(told, RequestMessage)
    assert told.purpose is PLAYBOOK_1.purpose
    assert told.template_key == PLAYBOOK_1.text_of("sms")


def test_a_household_without_a_guardian_has_nobody_to_write_to() -> None:
    household = LookUps(started=but(RunStarted, guardian_id=None))
    reacting(MESSAGE_REQUESTER, household).to(example(StepRequested)).commands()


def test_a_message_for_a_home_goes_to_the_member_whom_the_step_reaches() -> None:
    household = LookUps(started=but(RunStarted, guardian_id=None, members=(GUARDIAN,)))
    reached = but(StepRequested, guardian_id=GUARDIAN)
    reacting(MESSAGE_REQUESTER, household).to(reached).commands(example(RequestMessage))


def test_a_step_in_the_diary_asks_for_nothing_yet() -> None:
    reacting(MESSAGE_REQUESTER).to(example(StepScheduled)).commands()


@pytest.mark.parametrize(
    ("end", "settled"),
    [
        (example(MessageAccepted), but(SettleStep, channel=Channel.SMS)),
        (but(MessageAccepted, channel=None), example(SettleStep)),
        (
            but(MessageSettled, finding=Finding.SENT, channel=Channel.EMAIL),
            but(SettleStep, channel=Channel.EMAIL),
        ),
        (
            example(MessageSettled),
            but(SettleStep, outcome=StepOutcome.FAILED, cause="NOT_SENT"),
        ),
        (
            example(MessageFailed),
            but(SettleStep, outcome=StepOutcome.FAILED, cause="INVALID_NUMBER"),
        ),
        (
            example(MessageOutcomeUnknown),
            but(SettleStep, outcome=StepOutcome.UNKNOWN, cause="TIME_OUT"),
        ),
        (
            example(MessageSkipped),
            but(
                SettleStep,
                outcome=StepOutcome.SKIPPED,
                skip_reason=SkipReason.CONSENT_MISSING,
            ),
        ),
    ],
)
def test_the_end_of_a_message_settles_its_step(end: Event, settled: SettleStep) -> None:
    reacting(STEP_SETTLER).to(end).commands(settled)


@pytest.mark.parametrize("reason", list(MessageSkip))
def test_every_reason_to_skip_a_message_is_one_to_skip_a_step(reason: MessageSkip) -> None:
    told = reacting(STEP_SETTLER).to(MessageSkipped(reason)).told[0]
    assert isinstance(told, SettleStep)
    assert told.skip_reason == SkipReason(reason.value)


@pytest.mark.parametrize(
    "news", [example(MessageAttempted), example(MessageDeferred), example(MessageReplied)]
)
def test_news_on_the_way_settles_nothing(news: Event) -> None:
    reacting(STEP_SETTLER).to(news).commands()


@pytest.mark.parametrize("delivered", [True, False])
def test_the_run_hears_what_the_network_said(delivered: bool) -> None:
    news = example(MessageDelivered) if delivered else example(MessageUndelivered)
    reacting(STEP_SETTLER).to(news).commands(but(RecordDelivery, delivered=delivered))

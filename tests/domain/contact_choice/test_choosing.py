"""What a guardian agreed to, refused, or cannot be reached by."""

import pytest

from domain.contact_choice.aggregate import ContactChoice
from domain.contact_choice.commands import LiftSuppression, RecordConsent, SuppressChannel
from domain.contact_choice.events import (
    ChannelSuppressed,
    ConsentRecorded,
    SuppressionCause,
    SuppressionLifted,
)
from domain.shared.contact import Channel, Purpose
from tests.support.examples import but, example
from tests.support.scenario import given

YES = example(ConsentRecorded)
NO = but(ConsentRecorded, given=False)
STOPPED = example(ChannelSuppressed)


def test_an_answer_about_a_channel_is_recorded_and_its_repetition_ignored() -> None:
    answered = given(ContactChoice).when(example(RecordConsent)).then(YES)
    answered.when(but(RecordConsent, source="IMPORT")).ignored()
    answered.when(but(RecordConsent, given=False)).then(NO)


def test_unknown_is_not_yes_for_a_nudge() -> None:
    unknown = ContactChoice()
    assert not unknown.allows(Channel.SMS, Purpose.NUDGE)


def test_a_yes_holds_for_its_own_channel_until_it_is_taken_back() -> None:
    assert ContactChoice.replay([YES]).allows(Channel.SMS, Purpose.NUDGE)
    assert not ContactChoice.replay([YES]).allows(Channel.EMAIL, Purpose.NUDGE)
    assert not ContactChoice.replay([YES, NO]).allows(Channel.SMS, Purpose.NUDGE)


@pytest.mark.parametrize("purpose", [Purpose.STATUTORY_NOTICE, Purpose.SAFETY])
def test_notices_and_safety_need_no_consent(purpose: Purpose) -> None:
    assert ContactChoice.replay([NO]).allows(Channel.SMS, purpose)


def test_a_stop_suppresses_the_channel_once() -> None:
    stopped = given(ContactChoice, YES).when(example(SuppressChannel)).then(STOPPED)
    assert stopped.state.is_suppressed(Channel.SMS)
    assert not stopped.state.is_suppressed(Channel.EMAIL)
    stopped.when(but(SuppressChannel, cause=SuppressionCause.COMPLAINT)).ignored()


def test_a_suppression_is_lifted_once_and_only_if_there_is_one() -> None:
    lifted = given(ContactChoice, STOPPED).when(example(LiftSuppression))
    lifted.then(example(SuppressionLifted))
    assert not lifted.state.is_suppressed(Channel.SMS)
    lifted.when(example(LiftSuppression)).ignored()

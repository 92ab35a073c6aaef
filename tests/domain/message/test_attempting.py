"""An attempt is committed before each call, and never twice without a reason."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.case.events import CaseClosed, CaseOpened
from domain.contact_choice.events import ChannelSuppressed, ConsentRecorded, NoticeEmailAnswered
from domain.exemption.events import ExemptionGranted
from domain.intervention.events import (
    AbsenceExplained,
    InterventionOpened,
    InterventionStopped,
    StageEntered,
    StageUnsupported,
    StopReason,
)
from domain.kernel.facts import Event
from domain.message.aggregate import Message
from domain.message.commands import AttemptMessage, RecordAccepted, RequestMessage
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageDeferred,
    MessageFailed,
    MessageFallbackNamed,
    MessageOutcomeUnknown,
    MessageRequested,
    MessageSkipped,
)
from domain.message.reasons import MessageSkip
from domain.message.refusals import AttemptOpen, MessageSettled, MessageUnknown
from domain.playbook_run.events import RunStarted, RunStopped
from domain.shared.contact import Channel, Purpose
from domain.shared.recipients import Contact
from tests.support.examples import GUARDIAN, KEY, SIBLING, STUDENT, TODAY, but, example
from tests.support.scenario import Setting, given, world

YESTERDAY = TODAY - timedelta(days=1)
REQUESTED = example(MessageRequested)
ATTEMPTED = example(MessageAttempted)
DEFERRED = example(MessageDeferred)
NUDGE = but(MessageRequested, purpose=Purpose.NUDGE)
ATTEMPT = example(AttemptMessage)
CLOSED = world(case=[example(CaseOpened), example(CaseClosed)])
EXEMPT = world(exemption=[example(ExemptionGranted)])
STOPPED_RUN = world(playbook_run=[example(RunStarted), example(RunStopped)])
SUPPRESSED = world(contact_choice=[example(ConsentRecorded), example(ChannelSuppressed)])


def skipped(reason: MessageSkip) -> MessageSkipped:
    return MessageSkipped(reason)


def test_a_message_is_asked_for_once() -> None:
    asked = given(Message).when(example(RequestMessage)).then(REQUESTED)
    asked.when(but(RequestMessage, template_key="ANOTHER")).ignored()


def test_an_attempt_is_a_fact_with_the_key_that_the_provider_sees() -> None:
    given(Message, REQUESTED).when(ATTEMPT).then(ATTEMPTED)
    assert ATTEMPTED.provider_key == f"{KEY}:SMS:0"


def test_a_message_that_was_never_asked_for_is_unknown() -> None:
    given(Message).when(ATTEMPT).refused(MessageUnknown)


def test_an_open_attempt_is_not_repeated() -> None:
    given(Message, REQUESTED, ATTEMPTED).when(ATTEMPT).refused(AttemptOpen)


@pytest.mark.parametrize("recovery", ["IDEMPOTENCY_KEY", "NOT_FOUND"])
def test_an_attempt_of_a_dead_sender_is_repeated_under_the_same_key(recovery: str) -> None:
    given(Message, REQUESTED, ATTEMPTED).when(but(AttemptMessage, recovery=recovery)).then(
        but(MessageAttempted, attempt=2, recovery=recovery)
    )


def test_a_deferred_message_is_attempted_again() -> None:
    given(Message, REQUESTED, ATTEMPTED, DEFERRED).when(ATTEMPT).then(
        but(MessageAttempted, attempt=2)
    )


@pytest.mark.parametrize(
    "end",
    [
        example(MessageAccepted),
        example(MessageFailed),
        example(MessageOutcomeUnknown),
        example(MessageSkipped),
    ],
)
def test_a_settled_message_is_not_attempted_again(end: Event) -> None:
    given(Message, REQUESTED, ATTEMPTED, end).when(ATTEMPT).refused(MessageSettled)


@pytest.mark.parametrize("setting", [CLOSED, EXEMPT, STOPPED_RUN])
def test_the_last_look_finds_what_stopped_meanwhile(setting: Setting) -> None:
    given(Message, REQUESTED, world=setting).when(ATTEMPT).then(
        skipped(MessageSkip.STOP_CONDITION_MET)
    )


def test_the_last_look_finds_a_suppressed_channel() -> None:
    given(Message, REQUESTED, world=SUPPRESSED).when(ATTEMPT).then(
        skipped(MessageSkip.CHANNEL_SUPPRESSED)
    )


def test_a_suppressed_channel_leaves_the_other_channels() -> None:
    by_email = but(MessageRequested, channel=Channel.EMAIL)
    agreed = world(contact_choice=[example(ChannelSuppressed), example(NoticeEmailAnswered)])
    given(Message, by_email, world=agreed).when(ATTEMPT).then(
        but(MessageAttempted, provider_key=f"{KEY}:EMAIL:0")
    )


def test_a_nudge_needs_a_recorded_yes_and_a_notice_does_not() -> None:
    given(Message, NUDGE).when(ATTEMPT).then(skipped(MessageSkip.CONSENT_MISSING))
    given(Message, REQUESTED).when(ATTEMPT).then(ATTEMPTED)
    consenting = world(contact_choice=[example(ConsentRecorded)])
    given(Message, NUDGE, world=consenting).when(ATTEMPT).then(ATTEMPTED)


@pytest.mark.parametrize("channel", [one for one in Channel if one is not Channel.POST])
def test_consent_and_choices_are_looked_at_by_channel(channel: Channel) -> None:
    """000-021: a yes to one channel is none to another, and a stop of one stops no other."""
    other = next(one for one in Channel if one not in {channel, Channel.POST})
    nudge = but(MessageRequested, purpose=Purpose.NUDGE, channel=channel)
    yes, elsewhere = (but(ConsentRecorded, channel=one) for one in (channel, other))
    stop, stopped_there = (but(ChannelSuppressed, channel=one) for one in (channel, other))
    for choices, missing in (
        ([yes], None),
        ([elsewhere], MessageSkip.CONSENT_MISSING),
        ([yes, stopped_there], None),
        ([yes, stop], MessageSkip.CHANNEL_SUPPRESSED),
    ):
        told = given(Message, nudge, world=world(contact_choice=choices)).when(ATTEMPT)
        assert getattr(told.facts[0], "reason", None) is missing


def test_a_guardian_without_an_address_is_skipped() -> None:
    given(Message, REQUESTED).when(but(AttemptMessage, has_address=False)).then(
        skipped(MessageSkip.NO_ADDRESS)
    )


TOLD = Contact(GUARDIAN, may_receive_info=True, has_parental_responsibility=True)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (replace(TOLD, no_contact=True), MessageSkip.NO_CONTACT),
        (replace(TOLD, no_contact=True, no_contact_until=TODAY), MessageSkip.NO_CONTACT),
        (replace(TOLD, no_contact=True, no_contact_until=YESTERDAY), None),
        (replace(TOLD, may_receive_info=False), MessageSkip.NO_RIGHT_TO_KNOW),
        (replace(TOLD, may_receive_info=None), MessageSkip.RIGHT_UNKNOWN),
        (replace(TOLD, has_parental_responsibility=None), MessageSkip.RESPONSIBILITY_UNKNOWN),
        (replace(TOLD, has_parental_responsibility=False), None),
        (TOLD, None),
    ],
)
def test_the_last_look_sees_who_may_no_longer_be_told(
    now: Contact, reason: MessageSkip | None
) -> None:
    """Traps 33, 34: flag and right are asked of the register at the call, not at the request."""
    setting = Setting(contacts=((STUDENT, now),))
    expected = ATTEMPTED if reason is None else skipped(reason)
    given(Message, REQUESTED, world=setting).when(ATTEMPT).then(expected)


def test_what_stands_in_the_register_about_another_child_stops_nothing() -> None:
    setting = Setting(contacts=((SIBLING, replace(TOLD, no_contact=True)),))
    given(Message, REQUESTED, world=setting).when(ATTEMPT).then(ATTEMPTED)


def test_who_may_not_be_told_is_told_by_no_other_channel_either() -> None:
    """A no-contact flag holds for the person; a fallback would only go to the same one."""
    setting = Setting(contacts=((STUDENT, replace(TOLD, no_contact=True)),))
    with_fallback = (REQUESTED, example(MessageFallbackNamed))
    given(Message, *with_fallback, world=setting).when(ATTEMPT).then(
        skipped(MessageSkip.NO_CONTACT)
    )


OPENED, ENTERED = example(InterventionOpened), example(StageEntered)
VOID, CONTACT = example(StageUnsupported), but(AbsenceExplained, stage="LETTER_1")
LEFT = but(InterventionStopped, reason=StopReason.LEFT_ROLL)
RUN_1 = but(RunStarted, firing=1)


@pytest.mark.parametrize(
    ("lost", "reason"),
    [
        (VOID, MessageSkip.NOT_SUPPORTED_BY_REGISTER),
        (CONTACT, MessageSkip.VALID_REASON),
        (LEFT, MessageSkip.LEFT_ROLL),
    ],
)
def test_the_last_look_finds_that_the_ladder_has_nothing_more_to_say(
    lost: Event, reason: MessageSkip
) -> None:
    """Trap 27: before anybody has stopped the run, and with the register's reason."""
    for run in (RUN_1, example(RunStarted)):  # older runs do not know their firing
        setting = world(playbook_run=[run], intervention=[OPENED, ENTERED, lost])
        given(Message, REQUESTED, world=setting).when(ATTEMPT).then(skipped(reason))
    stands = world(playbook_run=[RUN_1], intervention=[OPENED, ENTERED])
    given(Message, REQUESTED, world=stands).when(ATTEMPT).then(ATTEMPTED)


def test_a_message_of_another_firing_is_not_stopped_by_this_one() -> None:
    second = but(StageEntered, firing=2)
    void = but(StageUnsupported, firing=2)
    for firing, reason in ((1, None), (2, MessageSkip.NOT_SUPPORTED_BY_REGISTER)):
        setting = world(
            playbook_run=[but(RunStarted, firing=firing)],
            intervention=[OPENED, ENTERED, second, void],
        )
        expected = ATTEMPTED if reason is None else skipped(reason)
        given(Message, REQUESTED, world=setting).when(ATTEMPT).then(expected)


def test_a_deferred_message_that_lost_its_cause_is_skipped() -> None:
    given(Message, REQUESTED, ATTEMPTED, DEFERRED, world=CLOSED).when(ATTEMPT).then(
        skipped(MessageSkip.STOP_CONDITION_MET)
    )


def test_a_call_that_never_arrived_is_skipped_when_its_cause_is_gone() -> None:
    lost = but(AttemptMessage, recovery="NOT_FOUND")
    given(Message, REQUESTED, ATTEMPTED, world=CLOSED).when(lost).then(
        skipped(MessageSkip.STOP_CONDITION_MET)
    )


def test_a_call_that_may_have_arrived_is_repeated_under_its_key_to_learn_its_end() -> None:
    perhaps = but(AttemptMessage, recovery="IDEMPOTENCY_KEY")
    given(Message, REQUESTED, ATTEMPTED, world=CLOSED).when(perhaps).then(
        but(MessageAttempted, attempt=2, recovery="IDEMPOTENCY_KEY")
    )


def test_an_accepted_message_ends_the_story_of_its_attempt() -> None:
    given(Message, REQUESTED).when(ATTEMPT).then(ATTEMPTED).when(example(RecordAccepted)).then(
        example(MessageAccepted)
    ).when(ATTEMPT).refused(MessageSettled)

"""What was said to whom, and what is still to be sent."""

from datetime import timedelta

import pytest

from domain.kernel.facts import Event
from domain.message.events import (
    MessageAbandoned,
    MessageAccepted,
    MessageAttempted,
    MessageDeferred,
    MessageDelivered,
    MessageFailed,
    MessageFallbackNamed,
    MessageMisaddressed,
    MessageOpened,
    MessageOutcomeUnknown,
    MessageRedirected,
    MessageReplied,
    MessageRequested,
    MessageRerouted,
    MessageResendOrdered,
    MessageSettled,
    MessageSkipped,
    MessageStatusReported,
    MessageUndelivered,
)
from domain.message.reasons import Finding, Remedy
from domain.message.statuses import DeliveryStatus
from domain.register_batch.events import BatchRecorded
from domain.shared.contact import Channel
from projections.messages import MESSAGES, OFFICE, OPERATOR, MessageRow
from projections.outbox import OUTBOX, OutboxRow
from tests.support.examples import (
    GUARDIAN,
    KEY,
    MESSAGE,
    RUN,
    SCHOOL,
    STUDENT,
    but,
    example,
)
from tests.support.following import project, recorded
from tests.support.scenario import NOW

REQUESTED, ATTEMPTED = example(MessageRequested), example(MessageAttempted)
DEFERRED, ACCEPTED = example(MessageDeferred), example(MessageAccepted)
UNKNOWN, FAILED = example(MessageOutcomeUnknown), example(MessageFailed)
SETTLED, ORDERED = example(MessageSettled), example(MessageResendOrdered)
SAID_SENT = but(MessageSettled, finding=Finding.SENT)
READ = MessageStatusReported(0, "SM0001", DeliveryStatus.READ, "", DeliveryStatus.READ)
OF_THE_ACCOUNT = MessageFailed(1, "REFUSED:20003", fix_contact=False, remedy=Remedy.STOP)


def test_a_message_that_was_asked_for_is_work() -> None:
    project(OUTBOX, REQUESTED).shows(OutboxRow(message_id=MESSAGE))


def test_an_open_attempt_is_seen_by_the_next_sender() -> None:
    row = project(OUTBOX, REQUESTED, ATTEMPTED).row
    assert (row.attempted_at, row.not_before) == (NOW, None)


def test_a_deferred_message_waits_and_is_open_no_more() -> None:
    row = project(OUTBOX, REQUESTED, ATTEMPTED, DEFERRED).row
    assert (row.attempted_at, row.not_before) == (None, DEFERRED.next_attempt_at)
    again = project(OUTBOX, REQUESTED, ATTEMPTED, DEFERRED, but(MessageAttempted, attempt=2)).row
    assert (again.attempted_at, again.not_before) == (NOW, None)


@pytest.mark.parametrize(
    "anew",
    [example(MessageRedirected), example(MessageResendOrdered), example(MessageRerouted)],
)
def test_what_goes_on_or_goes_once_more_is_work_again(anew: Event) -> None:
    for before in ((ATTEMPTED,), (ATTEMPTED, ACCEPTED), (ATTEMPTED, FAILED)):
        project(OUTBOX, REQUESTED, *before, anew).shows(OutboxRow(message_id=MESSAGE))


@pytest.mark.parametrize(
    "end", [ACCEPTED, FAILED, UNKNOWN, example(MessageSkipped)], ids=lambda e: type(e).__name__
)
def test_a_settled_message_is_not_to_be_sent_and_is_not_revived(end: Event) -> None:
    project(OUTBOX, REQUESTED, ATTEMPTED, end).shows_nothing()
    project(OUTBOX, REQUESTED, ATTEMPTED, end, example(MessageReplied)).shows_nothing()


def test_a_reply_to_a_message_that_waits_changes_nothing_of_it() -> None:
    before = project(OUTBOX, REQUESTED).rows
    assert project(OUTBOX, REQUESTED, example(MessageReplied)).rows == before


def test_a_requested_message_is_listed_with_its_run_and_guardian() -> None:
    project(MESSAGES, REQUESTED).shows(
        MessageRow(
            message_id=MESSAGE,
            key=KEY,
            channel=REQUESTED.channel,
            school_id=SCHOOL,
            student_id=STUDENT,
            guardian_id=GUARDIAN,
            run_id=RUN,
            step_id="sms",
            status="REQUESTED",
            requested_at=NOW,
            moved_at=NOW,
            purpose=REQUESTED.purpose,
            template_key="NUDGE_SMS",
        )
    )


@pytest.mark.parametrize(
    ("facts", "status", "reason"),
    [
        ((ATTEMPTED,), "ATTEMPTED", None),
        ((ATTEMPTED, DEFERRED), "DEFERRED", "HTTP_503"),
        ((ATTEMPTED, FAILED), "FAILED", "INVALID_NUMBER"),
        ((ATTEMPTED, example(MessageRerouted)), "DEFERRED", "HTTP_503"),
        ((ATTEMPTED, example(MessageRedirected)), "REQUESTED", "INVALID_NUMBER"),
        ((ATTEMPTED, UNKNOWN, SETTLED), "NOT_SENT", "SETTLED:PROVIDER_SAYS"),
        ((ATTEMPTED, UNKNOWN, SAID_SENT), "ACCEPTED", "SETTLED:PROVIDER_SAYS"),
        ((ATTEMPTED, UNKNOWN, SETTLED, ORDERED), "REQUESTED", "WAS_NOT_SENT"),
        ((ATTEMPTED, FAILED, example(MessageAbandoned)), "ABANDONED", "TOLD_OTHERWISE"),
        ((ATTEMPTED, ACCEPTED, example(MessageStatusReported)), "ACCEPTED", None),
        ((ATTEMPTED, ACCEPTED, MessageDelivered("read")), "READ", None),
        ((ATTEMPTED, ACCEPTED, MessageDelivered("delivered"), READ), "READ", None),
        ((ATTEMPTED, UNKNOWN), "OUTCOME_UNKNOWN", "TIME_OUT"),
        ((ATTEMPTED, UNKNOWN, ACCEPTED), "ACCEPTED", None),
        ((example(MessageSkipped),), "SKIPPED", "CONSENT_MISSING"),
        ((ATTEMPTED, ACCEPTED, example(MessageDelivered)), "DELIVERED", None),
        ((ATTEMPTED, ACCEPTED, example(MessageUndelivered)), "UNDELIVERED", "30003"),
    ],
)
def test_a_message_shows_what_became_of_it(
    facts: tuple[Event, ...], status: str, reason: str | None
) -> None:
    row = project(MESSAGES, REQUESTED, *facts).row
    assert (row.status, row.reason) == (status, reason)


def test_a_message_shows_reference_and_moments() -> None:
    facts = (REQUESTED, ATTEMPTED, ACCEPTED, example(MessageDelivered), example(MessageReplied))
    hours = [recorded(f, version=n, on=NOW + timedelta(hours=n)) for n, f in enumerate(facts, 1)]
    row = project(MESSAGES, *hours).row
    assert (row.provider_ref, row.attempts) == ("SM0001", 1)
    moments = (row.requested_at, row.accepted_at, row.delivered_at, row.replied_at)
    assert moments == tuple(NOW + timedelta(hours=n) for n in (1, 3, 4, 5))


@pytest.mark.parametrize(
    ("facts", "owner", "remedy"),
    [
        ((ATTEMPTED, FAILED), OFFICE, Remedy.FIX_CONTACT),
        ((ATTEMPTED, but(MessageFailed, remedy=None)), OFFICE, Remedy.FIX_CONTACT),
        ((ATTEMPTED, OF_THE_ACCOUNT), OPERATOR, Remedy.STOP),
        ((ATTEMPTED, ACCEPTED, example(MessageUndelivered)), OFFICE, Remedy.RETRY),
        ((ATTEMPTED, UNKNOWN, SETTLED), OFFICE, Remedy.RETRY),
    ],
)
def test_a_dead_letter_has_an_owner_and_says_what_would_help(
    facts: tuple[Event, ...], owner: str, remedy: Remedy
) -> None:
    row = project(MESSAGES, REQUESTED, *facts).row
    assert (row.dead, row.owner, row.remedy) == (True, owner, remedy)
    for end in (ORDERED, example(MessageAbandoned), but(MessageAccepted, attempt=2)):
        row = project(MESSAGES, REQUESTED, *facts, end).row
        assert (row.dead, row.owner) == (False, None)


def test_a_message_nobody_knows_about_has_an_owner_and_is_no_dead_letter() -> None:
    row = project(MESSAGES, REQUESTED, ATTEMPTED, UNKNOWN).row
    assert (row.dead, row.owner) == (False, OFFICE)


def test_a_generation_is_known_by_its_own_channel_and_reference() -> None:
    by_mail = (but(MessageAttempted, attempt=2, provider="smtp"), MessageAccepted(2, "m-2", 1))
    went = (REQUESTED, example(MessageFallbackNamed), ATTEMPTED, ACCEPTED)
    late = MessageUndelivered("failed", "30003")
    row = project(MESSAGES, *went, example(MessageRedirected), *by_mail, late).row
    assert (row.channel, row.generation, row.fallback) == (Channel.EMAIL, 1, Channel.EMAIL)
    assert (row.provider, row.provider_ref, row.earlier_ref) == ("smtp", "m-2", "SM0001")
    assert (row.status, row.delivery) == ("ACCEPTED", None)


@pytest.mark.parametrize("news", [example(MessageOpened), example(MessageMisaddressed)])
def test_what_people_do_with_a_message_moves_it_nowhere(news: Event) -> None:
    before = project(MESSAGES, REQUESTED, ATTEMPTED, DEFERRED).rows
    assert project(MESSAGES, REQUESTED, ATTEMPTED, DEFERRED, news).rows == before


def test_other_streams_are_no_messages() -> None:
    other = recorded(example(BatchRecorded))
    assert (OUTBOX.keys(other), MESSAGES.keys(other)) == ((), ())
    assert MESSAGES.evolve(None, other, "x") is None

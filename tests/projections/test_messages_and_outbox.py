"""What was said to whom, and what is still to be sent."""

from datetime import timedelta

import pytest

from domain.kernel.facts import Event
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageDeferred,
    MessageDelivered,
    MessageFailed,
    MessageOutcomeUnknown,
    MessageReplied,
    MessageRequested,
    MessageSkipped,
    MessageUndelivered,
)
from domain.register_batch.events import BatchRecorded
from projections.messages import MESSAGES, MessageRow
from projections.outbox import OUTBOX, OutboxRow
from tests.support.examples import (
    CASE,
    GUARDIAN,
    INTERVENTION,
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


def test_a_message_to_send_carries_what_its_sender_must_look_at() -> None:
    project(OUTBOX, REQUESTED).shows(
        OutboxRow(
            message_id=MESSAGE,
            key=KEY,
            channel=REQUESTED.channel,
            template_key="NUDGE_SMS",
            school_id=SCHOOL,
            student_id=STUDENT,
            guardian_id=GUARDIAN,
            run_id=RUN,
            case_id=CASE,
            intervention_id=INTERVENTION,
        )
    )


def test_an_open_attempt_is_seen_by_the_next_sender() -> None:
    row = project(OUTBOX, REQUESTED, ATTEMPTED).row
    assert (row.attempt, row.attempted_at, row.not_before) == (1, NOW, None)
    assert row.provider_key == f"{KEY}:SMS:0"


def test_a_deferred_message_waits_and_is_open_no_more() -> None:
    row = project(OUTBOX, REQUESTED, ATTEMPTED, DEFERRED).row
    assert (row.attempted_at, row.not_before) == (None, DEFERRED.next_attempt_at)
    again = project(OUTBOX, REQUESTED, ATTEMPTED, DEFERRED, but(MessageAttempted, attempt=2)).row
    assert (again.attempt, again.not_before) == (2, None)


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
        )
    )


@pytest.mark.parametrize(
    ("facts", "status", "reason"),
    [
        ((ATTEMPTED,), "ATTEMPTED", None),
        ((ATTEMPTED, DEFERRED), "DEFERRED", "HTTP_503"),
        ((ATTEMPTED, FAILED), "FAILED", "INVALID_NUMBER"),
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


def test_other_streams_are_no_messages() -> None:
    other = recorded(example(BatchRecorded))
    assert (OUTBOX.keys(other), MESSAGES.keys(other)) == ((), ())
    assert MESSAGES.evolve(None, other, "x") is None

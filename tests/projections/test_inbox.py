"""What was said inside the product, to whom, and whether it was read."""

import pytest

from domain.kernel.facts import Event
from domain.message.events import (
    MessageAccepted,
    MessageAttempted,
    MessageFailed,
    MessageFallbackNamed,
    MessageMisaddressed,
    MessageOpened,
    MessageRedirected,
    MessageRequested,
    MessageSkipped,
    Opening,
)
from domain.shared.contact import Channel
from domain.shared.ids import derived_id
from projections.inbox import INBOX
from tests.support.examples import GUARDIAN, SCHOOL, STUDENT, but, example
from tests.support.following import project
from tests.support.scenario import NOW

REQUESTED = but(MessageRequested, channel=Channel.IN_APP)
ACCEPTED = example(MessageAccepted)
READ = but(MessageOpened, how=Opening.READ_IN_APP)


def test_a_message_has_arrived_once_it_was_taken_and_is_read_when_the_guardian_says_so() -> None:
    waiting = project(INBOX, REQUESTED, example(MessageAttempted)).row
    assert (waiting.arrived_at, waiting.read_at) == (None, None)
    row = project(INBOX, REQUESTED, ACCEPTED).row
    assert (row.guardian_id, row.student_id, row.school_id) == (GUARDIAN, STUDENT, SCHOOL)
    assert (row.arrived_at, row.read_at) == (NOW, None)
    assert project(INBOX, REQUESTED, ACCEPTED, READ).row.read_at == NOW


@pytest.mark.parametrize("fact", [example(MessageMisaddressed), example(MessageOpened)])
def test_what_happens_elsewhere_is_not_a_reading(fact: Event) -> None:
    assert project(INBOX, REQUESTED, ACCEPTED, fact).row.read_at is None


@pytest.mark.parametrize("end", [example(MessageSkipped), example(MessageFailed)])
def test_what_did_not_go_is_in_nobody_s_inbox(end: Event) -> None:
    assert project(INBOX, REQUESTED, end).rows == {}


def test_what_another_channel_could_not_do_arrives_here_in_words_of_its_own() -> None:
    """The fallback of a text: until then it is in nobody's inbox."""
    named = but(MessageFallbackNamed, channel=Channel.IN_APP)
    texted = (example(MessageRequested), named, example(MessageAttempted), ACCEPTED)
    before = project(INBOX, *texted).row
    assert (before.is_here, before.arrived_at) == (False, None)
    here = but(MessageRedirected, channel=Channel.IN_APP)
    row = project(INBOX, *texted, here, ACCEPTED).row
    assert (row.is_here, row.arrived_at) == (True, NOW)
    assert row.words_id == derived_id("words", row.message_id, Channel.IN_APP)
    away = but(MessageRedirected, channel=Channel.SMS)
    assert project(INBOX, REQUESTED, away).rows == {}


def test_other_channels_have_no_inbox_here() -> None:
    texted = (example(MessageRequested), example(MessageAttempted), ACCEPTED)
    assert project(INBOX, *texted).rows == {}

"""A meeting is held, missed or cancelled once, and then has one outcome."""

import pytest

from domain.kernel.commands import Command
from domain.kernel.facts import Event
from domain.meeting.aggregate import Meeting
from domain.meeting.commands import CancelMeeting, HoldMeeting, MissMeeting, RecordOutcome
from domain.meeting.events import (
    MeetingCancelled,
    MeetingHeld,
    MeetingMissed,
    MeetingMoved,
    MeetingOutcomeRecorded,
    MeetingScheduled,
    Outcome,
)
from domain.meeting.refusals import MeetingNotHeld, MeetingNotYet, MeetingOver
from tests.support.examples import but, example
from tests.support.scenario import at, given, world

SCHEDULED = example(MeetingScheduled)
HELD, MISSED, CANCELLED = example(MeetingHeld), MeetingMissed(), example(MeetingCancelled)
OUTCOME = example(MeetingOutcomeRecorded)
AFTER = world("2025-10-01 16:00")


def test_a_meeting_is_held_by_those_who_came() -> None:
    given(Meeting, SCHEDULED, world=AFTER).when(example(HoldMeeting)).then(HELD)


def test_a_meeting_is_not_held_before_it_took_place() -> None:
    given(Meeting, SCHEDULED).when(example(HoldMeeting)).refused(MeetingNotYet)


def test_nobody_misses_a_meeting_that_lies_ahead() -> None:
    """A no-show could once be recorded for next week, and the real meeting no more."""
    given(Meeting, SCHEDULED).when(example(MissMeeting)).refused(MeetingNotYet)
    moved = but(MeetingMoved, scheduled_at=at("2025-10-02 14:30"))
    given(Meeting, SCHEDULED, moved, world=AFTER).when(example(MissMeeting)).refused(MeetingNotYet)


def test_a_meeting_may_be_held_or_missed_at_this_very_moment() -> None:
    now = world("2025-09-30 14:30")  # the minute for which it was agreed
    given(Meeting, SCHEDULED, world=now).when(example(MissMeeting)).then(MISSED)
    this_minute = but(HoldMeeting, held_at=now.now)
    given(Meeting, SCHEDULED, world=now).when(this_minute).then(but(MeetingHeld, held_at=now.now))


def test_a_missed_meeting_is_recorded() -> None:
    given(Meeting, SCHEDULED, world=AFTER).when(example(MissMeeting)).then(MISSED)


def test_a_meeting_is_cancelled_with_a_reason() -> None:
    given(Meeting, SCHEDULED).when(example(CancelMeeting)).then(CANCELLED)


ENDS = [
    (HELD, example(HoldMeeting)),
    (MISSED, example(MissMeeting)),
    (CANCELLED, example(CancelMeeting)),
]


@pytest.mark.parametrize(("end", "command"), ENDS)
def test_the_same_end_again_is_ignored(end: Event, command: Command) -> None:
    given(Meeting, SCHEDULED, end, world=AFTER).when(command).ignored()


@pytest.mark.parametrize(
    ("end", "command"),
    [(end, command) for end, same in ENDS for _, command in ENDS if command is not same],
)
def test_another_end_is_refused(end: Event, command: Command) -> None:
    given(Meeting, SCHEDULED, end, world=AFTER).when(command).refused(MeetingOver)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_held_meeting_has_any_of_the_six_outcomes(outcome: Outcome) -> None:
    given(Meeting, SCHEDULED, HELD).when(but(RecordOutcome, outcome=outcome)).then(
        but(MeetingOutcomeRecorded, outcome=outcome)
    )


def test_an_outcome_is_recorded_once_and_not_changed() -> None:
    recorded = given(Meeting, SCHEDULED, HELD, OUTCOME)
    recorded.when(example(RecordOutcome)).ignored()
    recorded.when(but(RecordOutcome, outcome=Outcome.RESOLVED)).refused(MeetingOver)


def test_a_missed_meeting_leads_to_another_one_only() -> None:
    reschedule = but(RecordOutcome, outcome=Outcome.RESCHEDULE)
    given(Meeting, SCHEDULED, MISSED).when(reschedule).then(
        but(MeetingOutcomeRecorded, outcome=Outcome.RESCHEDULE)
    )
    given(Meeting, SCHEDULED, MISSED).when(example(RecordOutcome)).refused(MeetingNotHeld)


@pytest.mark.parametrize("history", [(SCHEDULED,), (SCHEDULED, CANCELLED)])
def test_a_meeting_that_was_not_held_has_no_outcome(history: tuple[Event, ...]) -> None:
    given(Meeting, *history).when(but(RecordOutcome, outcome=Outcome.RESCHEDULE)).refused(
        MeetingNotHeld
    )

"""A time for a meeting is agreed, and may be moved while the meeting is open."""

import pytest

from domain.meeting.aggregate import LONGEST_MINUTES, SHORTEST_MINUTES, Meeting
from domain.meeting.commands import MoveMeeting, ScheduleMeeting
from domain.meeting.events import (
    MeetingCancelled,
    MeetingHeld,
    MeetingMissed,
    MeetingMoved,
    MeetingScheduled,
)
from domain.meeting.refusals import (
    MeetingExists,
    MeetingInThePast,
    MeetingLengthUnusual,
    MeetingOver,
    MeetingUnknown,
)
from tests.support.examples import MEETING, but, example
from tests.support.scenario import NOW, at, given

SCHEDULED = example(MeetingScheduled)
MOVED = example(MeetingMoved)
PAST = at("2025-09-22 10:00")


def test_a_meeting_is_agreed_for_a_time_to_come() -> None:
    given(Meeting).when(example(ScheduleMeeting)).then(SCHEDULED)


def test_agreeing_the_same_again_is_ignored_even_after_a_move() -> None:
    given(Meeting, SCHEDULED, MOVED).when(example(ScheduleMeeting)).ignored()


def test_agreeing_something_else_under_the_same_id_is_a_conflict() -> None:
    given(Meeting, SCHEDULED).when(but(ScheduleMeeting, duration_minutes=60)).refused(MeetingExists)


@pytest.mark.parametrize("when", [PAST, NOW])
def test_a_meeting_in_the_past_or_at_this_very_moment_is_refused(when: object) -> None:
    given(Meeting).when(but(ScheduleMeeting, scheduled_at=when)).refused(MeetingInThePast)


@pytest.mark.parametrize("minutes", [0, SHORTEST_MINUTES - 1, LONGEST_MINUTES + 1])
def test_a_meeting_of_an_unusual_length_is_refused(minutes: int) -> None:
    given(Meeting).when(but(ScheduleMeeting, duration_minutes=minutes)).refused(
        MeetingLengthUnusual
    )


@pytest.mark.parametrize("minutes", [SHORTEST_MINUTES, LONGEST_MINUTES])
def test_the_shortest_and_the_longest_meeting_are_allowed(minutes: int) -> None:
    given(Meeting).when(but(ScheduleMeeting, duration_minutes=minutes)).then(
        but(MeetingScheduled, duration_minutes=minutes)
    )


def test_a_meeting_moves_to_another_time_once() -> None:
    given(Meeting, SCHEDULED).when(example(MoveMeeting)).then(MOVED).when(
        example(MoveMeeting)
    ).ignored()


def test_a_meeting_does_not_move_into_the_past() -> None:
    given(Meeting, SCHEDULED).when(MoveMeeting(MEETING, PAST)).refused(MeetingInThePast)


@pytest.mark.parametrize(
    "end", [example(MeetingHeld), example(MeetingMissed), example(MeetingCancelled)]
)
def test_a_meeting_that_is_over_does_not_move(
    end: MeetingHeld | MeetingMissed | MeetingCancelled,
) -> None:
    given(Meeting, SCHEDULED, end).when(example(MoveMeeting)).refused(MeetingOver)


def test_a_meeting_that_was_never_agreed_is_unknown() -> None:
    given(Meeting).when(example(MoveMeeting)).refused(MeetingUnknown)

"""Meetings of an earlier release load for ever."""

import msgspec

from domain.kernel.facts import read, write
from domain.meeting.events import MeetingScheduled
from tests.support.examples import but, example


def test_a_meeting_without_a_length_meant_half_an_hour() -> None:
    old = msgspec.json.decode(write(example(MeetingScheduled)))
    del old["duration_minutes"]
    loaded = read("meeting.scheduled", 1, msgspec.json.encode(old))
    assert loaded == but(MeetingScheduled, duration_minutes=30)

"""What an intervention hears of its letters and meetings, once each, and whether it was in time."""

from typing import TYPE_CHECKING

from domain.intervention import clocks
from domain.intervention import commands as c
from domain.intervention import events as e
from domain.intervention import refusals as r
from domain.intervention.ladder import Facts

if TYPE_CHECKING:
    from domain.intervention.aggregate import InterventionInstance


def hear(
    state: "InterventionInstance", command: c.RecordLetterSent | c.RecordMeetingArranged
) -> Facts:
    """Put a letter in the post, or a meeting in the diary, on record."""
    if isinstance(command, c.RecordLetterSent):
        return _letter(state, command)
    if state.opened is None or command.meeting_id in state.meetings:
        return []
    late = clocks.late(state, command.stage)
    return [e.MeetingArranged(meeting_id=command.meeting_id, stage=command.stage, late=late)]


def _letter(state: "InterventionInstance", command: c.RecordLetterSent) -> Facts:
    if state.opened is None:
        raise r.InterventionUnknown
    if command.letter_id in state.letters:
        return []
    late = clocks.late(state, command.stage, command.posted_on)
    return [e.LetterSent(stage=command.stage, letter_id=command.letter_id, late=late)]

"""When a letter is posted or a meeting agreed or held, the intervention hears of it."""

from collections.abc import Iterator
from typing import Final

from domain.case.commands import CloseCase, RaiseTier
from domain.intervention.commands import (
    CompleteIntervention,
    RecordLetterSent,
    RecordMeetingArranged,
)
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.letter.events import LetterPosted
from domain.meeting.events import MeetingOutcomeRecorded, MeetingScheduled, Outcome
from domain.shared.ids import LetterId, MeetingId
from processmanagers.kit import ProcessManager, ReactionWorld

THIRD_TIER: Final = 3


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Carry the news to the intervention and its case."""
    match fact.event:
        case LetterPosted(intervention_id=intervention, stage=stage, posted_on=on):
            letter = LetterId(fact.stream)
            yield RecordLetterSent(
                intervention_id=intervention, stage=stage, letter_id=letter, posted_on=on
            )
        case MeetingScheduled(intervention_id=intervention, stage=stage):
            meeting = MeetingId(fact.stream)
            yield RecordMeetingArranged(
                intervention_id=intervention, stage=stage, meeting_id=meeting
            )
        case MeetingOutcomeRecorded(outcome=Outcome.RESOLVED, intervention_id=intervention):
            yield CompleteIntervention(intervention_id=intervention)
            case_id = world.case_of(intervention)
            if case_id is not None:
                yield CloseCase(case_id=case_id, reason="RESOLVED")
        case MeetingOutcomeRecorded(outcome=Outcome.ESCALATE, intervention_id=intervention):
            case_id = world.case_of(intervention)
            if case_id is not None:
                yield RaiseTier(case_id=case_id, tier=THIRD_TIER)
        case _:
            pass


LADDER_FOLLOW_UP = ProcessManager(
    "ladder_follow_up",
    listens=(LetterPosted, MeetingScheduled, MeetingOutcomeRecorded),
    react=react,
)

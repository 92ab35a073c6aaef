"""What may be asked of a meeting."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.meeting.events import Outcome
from domain.shared.ids import InterventionId, MeetingId, SchoolId, StudentId


class MeetingCommandBase(Command):
    """Every command names its meeting."""

    kind: ClassVar[str] = "meeting"
    meeting_id: MeetingId

    @property
    def stream(self) -> UUID:
        """The meeting decides."""
        return self.meeting_id


class ScheduleMeeting(MeetingCommandBase):
    """Agree a time with the family."""

    intervention_id: InterventionId
    student_id: StudentId
    school_id: SchoolId
    stage: str
    scheduled_at: datetime
    duration_minutes: int


class MoveMeeting(MeetingCommandBase):
    """Agree another time."""

    scheduled_at: datetime


class HoldMeeting(MeetingCommandBase):
    """It took place."""

    held_at: datetime
    attendees: tuple[UUID, ...]


class MissMeeting(MeetingCommandBase):
    """Nobody of the family came."""


class CancelMeeting(MeetingCommandBase):
    """It will not take place."""

    reason: str


class RecordOutcome(MeetingCommandBase):
    """Write down what was agreed."""

    outcome: Outcome
    notes_ref: UUID | None = None


MeetingCommand = (
    ScheduleMeeting | MoveMeeting | HoldMeeting | MissMeeting | CancelMeeting | RecordOutcome
)

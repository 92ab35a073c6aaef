"""Facts about one meeting. What was said lies in the vault."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel.facts import Event, fact
from domain.shared.ids import InterventionId, SchoolId, StudentId


class Outcome(StrEnum):
    """What a meeting led to."""

    RESOLVED = "RESOLVED"
    MEDICAL_PLAN = "MEDICAL_PLAN"
    SUPPORT_PLAN = "SUPPORT_PLAN"
    ESCALATE = "ESCALATE"
    RESCHEDULE = "RESCHEDULE"
    NO_ACTION = "NO_ACTION"


@fact("meeting.scheduled", version=2)
class MeetingScheduled(Event):
    """A time was agreed. Version 2 added `duration_minutes`; before, half an hour was meant."""

    intervention_id: InterventionId
    student_id: StudentId
    school_id: SchoolId
    stage: str
    scheduled_at: datetime
    duration_minutes: int


@fact("meeting.moved")
class MeetingMoved(Event):
    """Another time was agreed."""

    scheduled_at: datetime


@fact("meeting.held")
class MeetingHeld(Event):
    """It took place. `attendees` are ids of guardians and staff who came."""

    held_at: datetime
    attendees: tuple[UUID, ...]


@fact("meeting.missed")
class MeetingMissed(Event):
    """Nobody of the family came."""


@fact("meeting.cancelled")
class MeetingCancelled(Event):
    """It will not take place. `reason` is a code."""

    reason: str


@fact("meeting.outcome_recorded")
class MeetingOutcomeRecorded(Event):
    """What was agreed, as a code; absent `notes_ref` means that nothing was noted in the vault."""

    outcome: Outcome
    intervention_id: InterventionId
    student_id: StudentId
    notes_ref: UUID | None = None


MeetingEvent = (
    MeetingScheduled
    | MeetingMoved
    | MeetingHeld
    | MeetingMissed
    | MeetingCancelled
    | MeetingOutcomeRecorded
)

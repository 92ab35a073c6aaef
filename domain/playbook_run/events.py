"""Facts about one walk through a playbook.

School and school day are carried where the daily metrics count them, so that a reader of one
stream alone can count.
"""

from datetime import date, datetime
from enum import StrEnum

from domain.kernel.facts import Event, fact
from domain.shared.contact import Channel
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    SchoolId,
    StudentId,
)
from domain.shared.numbers import DecidingNumbers
from domain.shared.playbooks import Playbook


class RunStop(StrEnum):
    """Why a run ended early."""

    CASE_CLOSED = "CASE_CLOSED"
    EXEMPTION_FLAG = "EXEMPTION_FLAG"
    GUARDIAN_REPLIED = "GUARDIAN_REPLIED"
    ATTENDANCE_IMPROVED = "ATTENDANCE_IMPROVED"
    LEFT_ROLL = "LEFT_ROLL"
    NOT_SUPPORTED_BY_REGISTER = "NOT_SUPPORTED_BY_REGISTER"
    VALID_REASON = "VALID_REASON"
    MANUAL = "MANUAL"


class SkipReason(StrEnum):
    """Why a step was not sent."""

    STOP_CONDITION_MET = "STOP_CONDITION_MET"
    CONSENT_MISSING = "CONSENT_MISSING"
    CHANNEL_SUPPRESSED = "CHANNEL_SUPPRESSED"
    NO_ADDRESS = "NO_ADDRESS"
    NOT_SUPPORTED_BY_REGISTER = "NOT_SUPPORTED_BY_REGISTER"
    VALID_REASON = "VALID_REASON"
    LEFT_ROLL = "LEFT_ROLL"


@fact("playbook_run.started", version=2)
class RunStarted(Event):
    """A stage was entered and a family is to be contacted. The playbook is frozen here.

    Absent `guardian_id`: the run is for the household as a whole. Version 2 added
    `firing` (absent: the latest entry of the stage).
    """

    playbook: Playbook
    intervention_id: InterventionId
    case_id: CaseId
    school_id: SchoolId
    student_id: StudentId
    stage: str
    triggered_at: datetime
    started_on: date
    baseline: tuple[DecidingNumbers, ...]
    guardian_id: GuardianId | None = None
    firing: int | None = None


@fact("playbook_run.step_scheduled")
class StepScheduled(Event):
    """The next step is in the diary, at the first lawful moment of its day."""

    step_id: str
    order: int
    channel: Channel
    due_at: datetime
    school_id: SchoolId
    scheduled_on: date


@fact("playbook_run.step_requested")
class StepRequested(Event):
    """The step's time came, nothing stood against it, and a message was asked for."""

    step_id: str
    order: int
    channel: Channel
    message_id: MessageId
    key: str


@fact("playbook_run.step_sent")
class StepSent(Event):
    """The provider took the message. Delivery is a later fact of the message."""

    step_id: str
    order: int
    channel: Channel
    message_id: MessageId
    school_id: SchoolId
    student_id: StudentId
    sent_on: date


@fact("playbook_run.step_skipped")
class StepSkipped(Event):
    """The step was not sent, for a reason."""

    step_id: str
    order: int
    reason: SkipReason


@fact("playbook_run.step_failed")
class StepFailed(Event):
    """The step could not be sent; the school's attendance office owns what follows."""

    step_id: str
    order: int
    cause: str
    owner: str


@fact("playbook_run.step_outcome_unknown")
class StepOutcomeUnknown(Event):
    """Nobody can say whether the message went out; a person settles it."""

    step_id: str
    order: int
    message_id: MessageId
    owner: str


@fact("playbook_run.guardian_replied")
class GuardianReplied(Event):
    """A real reply to a message of this run came in. Its words lie in the vault."""

    message_id: MessageId
    channel: Channel


@fact("playbook_run.stopped")
class RunStopped(Event):
    """No further step of this run is sent. Absent `dropped_step`: none was waiting."""

    reason: RunStop
    school_id: SchoolId
    stopped_on: date
    dropped_step: str | None = None


@fact("playbook_run.completed")
class RunCompleted(Event):
    """The last step is settled."""

    school_id: SchoolId
    completed_on: date


RunEvent = (
    RunStarted
    | StepScheduled
    | StepRequested
    | StepSent
    | StepSkipped
    | StepFailed
    | StepOutcomeUnknown
    | GuardianReplied
    | RunStopped
    | RunCompleted
)

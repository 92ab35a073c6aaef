"""Facts about one walk through a playbook.

School and school day are carried where the daily metrics count them, so that a reader of one
stream alone can count.
"""

from datetime import date, datetime
from enum import StrEnum

from domain.kernel.facts import Event, fact
from domain.playbook_run.skipping import SkipReason as SkipReason  # noqa: PLC0414  a fact says it
from domain.shared.contact import Channel, Purpose, RunStep
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
)
from domain.shared.numbers import DecidingNumbers
from domain.shared.playbooks import OnReply, Playbook


class RunStop(StrEnum):
    """Why a run ended early."""

    CASE_CLOSED = "CASE_CLOSED"
    EXEMPTION_FLAG = "EXEMPTION_FLAG"
    GUARDIAN_REPLIED = "GUARDIAN_REPLIED"
    ATTENDANCE_IMPROVED = "ATTENDANCE_IMPROVED"
    LEFT_ROLL = "LEFT_ROLL"
    NOT_SUPPORTED_BY_REGISTER = "NOT_SUPPORTED_BY_REGISTER"
    VALID_REASON = "VALID_REASON"
    OTHER_GUARDIAN_REPLIED = "OTHER_GUARDIAN_REPLIED"
    MANUAL = "MANUAL"


class PauseReason(StrEnum):
    """Why a run holds still; nothing of it is lost meanwhile."""

    OTHER_GUARDIAN_REPLIED = "OTHER_GUARDIAN_REPLIED"
    MANUAL = "MANUAL"


class Action(StrEnum):
    """A step that is no message."""

    WAIT_FOR_REPLY = "WAIT_FOR_REPLY"
    BRANCH = "BRANCH"
    CREATE_TASK = "CREATE_TASK"
    SCHEDULE_MEETING = "SCHEDULE_MEETING"
    GENERATE_LETTER = "GENERATE_LETTER"


class Again(StrEnum):
    """Why a step is in the diary once more. The first three are answers of the family's day."""

    DAY_FULL = "DAY_FULL"
    GAVE_WAY = "GAVE_WAY"
    TOO_LATE_TO_JOIN = "TOO_LATE_TO_JOIN"
    LEADS = "LEADS"
    PARTED = "PARTED"
    PLACE_NOT_SETTLED = "PLACE_NOT_SETTLED"
    SAID_WITH_A_SIBLING = "SAID_WITH_A_SIBLING"
    OUTSIDE_HOURS = "OUTSIDE_HOURS"
    LATER_DAY = "LATER_DAY"
    HELD = "HELD"
    MOVED = "MOVED"


@fact("playbook_run.started", version=3)
class RunStarted(Event):
    """A stage was entered, and a family is to be contacted by a playbook that is frozen here.

    Absent `guardian_id`: for a home, whose `members` may be told, the one asked first in front.
    Absent `firing`: the latest entry of the stage. Absent `zone`, of the tz database: the school's.
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
    zone: str | None = None
    members: tuple[GuardianId, ...] = ()


@fact("playbook_run.step_scheduled", version=2)
class StepScheduled(Event):
    """The next step is in the diary, at the first lawful moment of its day.

    Version 2 added `contact_on`, the date where the family lives (absent: no day's budget counts
    it), and `again`, why the step is in the diary once more (absent: it is there first).
    """

    step_id: str
    order: int
    channel: Channel
    due_at: datetime
    school_id: SchoolId
    scheduled_on: date
    contact_on: date | None = None
    again: Again | None = None


@fact("playbook_run.step_requested", version=2)
class StepRequested(Event):
    """The step's time came, nothing stood against it, and a message was asked for.

    Version 2 says what is asked for; absent: what the playbook said at the start.
    Absent `fallback`: no other channel is tried. Absent `guardian_id`: the guardian of the run.
    `also` are steps about siblings that are said in the same message.
    """

    step_id: str
    order: int
    channel: Channel
    message_id: MessageId
    key: str
    template_key: str | None = None
    purpose: Purpose | None = None
    fallback: Channel | None = None
    guardian_id: GuardianId | None = None
    also: tuple[RunStep, ...] = ()


@fact("playbook_run.step_joined")
class StepJoined(Event):
    """The step is said in the message of another run, which is about a sibling."""

    step_id: str
    order: int
    channel: Channel
    message_id: MessageId
    leader: RunId


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


@fact("playbook_run.step_delivered")
class StepDelivered(Event):
    """The step's message reached the guardian's device. Told only where the playbook asks."""

    step_id: str
    order: int


@fact("playbook_run.step_undelivered")
class StepUndelivered(Event):
    """The step's message could not be delivered. Told only where the playbook asks."""

    step_id: str
    order: int


@fact("playbook_run.action_scheduled")
class ActionScheduled(Event):
    """A step that is no message is in the diary. A wait is due when it is over."""

    step_id: str
    order: int
    action: Action
    due_at: datetime
    school_id: SchoolId
    scheduled_on: date


@fact("playbook_run.waited")
class Waited(Event):
    """A wait for a reply came to its end: with one, or because its days were over."""

    step_id: str
    order: int
    replied: bool


@fact("playbook_run.branched")
class Branched(Event):
    """A branch was taken: its condition held, or it did not."""

    step_id: str
    order: int
    holds: bool


@fact("playbook_run.task_asked")
class TaskAsked(Event):
    """The school's staff are asked to do something. `task` is a code out of the playbook."""

    step_id: str
    order: int
    task: str
    due_on: date
    school_id: SchoolId
    student_id: StudentId
    asked_on: date


@fact("playbook_run.meeting_asked")
class MeetingAsked(Event):
    """The school's staff are asked to arrange a meeting with the family."""

    step_id: str
    order: int
    due_on: date
    school_id: SchoolId
    student_id: StudentId
    asked_on: date


@fact("playbook_run.letter_asked")
class LetterAsked(Event):
    """A letter is to be printed, for a named person to approve and post."""

    step_id: str
    order: int
    template_key: str
    school_id: SchoolId
    student_id: StudentId
    asked_on: date


@fact("playbook_run.escalation_scheduled")
class EscalationScheduled(Event):
    """When a person takes over, should nothing have come of the run by then."""

    due_at: datetime
    school_id: SchoolId


@fact("playbook_run.escalation_dismissed")
class EscalationDismissed(Event):
    """No person needs to take over: what the playbook asks for is not so."""


@fact("playbook_run.escalated")
class RunEscalated(Event):
    """Nothing came of it: a person takes over and arranges a meeting by `due_on`.

    Absent `dropped_step`: none was waiting.
    """

    school_id: SchoolId
    student_id: StudentId
    stage: str
    escalated_on: date
    due_on: date
    dropped_step: str | None = None


@fact("playbook_run.paused")
class RunPaused(Event):
    """The run holds still: its step waits, and nothing falls due. Absent `held_step`: none did."""

    reason: PauseReason
    school_id: SchoolId
    paused_on: date
    held_step: str | None = None


@fact("playbook_run.resumed")
class RunResumed(Event):
    """The run goes on; what waited is in the diary again."""

    school_id: SchoolId
    resumed_on: date


@fact("playbook_run.moved")
class RunMoved(Event):
    """A named person moved the run to another version of its playbook, which is frozen here.

    Absent `dropped_step`: what waited goes on. Absent `guardian_id`: it is for the household.
    """

    playbook: Playbook
    school_id: SchoolId
    student_id: StudentId
    moved_on: date
    guardian_id: GuardianId | None = None
    dropped_step: str | None = None


@fact("playbook_run.guardian_replied", version=2)
class GuardianReplied(Event):
    """A real reply to a message of this run came in. Its words lie in the vault.

    Version 2 says what becomes of the other guardians' runs (absent: what the playbook said at the
    start), and by which school day staff `decide_by` where those hold still (absent: none).
    `replied_on` is the day at the school; absent: that of the fact.
    """

    message_id: MessageId
    channel: Channel
    others: OnReply | None = None
    replied_on: date | None = None
    decide_by: date | None = None


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
    | StepJoined
    | StepSent
    | StepSkipped
    | StepFailed
    | StepOutcomeUnknown
    | StepDelivered
    | StepUndelivered
    | ActionScheduled
    | Waited
    | Branched
    | TaskAsked
    | MeetingAsked
    | LetterAsked
    | GuardianReplied
    | EscalationScheduled
    | EscalationDismissed
    | RunEscalated
    | RunPaused
    | RunResumed
    | RunMoved
    | RunStopped
    | RunCompleted
)

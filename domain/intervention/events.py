"""Facts about one student's intervention."""

from datetime import date
from enum import StrEnum

from domain.kernel.facts import Event, fact
from domain.shared.ids import CaseId, LetterId, MeetingId, RuleSetId, SchoolId, StudentId
from domain.shared.numbers import DecidingNumbers
from domain.shared.stages import Stage


class StopReason(StrEnum):
    """Why an intervention is no longer needed."""

    ATTENDANCE_IMPROVED = "ATTENDANCE_IMPROVED"
    CASE_CLOSED = "CASE_CLOSED"
    EXEMPTION_FLAG = "EXEMPTION_FLAG"
    LEFT_ROLL = "LEFT_ROLL"


class WithholdReason(StrEnum):
    """Why a stage whose condition holds was not proposed."""

    EXEMPTION_FLAG = "EXEMPTION_FLAG"
    CASE_CLOSED = "CASE_CLOSED"


@fact("intervention.opened")
class InterventionOpened(Event):
    """The first stage of the school year was proposed for this student."""

    student_id: StudentId
    school_id: SchoolId
    case_id: CaseId
    rule_set_id: RuleSetId
    school_year_from: date


@fact("intervention.stage_proposed")
class StageProposed(Event):
    """The register meets a stage's condition; a person may have to approve it.

    `known_at` is the ledger position up to which marks were known, so the decision can be
    computed again exactly.
    """

    stage: Stage
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int


@fact("intervention.stage_entered")
class StageEntered(Event):
    """The stage holds now: approved by the actor of this fact, or by rule where none is asked."""

    stage: str
    track: str
    student_id: StudentId
    school_id: SchoolId
    case_id: CaseId
    entered_on: date
    numbers: tuple[DecidingNumbers, ...]


@fact("intervention.stage_declined")
class StageDeclined(Event):
    """A person looked at the proposal and said no."""

    stage: str
    reason: str


@fact("intervention.stage_withheld")
class StageWithheld(Event):
    """The condition holds, and something else forbids the stage."""

    stage: str
    reason: WithholdReason
    evaluated_on: date


@fact("intervention.stage_withdrawn")
class StageWithdrawn(Event):
    """A correction took away the cause before the stage was entered; it may be proposed again."""

    stage: str
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int


@fact("intervention.stage_unsupported")
class StageUnsupported(Event):
    """The stage was entered, and the register no longer supports it. It stays on record."""

    stage: str
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int


@fact("intervention.letter_sent")
class LetterSent(Event):
    """A letter of a stage was handed to the post."""

    stage: str
    letter_id: LetterId


@fact("intervention.meeting_arranged")
class MeetingArranged(Event):
    """A time was agreed with the family for a stage that asks for a meeting."""

    meeting_id: MeetingId
    stage: str


@fact("intervention.attendance_improved")
class AttendanceImproved(Event):
    """At a checkpoint attendance was better by the rule; a signal for work, no proof of effect."""

    baseline: DecidingNumbers
    trailing: DecidingNumbers
    checked_on: date


@fact("intervention.escalated")
class InterventionEscalated(Event):
    """The last stage was entered: the matter goes to the next tier."""

    stage: str


@fact("intervention.stopped")
class InterventionStopped(Event):
    """Nothing further happens in this intervention."""

    reason: StopReason


@fact("intervention.completed")
class InterventionCompleted(Event):
    """A meeting resolved it."""


InterventionEvent = (
    InterventionOpened
    | StageProposed
    | StageEntered
    | StageDeclined
    | StageWithheld
    | StageWithdrawn
    | StageUnsupported
    | LetterSent
    | MeetingArranged
    | AttendanceImproved
    | InterventionEscalated
    | InterventionStopped
    | InterventionCompleted
)

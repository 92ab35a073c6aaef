"""Facts about one student's intervention."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.intervention.reasons import (
    AttemptOutcome,
    AttemptWay,
    ResumeReason,
    ReviewOutcome,
)
from domain.kernel.facts import Event, fact
from domain.shared.guards import Finding, Guard, Vouched
from domain.shared.ids import CaseId, LetterId, MeetingId, RuleSetId, SchoolId, StudentId
from domain.shared.numbers import DecidingNumbers
from domain.shared.stages import Stage


class StopReason(StrEnum):
    """Why an intervention is no longer needed."""

    ATTENDANCE_IMPROVED = "ATTENDANCE_IMPROVED"
    CASE_CLOSED = "CASE_CLOSED"
    EXEMPTION_FLAG = "EXEMPTION_FLAG"
    LEFT_ROLL = "LEFT_ROLL"
    VALID_REASON = "VALID_REASON"


class WithholdReason(StrEnum):
    """Why a stage whose condition holds was not proposed."""

    EXEMPTION_FLAG = "EXEMPTION_FLAG"
    CASE_CLOSED = "CASE_CLOSED"
    TO_WORKER = "TO_WORKER"
    TOO_LATE = "TOO_LATE"  # contact on the day itself: the day was over for families


@fact("intervention.opened", version=2)
class InterventionOpened(Event):
    """The first stage of the school year was proposed for this student.

    Version 2 added `same_day`: contact on the day of an unexplained absence. It stands beside the
    ladder, never holds it up and makes no case of a child. `school_year_from` is the nominal first
    day of the school year, by which it is known: the real one moves with the calendar.
    """

    student_id: StudentId
    school_id: SchoolId
    case_id: CaseId
    rule_set_id: RuleSetId
    school_year_from: date
    same_day: bool = False


@fact("intervention.stage_proposed", version=4)
class StageProposed(Event):
    """The register meets a stage's condition as known at a position, or a person proposes it.

    Version 2: `due_on` (absent: none), `anchor`, the first day of what it was armed for (absent:
    the year), `firing`. Version 3: `qualified_on`, the day of the mark that reached the threshold
    (absent: that of the look). Version 4: guards, and who proposed it, why (absent: the rules).
    """

    stage: Stage
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int
    due_on: date | None = None
    anchor: date | None = None
    firing: int = 1
    qualified_on: date | None = None
    guards: tuple[Guard, ...] = ()
    findings: tuple[Finding, ...] = ()
    proposed_by: str = ""
    reason_ref: UUID | None = None


@fact("intervention.stage_entered", version=3)
class StageEntered(Event):
    """The stage holds now: approved by a named person, or by rule where none is asked.

    Version 2 added who approved, the firing, and the last day of a clock (absent: none runs).
    Version 3 added its guards and who vouched for each. Special answers lie in the vault.
    """

    stage: str
    track: str
    student_id: StudentId
    school_id: SchoolId
    case_id: CaseId
    entered_on: date
    numbers: tuple[DecidingNumbers, ...]
    approved_by: str = ""
    firing: int = 1
    due_on: date | None = None
    guards: tuple[Vouched, ...] = ()
    answers_ref: UUID | None = None


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


@fact("intervention.absence_explained")
class AbsenceExplained(Event):
    """The family said why the child was away: contact about that morning has done its work.

    What of it was not sent yet is stopped, and nobody is asked to look. `evaluated_on` is the day
    of the absence.
    """

    stage: str
    evaluated_on: date
    known_at: int
    firing: int = 1


@fact("intervention.stage_unsupported", version=2)
class StageUnsupported(Event):
    """The stage was entered, and the register no longer supports it. It stays on record.

    Version 2 added `owner`, who is asked to look: whoever approved the stage (absent: the school);
    and the letter that lost its cause, by student, firing and how often support had come back.
    """

    stage: str
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int
    owner: str = ""
    student_id: StudentId | None = None
    firing: int = 1
    again: int = 0


@fact("intervention.stage_reinstated")
class StageReinstated(Event):
    """A further correction gave an entered stage its cause back, for the `again`-th time."""

    stage: str
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int
    entered_on: date
    student_id: StudentId
    school_id: SchoolId
    case_id: CaseId
    firing: int
    again: int


@fact("intervention.correction_reviewed", version=2)
class CorrectionReviewed(Event):
    """A person looked at what was done without the register's support.

    Version 2 added `firing`: which entry of the stage (absent: the latest).
    """

    stage: str
    outcome: ReviewOutcome
    firing: int | None = None


@fact("intervention.stage_fulfilled", version=2)
class StageFulfilled(Event):
    """A named person did what the stage asks for; its clock stands still.

    Version 2 added `late`: the clock had run out.
    """

    stage: str
    fulfilled_on: date
    late: bool = False


@fact("intervention.due_moved")
class DueMoved(Event):
    """The calendar changed, and with it the last day of a clock that counts school days.

    `runs_again` says that the stage had been told past due, and is not any more. `due_on` is absent
    outside only, where it would tell which stage it is.
    """

    stage: str
    due_on: date | None
    firing: int
    runs_again: bool = False


@fact("intervention.due_passed")
class DuePassed(Event):
    """The last day of an open stage's clock has passed, and nobody has done what it asks for.

    Said once for each firing. `owner` is asked to see to it: whoever approved or proposed the stage
    (absent: the school). `due_on` is absent outside only, as in `DueMoved`.
    """

    stage: str
    due_on: date | None
    firing: int
    owner: str = ""


@fact("intervention.letter_sent", version=2)
class LetterSent(Event):
    """A letter of a stage was handed to the post. Version 2 added `late`: its clock had run out."""

    stage: str
    letter_id: LetterId
    late: bool = False


@fact("intervention.meeting_arranged", version=2)
class MeetingArranged(Event):
    """A time was agreed with the family for a stage that asks for a meeting.

    Version 2 added `late`: the stage had been told past due.
    """

    meeting_id: MeetingId
    stage: str
    late: bool = False


@fact("intervention.attempt_logged")
class AttemptLogged(Event):
    """The school tried to hold a meeting with the family; `after` are the stages entered by then.

    `invited` were asked to come; `everybody` says that the rule set asks for nobody else. What was
    said may lie in the vault; `message_id` is the message that was sent (absent: a person's word).
    A message that was sent reached nobody that anybody knows of.
    """

    attempt_id: UUID
    stage: str
    way: AttemptWay
    outcome: AttemptOutcome
    made_on: date
    invited: tuple[str, ...]
    everybody: bool
    after: tuple[str, ...]
    notes_ref: UUID | None = None
    message_id: UUID | None = None


@fact("intervention.attempt_failed")
class AttemptFailed(Event):
    """The message that was taken for an attempt was not delivered: it counts no more."""

    attempt_id: UUID
    stage: str


@fact("intervention.improvement_checked")
class ImprovementChecked(Event):
    """After so many sessions the rules looked once whether attendance is better."""

    stage: str
    checkpoint: int
    baseline: DecidingNumbers
    trailing: DecidingNumbers
    unexplained: int
    checked_on: date
    improved: bool


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


@fact("intervention.stopped", version=2)
class InterventionStopped(Event):
    """Nothing further happens in this intervention, as far as the reason reaches.

    Version 2 added `kept`: proposals that this reason does not hold back, as duties of the law.
    """

    reason: StopReason
    kept: tuple[str, ...] = ()


@fact("intervention.resumed")
class InterventionResumed(Event):
    """The reason for the stop is gone, and a stage's condition holds anew."""

    reason: ResumeReason


@fact("intervention.completed")
class InterventionCompleted(Event):
    """A meeting resolved it. What was proposed lapses; a duty of the law is proposed anew."""


InterventionEvent = (
    InterventionOpened
    | StageProposed
    | StageEntered
    | StageDeclined
    | StageWithheld
    | StageWithdrawn
    | AbsenceExplained
    | StageUnsupported
    | StageReinstated
    | CorrectionReviewed
    | StageFulfilled
    | DueMoved
    | DuePassed
    | LetterSent
    | MeetingArranged
    | AttemptLogged
    | AttemptFailed
    | ImprovementChecked
    | AttendanceImproved
    | InterventionEscalated
    | InterventionStopped
    | InterventionResumed
    | InterventionCompleted
)

"""What may be asked of an intervention."""

from datetime import date, datetime
from typing import ClassVar, Self
from uuid import UUID

import msgspec

from domain.intervention.events import StopReason
from domain.intervention.improvement import CHECKPOINTS
from domain.intervention.reasons import AttemptOutcome, AttemptWay, ReviewOutcome
from domain.kernel.commands import Command, Consulted
from domain.shared.guards import Answer, Finding, Guard
from domain.shared.ids import (
    CaseId,
    InterventionId,
    LetterId,
    MeetingId,
    RuleSetId,
    SchoolId,
    StudentId,
    TenantId,
    anchored_id,
    id_about,
)
from domain.shared.numbers import DecidingNumbers
from domain.shared.stages import Stage


def intervention_id(
    tenant: TenantId, student: StudentId, rule_set: RuleSetId, school_year_from: date
) -> InterventionId:
    """Return the natural key: one intervention per student, rule set and school year."""
    parts = ("intervention", tenant, student, rule_set)
    return InterventionId(anchored_id(school_year_from, *parts))


def same_day_id(
    tenant: TenantId, student: StudentId, rule_set: RuleSetId, school_year_from: date
) -> InterventionId:
    """Return the natural key of the contacts on the day itself, which stand beside the ladder."""
    parts = ("same day", tenant, student, rule_set)
    return InterventionId(anchored_id(school_year_from, *parts))


class InterventionCommandBase(Command):
    """Every command names its intervention."""

    kind: ClassVar[str] = "intervention"
    intervention_id: InterventionId

    @property
    def stream(self) -> UUID:
        """The intervention decides."""
        return self.intervention_id


class _LooksAround(InterventionCommandBase):
    """Commands that must see the student's exemption and case in the same transaction."""

    student_id: StudentId
    school_id: SchoolId
    case_id: CaseId

    @property
    def exemption(self) -> UUID:
        """The stream of the student's exemptions."""
        return id_about("exemption", self.student_id)

    @property
    def consults(self) -> tuple[Consulted, ...]:
        """Exemption and case."""
        return (Consulted("exemption", self.exemption), Consulted("case", self.case_id))

    @property
    def schools(self) -> tuple[UUID, ...]:
        """The student's school tells today's date."""
        return (self.school_id,)


class ProposesStage(_LooksAround):
    """What every proposal says.

    `anchor` is the first day of what the stage is armed for: a day, a term, a school year, a spell
    in which the condition holds. What was entered is proposed again only for a later one.
    `qualified_on` is the day of the mark that reached the threshold, from which clocks of the law
    run; absent: they run from `evaluated_on`. `findings` are what the register says of the guards.
    `too_late` says that nobody may hear on that day any more.
    """

    rule_set_id: RuleSetId
    school_year_from: date
    stage: Stage
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int
    anchor: date | None = None
    same_day: bool = False
    qualified_on: date | None = None
    too_late: bool = False
    guards: tuple[Guard, ...] = ()
    findings: tuple[Finding, ...] = ()


class ProposeStage(ProposesStage):
    """The register meets a stage's condition. What was declined is proposed for a later anchor."""


class ProposeByHand(ProposesStage):
    """A named person proposes a stage that only a person decides. The reason lies in the vault."""

    reason_ref: UUID | None = None

    @property
    def wish(self) -> Self:
        """The pupil, the stage and the reason; the numbers are those of the moment."""
        return msgspec.structs.replace(
            self,
            numbers=(),
            evaluated_on=self.school_year_from,
            known_at=0,
            anchor=None,
            guards=(),
            findings=(),
        )


class ApproveStage(_LooksAround, omit_defaults=True):
    """A named person approves a proposed stage, and answers what only a person can know.

    `findings` are what the register says of the other guards now. The answers to special guards
    lie in the vault under `answers_ref`, too.
    """

    stage: str
    answers: tuple[Answer, ...] = ()
    findings: tuple[Finding, ...] = ()
    answers_ref: UUID | None = None

    @property
    def wish(self) -> Self:
        """The stage and the answers; findings are those of the moment."""
        return msgspec.structs.replace(self, findings=())


class DeclineStage(InterventionCommandBase):
    """A named person declines a proposed stage. `reason` is a code, not free text."""

    stage: str
    reason: str


class WithdrawStage(InterventionCommandBase):
    """The register no longer meets the condition by which a stage fired, the `firing`-th time."""

    stage: str
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int
    firing: int


class ExplainAbsence(InterventionCommandBase):
    """The absence that the `firing`-th contact on the day itself was about has a reason by now."""

    stage: str
    evaluated_on: date
    known_at: int
    firing: int


class ReinstateStage(InterventionCommandBase):
    """The register meets the condition again by which a stage fired the `firing`-th time."""

    stage: str
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int
    firing: int


class ReviewCorrection(InterventionCommandBase):
    """A named person looked at a stage that the register no longer supports: at each such entry."""

    stage: str
    outcome: ReviewOutcome


class FulfilStage(InterventionCommandBase):
    """A named person did what an entered stage asks for; the school tells today's date."""

    stage: str
    school_id: SchoolId

    @property
    def schools(self) -> tuple[UUID, ...]:
        """The student's school."""
        return (self.school_id,)


class WatchClock(_LooksAround):
    """Look at the clock of the `firing`-th time a stage fired: has it moved, has it run out?

    `due_on` is its last day by the school's calendar as it is known now.
    """

    stage: str
    firing: int
    due_on: date


class HoldStages(_LooksAround):
    """An exemption was granted: what was proposed waits while it holds."""


class CheckImprovement(InterventionCommandBase):
    """A checkpoint was reached; decide whether attendance is better by the rule.

    `baseline` are the possible sessions before the spell of absence that led to the latest stage,
    `checkpoint` is how many possible sessions after that stage. `stops` says that the rule set
    stops the ladder where attendance is better, and not only what runs for the family.
    """

    baseline: DecidingNumbers
    trailing: DecidingNumbers
    checked_on: date
    checkpoint: int = CHECKPOINTS[0]
    unexplained: int = 0
    stops: bool = False


class RecordLetterSent(InterventionCommandBase):
    """A letter of this intervention was posted."""

    stage: str
    letter_id: LetterId
    posted_on: date | None = None


class RecordMeetingArranged(InterventionCommandBase):
    """A meeting of this intervention is in the diary."""

    stage: str
    meeting_id: MeetingId


class LogAttempt(InterventionCommandBase):
    """The school tried to hold a meeting with the family for an entered stage.

    `invited` are of those whom the stage names; empty: all of them.
    """

    stage: str
    school_id: SchoolId
    attempt_id: UUID
    way: AttemptWay
    outcome: AttemptOutcome
    made_on: date
    invited: tuple[str, ...] = ()
    notes_ref: UUID | None = None

    @property
    def schools(self) -> tuple[UUID, ...]:
        """The student's school tells today's date."""
        return (self.school_id,)


class LogMessage(InterventionCommandBase):
    """A message about an entered stage went at a moment; it may have been an attempt."""

    stage: str
    school_id: SchoolId
    attempt_id: UUID
    way: AttemptWay
    made_at: datetime
    message_id: UUID

    @property
    def schools(self) -> tuple[UUID, ...]:
        """The student's school tells the day of a moment."""
        return (self.school_id,)


class FailAttempt(InterventionCommandBase):
    """The message that was an attempt came back, or was never delivered."""

    attempt_id: UUID


class StopIntervention(InterventionCommandBase):
    """The intervention is no longer needed."""

    reason: StopReason


class CompleteIntervention(InterventionCommandBase):
    """A meeting resolved the matter."""


InterventionCommand = (
    ProposeStage
    | ProposeByHand
    | ApproveStage
    | DeclineStage
    | WithdrawStage
    | ExplainAbsence
    | ReinstateStage
    | ReviewCorrection
    | FulfilStage
    | WatchClock
    | HoldStages
    | CheckImprovement
    | RecordLetterSent
    | RecordMeetingArranged
    | LogAttempt
    | LogMessage
    | FailAttempt
    | StopIntervention
    | CompleteIntervention
)

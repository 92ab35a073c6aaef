"""What may be asked of an intervention."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.intervention.events import StopReason
from domain.kernel.commands import Command, Consulted
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


class ProposeStage(_LooksAround):
    """The register meets a stage's condition."""

    rule_set_id: RuleSetId
    school_year_from: date
    stage: Stage
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int


class ApproveStage(_LooksAround):
    """A named person approves a proposed stage."""

    stage: str


class DeclineStage(InterventionCommandBase):
    """A named person declines a proposed stage. `reason` is a code, not free text."""

    stage: str
    reason: str


class WithdrawStage(InterventionCommandBase):
    """The register no longer meets a stage's condition."""

    stage: str
    numbers: tuple[DecidingNumbers, ...]
    evaluated_on: date
    known_at: int


class CheckImprovement(InterventionCommandBase):
    """A checkpoint was reached; decide whether attendance is better by the rule."""

    trailing: DecidingNumbers
    checked_on: date


class RecordLetterSent(InterventionCommandBase):
    """A letter of this intervention was posted."""

    stage: str
    letter_id: LetterId


class RecordMeetingArranged(InterventionCommandBase):
    """A meeting of this intervention is in the diary."""

    stage: str
    meeting_id: MeetingId


class StopIntervention(InterventionCommandBase):
    """The intervention is no longer needed."""

    reason: StopReason


class CompleteIntervention(InterventionCommandBase):
    """A meeting resolved the matter."""


InterventionCommand = (
    ProposeStage
    | ApproveStage
    | DeclineStage
    | WithdrawStage
    | CheckImprovement
    | RecordLetterSent
    | RecordMeetingArranged
    | StopIntervention
    | CompleteIntervention
)

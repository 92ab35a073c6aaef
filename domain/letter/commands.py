"""What may be asked of a letter."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command, Consulted
from domain.letter.events import WithdrawReason
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    LetterId,
    RunId,
    SchoolId,
    StudentId,
    derived_id,
    id_about,
)
from domain.shared.numbers import DecidingNumbers


def letter_id(
    intervention: InterventionId,
    stage: str,
    guardian: GuardianId,
    *,
    firing: int = 1,
    again: int = 0,
) -> LetterId:
    """Return the natural key: one letter per intervention, stage, firing and guardian.

    A stage whose support came back after its letter was withdrawn has a new letter, by `again`.
    """
    more = () if (firing, again) == (1, 0) else (firing, again)
    return LetterId(derived_id("letter", intervention, stage, guardian, *more))


def run_letter_id(run: RunId, step: str, guardian: GuardianId) -> LetterId:
    """Return the natural key of a letter that a step of a run asks for."""
    return LetterId(derived_id("letter", run, step, guardian))


class LetterCommandBase(Command):
    """Every command names its letter."""

    kind: ClassVar[str] = "letter"
    letter_id: LetterId

    @property
    def stream(self) -> UUID:
        """The letter decides."""
        return self.letter_id


class RequestLetter(LetterCommandBase):
    """A stage that calls for a letter was entered.

    `instead_of` is an earlier letter: only where that was withdrawn is there a new one.
    """

    intervention_id: InterventionId
    case_id: CaseId
    stage: str
    student_id: StudentId
    guardian_id: GuardianId
    school_id: SchoolId
    template_key: str
    requested_on: date
    numbers: tuple[DecidingNumbers, ...]
    due_on: date | None = None
    instead_of: LetterId | None = None

    @property
    def consults(self) -> tuple[Consulted, ...]:
        """The letter that this one comes instead of."""
        return () if self.instead_of is None else (Consulted("letter", self.instead_of),)


class RecordRendered(LetterCommandBase):
    """The PDF was made and stored."""

    content_hash: str
    size_bytes: int
    template_key: str
    template_version: int
    template_hash: str
    language: str


class RecordRenderingFailed(LetterCommandBase):
    """The PDF could not be made."""

    cause: str


class WithdrawLetter(LetterCommandBase):
    """The letter lost its cause."""

    reason: WithdrawReason


class ConfirmPosted(LetterCommandBase):
    """A person says that the printed letter is in the post. The last look happens here."""

    case_id: CaseId
    student_id: StudentId
    school_id: SchoolId
    intervention_id: InterventionId

    @property
    def exemption(self) -> UUID:
        """The stream of the student's exemptions."""
        return id_about("exemption", self.student_id)

    @property
    def consults(self) -> tuple[Consulted, ...]:
        """Case, exemption and the intervention that caused it."""
        return (
            Consulted("case", self.case_id),
            Consulted("exemption", self.exemption),
            Consulted("intervention", self.intervention_id),
        )

    @property
    def schools(self) -> tuple[UUID, ...]:
        """Today's date is the school's."""
        return (self.school_id,)


LetterCommand = (
    RequestLetter | RecordRendered | RecordRenderingFailed | WithdrawLetter | ConfirmPosted
)

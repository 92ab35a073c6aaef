"""What may be asked about exemptions."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.exemption.events import ExemptionEffect
from domain.kernel.commands import Command
from domain.shared.ids import SchoolId, StudentId, id_about


class ExemptionCommandBase(Command):
    """All exemptions of one student are one stream."""

    kind: ClassVar[str] = "exemption"
    student_id: StudentId

    @property
    def stream(self) -> UUID:
        """The student's exemptions decide."""
        return id_about("exemption", self.student_id)


class GrantExemption(ExemptionCommandBase):
    """A person grants an exemption; `until` is its last day, `school_id` tells today's date."""

    exemption: UUID
    starts_on: date
    until: date | None = None
    reason_ref: UUID | None = None
    effect: ExemptionEffect = ExemptionEffect.LEAVE_ALONE
    school_id: SchoolId | None = None

    @property
    def schools(self) -> tuple[UUID, ...]:
        """The student's school, where it is known."""
        return () if self.school_id is None else (self.school_id,)


class EndExemption(ExemptionCommandBase):
    """A person ends an exemption."""

    exemption: UUID


ExemptionCommand = GrantExemption | EndExemption

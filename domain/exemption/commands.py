"""What may be asked about exemptions."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import StudentId, id_about


class ExemptionCommandBase(Command):
    """All exemptions of one student are one stream."""

    kind: ClassVar[str] = "exemption"
    student_id: StudentId

    @property
    def stream(self) -> UUID:
        """The student's exemptions decide."""
        return id_about("exemption", self.student_id)


class GrantExemption(ExemptionCommandBase):
    """A person grants an exemption; `until` is its last day."""

    exemption: UUID
    starts_on: date
    until: date | None = None
    reason_ref: UUID | None = None


class EndExemption(ExemptionCommandBase):
    """A person ends an exemption."""

    exemption: UUID


ExemptionCommand = GrantExemption | EndExemption

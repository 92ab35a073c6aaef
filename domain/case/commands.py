"""What may be asked of a case."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import CaseId, SchoolId, StudentId, TenantId, anchored_id


def case_id(tenant: TenantId, student: StudentId, school_year_from: date) -> CaseId:
    """Return the natural key: one case per student and school year."""
    return CaseId(anchored_id(school_year_from, "case", tenant, student))


class CaseCommandBase(Command):
    """Every command names its case."""

    kind: ClassVar[str] = "case"
    case_id: CaseId

    @property
    def stream(self) -> UUID:
        """The case decides."""
        return self.case_id


class OpenCase(CaseCommandBase):
    """An intervention began."""

    student_id: StudentId
    school_id: SchoolId


class RaiseTier(CaseCommandBase):
    """A meeting decided that more is needed."""

    tier: int


class CloseCase(CaseCommandBase):
    """The matter is settled."""

    reason: str


CaseCommand = OpenCase | RaiseTier | CloseCase

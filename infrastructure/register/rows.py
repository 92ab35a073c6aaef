"""What the register says about schools, students and guardians: ids and flags, no names."""

from dataclasses import dataclass
from datetime import date

from domain.attendance.codes import CodeTable, code_table
from domain.attendance.metrics import Denominator
from domain.shared.ids import GuardianId, HouseholdId, SchoolId, StudentId


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school, and how its marks are to be read."""

    school: SchoolId
    source: str
    source_id: str
    name: str
    jurisdiction: str
    zone: str
    code_table: str
    denominator: Denominator

    @property
    def codes(self) -> CodeTable:
        """What the codes of its marks mean."""
        return code_table(self.code_table)


@dataclass(frozen=True, slots=True)
class StudentRow:
    """One student. Absent school: no file has said where the student is enrolled."""

    student: StudentId
    source: str
    source_id: str
    school: SchoolId | None
    household: HouseholdId | None
    year_group: str | None
    enrolled_on: date | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class GuardianLinkRow:
    """What one guardian is to one student. None means that nobody has told us."""

    student: StudentId
    guardian: GuardianId
    relation: str | None
    priority: int | None
    may_receive_info: bool | None
    has_parental_responsibility: bool | None
    lives_with: bool | None
    no_contact_reason: str | None
    no_contact_until: date | None
    household: HouseholdId | None

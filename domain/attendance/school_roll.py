"""Who is on a school's roll, under which id of the school's own system."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from domain.attendance.school_codes import SchoolCodes
from domain.attendance.school_days import SchoolDays
from domain.shared.ids import HouseholdId, SchoolId, StudentId


class RollEntry(NamedTuple):
    """One pupil on the roll, and the household as far as it is known."""

    student: StudentId
    household: HouseholdId | None


@dataclass(frozen=True, slots=True)
class SchoolRoll:
    """What must be known of a school before a file about its pupils can be read."""

    school: SchoolId
    source_id: str
    codes: SchoolCodes
    pupils: Mapping[str, RollEntry]
    calendar: SchoolDays

"""What must be known of a school before a file about its pupils can be read."""

from uuid import UUID

from domain.attendance.codes import code_table
from domain.attendance.school_codes import SchoolCodes
from domain.attendance.school_days import SchoolDays
from domain.attendance.school_roll import RollEntry, SchoolRoll
from domain.shared.ids import HouseholdId, SchoolId, StudentId


def test_a_pupil_is_found_by_the_id_of_the_schools_own_system() -> None:
    entry = RollEntry(StudentId(UUID(int=1)), HouseholdId(UUID(int=2)))
    roll = SchoolRoll(
        SchoolId(UUID(int=3)), "19876A", SchoolCodes(code_table("ie")), {"001": entry}, SchoolDays()
    )
    assert roll.pupils["001"].household == UUID(int=2)
    assert "1" not in roll.pupils

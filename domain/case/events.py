"""Facts about a case."""

from domain.kernel.facts import Event, fact
from domain.shared.ids import SchoolId, StudentId


@fact("case.opened")
class CaseOpened(Event):
    """The school has a file on this student."""

    student_id: StudentId
    school_id: SchoolId


@fact("case.tier_raised")
class CaseTierRaised(Event):
    """More support, or an outside agency, is needed. Tiers are 1, 2 and 3."""

    tier: int


@fact("case.closed")
class CaseClosed(Event):
    """The matter is settled; whatever runs for it stops. `reason` is a code."""

    student_id: StudentId
    reason: str


CaseEvent = CaseOpened | CaseTierRaised | CaseClosed

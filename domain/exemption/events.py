"""Facts about exemptions. Why one was granted is special-category data and lies in the vault."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.kernel.facts import Event, fact
from domain.shared.ids import StudentId


class ExemptionEffect(StrEnum):
    """What an exemption changes. Which kind it is of, and why, says more and lies in the vault."""

    LEAVE_ALONE = "LEAVE_ALONE"
    TO_WORKER = "TO_WORKER"


@fact("exemption.granted", version=2)
class ExemptionGranted(Event):
    """From a day on, rules leave this student alone. Absent `until` means until it is ended.

    Version 2 added `effect`: with TO_WORKER the school tells the child's own worker instead of the
    family; and `granted_on`, the day at the school, absent where the school was not known.
    """

    student_id: StudentId
    exemption: UUID
    starts_on: date
    until: date | None = None
    reason_ref: UUID | None = None
    effect: ExemptionEffect = ExemptionEffect.LEAVE_ALONE
    granted_on: date | None = None


@fact("exemption.ended")
class ExemptionEnded(Event):
    """The exemption holds no longer, from this fact's own day."""

    exemption: UUID


ExemptionEvent = ExemptionGranted | ExemptionEnded

"""Facts about exemptions. Why one was granted is special-category data and lies in the vault."""

from datetime import date
from uuid import UUID

from domain.kernel.facts import Event, fact
from domain.shared.ids import StudentId


@fact("exemption.granted")
class ExemptionGranted(Event):
    """From a day on, rules leave this student alone. Absent `until` means until it is ended."""

    student_id: StudentId
    exemption: UUID
    starts_on: date
    until: date | None = None
    reason_ref: UUID | None = None


@fact("exemption.ended")
class ExemptionEnded(Event):
    """The exemption holds no longer, from this fact's own day."""

    exemption: UUID


ExemptionEvent = ExemptionGranted | ExemptionEnded

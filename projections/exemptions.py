"""Exemptions: on which days rules leave a student alone. Why lies in the vault."""

from datetime import date, datetime
from uuid import UUID

from domain.exemption.events import ExemptionEffect, ExemptionEnded, ExemptionGranted
from domain.kernel.recorded import Told
from domain.shared.ids import StudentId
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_LISTENS = (ExemptionGranted, ExemptionEnded)


class ExemptionLine(Row):
    """One exemption; absent `until` means until it is ended by a person."""

    exemption: UUID
    starts_on: date
    until: date | None
    effect: ExemptionEffect
    reason_ref: UUID | None
    granted_at: datetime
    ended_at: datetime | None = None

    def holds_on(self, day: date) -> bool:
        """Say whether a day is covered. It ends with its last day, by itself."""
        within = self.starts_on <= day and (self.until is None or day <= self.until)
        return within and self.ended_at is None


class ExemptionsRow(Row):
    """All exemptions of one student, the oldest first."""

    student_id: StudentId
    exemptions: tuple[ExemptionLine, ...] = ()


def evolve(row: ExemptionsRow | None, fact: Told, key: str) -> ExemptionsRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its student's exemptions."""
    match fact.event:
        case ExemptionGranted() as granted:
            line = ExemptionLine(
                exemption=granted.exemption,
                starts_on=granted.starts_on,
                until=granted.until,
                effect=granted.effect,
                reason_ref=granted.reason_ref,
                granted_at=fact.occurred_at,
            )
            before = row or ExemptionsRow(granted.student_id)
            return before.but(exemptions=(*before.exemptions, line))
        case ExemptionEnded(exemption=ended):
            at = fact.occurred_at
            lines = (
                line.but(ended_at=at) if line.exemption == ended else line
                for line in expect(row).exemptions
            )
            return expect(row).but(exemptions=tuple(lines))
        case _:
            return row


EXEMPTIONS = ReadModel(
    "exemptions",
    version=1,
    row=ExemptionsRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("student_id",),
    indexes=("student_id",),
)
OF_STUDENTS = Query(
    "exemptions",
    "select doc from {exemptions} where tenant = %(tenant)s"
    " and (%(students)s::uuid[] is null or student_id = any(%(students)s))"
    " order by key limit 200000",
)

"""One student's exemptions."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, assert_never
from uuid import UUID

from domain.exemption.commands import EndExemption, ExemptionCommand, GrantExemption
from domain.exemption.events import ExemptionEnded, ExemptionEvent, ExemptionGranted
from domain.exemption.refusals import ExemptionEndsBeforeStart, ExemptionUnknown
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World


class Exemptions(Aggregate[ExemptionCommand, ExemptionEvent]):
    """Knows on which days rules must leave the student alone."""

    kind: ClassVar[str] = "exemption"

    def __init__(self) -> None:
        self.known: set[UUID] = set()
        self.held: dict[UUID, tuple[date, date | None]] = {}

    def holds_on(self, day: date) -> bool:
        """Say whether any exemption covers a day."""
        return any(
            starts <= day and (until is None or day <= until)
            for starts, until in self.held.values()
        )

    def decide(self, command: ExemptionCommand, world: World) -> Sequence[ExemptionEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        match command:
            case GrantExemption():
                return self._grant(command)
            case EndExemption(exemption=exemption):
                if exemption not in self.known:
                    raise ExemptionUnknown
                return [ExemptionEnded(exemption=exemption)] if exemption in self.held else []
            case _:
                assert_never(command)

    def _grant(self, command: GrantExemption) -> list[ExemptionEvent]:
        if command.exemption in self.known:
            return []
        if command.until is not None and command.until < command.starts_on:
            raise ExemptionEndsBeforeStart
        return [
            ExemptionGranted(
                student_id=command.student_id,
                exemption=command.exemption,
                starts_on=command.starts_on,
                until=command.until,
                reason_ref=command.reason_ref,
            )
        ]

    def evolve(self, event: ExemptionEvent) -> None:
        """Remember the days."""
        match event:
            case ExemptionGranted():
                self.known.add(event.exemption)
                self.held[event.exemption] = (event.starts_on, event.until)
            case ExemptionEnded(exemption=exemption):
                self.held.pop(exemption, None)
            case _:
                assert_never(event)

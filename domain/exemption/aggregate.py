"""One student's exemptions."""

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, assert_never
from uuid import UUID

from domain.exemption.commands import EndExemption, ExemptionCommand, GrantExemption
from domain.exemption.events import (
    ExemptionEffect,
    ExemptionEnded,
    ExemptionEvent,
    ExemptionGranted,
)
from domain.exemption.refusals import ExemptionEndsBeforeStart, ExemptionUnknown
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World


class Exemptions(Aggregate[ExemptionCommand, ExemptionEvent]):
    """Knows on which days rules must leave the student alone."""

    kind: ClassVar[str] = "exemption"

    def __init__(self) -> None:
        self.known: set[UUID] = set()
        self.held: dict[UUID, ExemptionGranted] = {}

    def holds_on(self, day: date) -> bool:
        """Say whether any exemption covers a day. It ends with its last day, by itself."""
        return bool(self._on(day))

    def routes_on(self, day: date) -> bool:
        """Say whether on a day the child's own worker is told instead of the family."""
        return any(one.effect is ExemptionEffect.TO_WORKER for one in self._on(day))

    def _on(self, day: date) -> list[ExemptionGranted]:
        return [
            one
            for one in self.held.values()
            if one.starts_on <= day and (one.until is None or day <= one.until)
        ]

    def decide(self, command: ExemptionCommand, world: World) -> Sequence[ExemptionEvent]:
        """Return what follows."""
        match command:
            case GrantExemption():
                return self._grant(command, world)
            case EndExemption(exemption=exemption):
                if exemption not in self.known:
                    raise ExemptionUnknown
                return [ExemptionEnded(exemption=exemption)] if exemption in self.held else []
            case _:
                assert_never(command)

    def _grant(self, command: GrantExemption, world: World) -> list[ExemptionEvent]:
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
                effect=command.effect,
                granted_on=None if command.school_id is None else world.today(command.school_id),
            )
        ]

    def evolve(self, event: ExemptionEvent) -> None:
        """Remember the days."""
        match event:
            case ExemptionGranted():
                self.known.add(event.exemption)
                self.held[event.exemption] = event
            case ExemptionEnded(exemption=exemption):
                self.held.pop(exemption, None)
            case _:
                assert_never(event)

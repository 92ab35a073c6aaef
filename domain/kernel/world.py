"""What a decision may look at besides its own history: one small frozen value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from domain.kernel.commands import Link
from domain.shared.calendar import SchoolCalendar
from domain.shared.recipients import Contact


@dataclass(frozen=True, slots=True)
class World:
    """The moment of a decision.

    `now` is the school clock in UTC. `calendars` holds one calendar per school that the command
    names. `consulted` holds the state of the streams that the command consults; their versions
    cannot change before the decision is committed. `contacts` is what the register says of the
    guardians that the command names, read in the decision's own transaction. `actor` is who asks.
    """

    now: datetime
    actor: str = "system"
    calendars: Mapping[UUID, SchoolCalendar] = field(default_factory=dict)
    consulted: Mapping[UUID, Any] = field(default_factory=dict)
    contacts: Mapping[Link, Contact] = field(default_factory=dict)

    def calendar(self, school: UUID) -> SchoolCalendar:
        """Return the calendar of a school."""
        return self.calendars[school]

    def today(self, school: UUID) -> date:
        """Return the local date at a school."""
        return self.calendars[school].local(self.now).date()

    def seen(self, stream: UUID) -> Any:
        """Return a consulted state; the caller names the protocol that it looks through."""
        return self.consulted[stream]

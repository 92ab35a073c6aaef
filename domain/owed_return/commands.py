"""What may be asked about returns."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import RuleSetId, SchoolId, TenantId, derived_id


def return_id(tenant: TenantId, school: SchoolId, name: str, school_year_from: date) -> UUID:
    """Return the natural key: one return of a name for each school and school year."""
    return derived_id("owed_return", tenant, school, name, school_year_from)


class ReturnCommandBase(Command):
    """Every command names its return, and the school whose day it is."""

    kind: ClassVar[str] = "owed_return"
    return_id: UUID
    school_id: SchoolId

    @property
    def stream(self) -> UUID:
        """The return decides."""
        return self.return_id

    @property
    def schools(self) -> tuple[UUID, ...]:
        """The school tells today's date."""
        return (self.school_id,)


class WatchReturn(ReturnCommandBase):
    """Look at a return that rules ask for, by the calendar of the moment."""

    rule_set_id: RuleSetId
    name: str
    covers: str
    role: str
    cumulative: bool
    school_year_from: date
    opens_on: date
    due_on: date


class SubmitReturn(ReturnCommandBase):
    """A named person made the return; the day is the school's today where none is said."""

    submitted_on: date | None = None
    reference: str = ""


ReturnCommand = WatchReturn | SubmitReturn

"""Looks at the register: routes that read it are `def`, as imports and evaluations read it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.routing import APIRoute

from api.bodies.records import Day
from api.dependencies import LARGEST_POSITION, CallerDep, HouseDep
from api.reading import SchoolNotKnown, names, note
from api.tokens import Caller
from domain.kernel.refusals import Invalid, NotFound
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register import reads
from infrastructure.register.known_then import position_then
from infrastructure.register.rows import SchoolRow, StudentRow
from infrastructure.register.summaries import school_known
from infrastructure.store.database import Connection
from infrastructure.wiring.house import House

LONGEST: Final = 800
KnownAt = Annotated[
    int | None,
    Query(ge=0, le=LARGEST_POSITION, description="A position: the register as known then."),
]
KnownOn = Annotated[
    Day | None,
    Query(alias="asKnownOn", description="The register as known at the end of that day."),
]
First = Annotated[Day | None, Query(alias="from", description="The first day.")]
Last = Annotated[Day | None, Query(alias="to", description="The last day.")]


class StudentUnknown(NotFound):
    """There is no such student in your schools, as far as was known then."""

    code = "student-unknown"


class DaysTooMany(Invalid):
    """Ask for at most 800 days, and for the earlier day first."""

    code = "days-too-many"


@dataclass(frozen=True, slots=True)
class RegisterLook:
    """One transaction on the register; whom it was about is recorded in it."""

    conn: Connection
    house: House
    caller: Caller
    route: str

    @property
    def tenant(self) -> TenantId:
        """Whose register it is."""
        return TenantId(self.caller.tenant)

    def school(self, school: UUID) -> SchoolRow:
        """Return a school in the caller's scope.

        Raises:
            SchoolNotKnown: the same for one that is not there and one of somebody else.
        """
        found = school_known(self.conn, self.tenant, SchoolId(school), reads.NOW)
        if found is None or not self.caller.may_see(school):
            raise SchoolNotKnown
        return found

    def student(self, student: UUID) -> tuple[StudentRow, SchoolRow]:
        """Return a student at a school in the caller's scope, and the school.

        Raises:
            StudentUnknown: the same for one who is not there and one of another school.
        """
        rows = reads.students(self.conn, self.tenant, students=[StudentId(student)])
        if not rows or rows[0].school is None or not self.caller.may_see(rows[0].school):
            raise StudentUnknown
        school = school_known(self.conn, self.tenant, rows[0].school, reads.NOW)
        if school is None:
            raise StudentUnknown
        return rows[0], school

    def position(self, school: SchoolRow, known_on: date | None, known_at: int | None) -> int:
        """Return the position at which to read."""
        return position_then(self.conn, self.tenant, school.zone, on=known_on, position=known_at)

    def people(self, ids: Iterable[UUID]) -> dict[str, dict[str, str]]:
        """Return names by id; an erased person has none."""
        wanted = sorted(set(ids))
        return names(self.house.vault.get_many(self.conn, self.tenant, wanted))

    def note(self, what: str, students: Iterable[UUID]) -> None:
        """Record that the caller looked at these children."""
        note(self.conn, self.caller, self.route, what, *students)


@dataclass(frozen=True, slots=True)
class AtRegister:
    """Where one caller asks the register."""

    house: House
    caller: Caller
    route: str

    @contextmanager
    def look(self) -> Iterator[RegisterLook]:
        """Open a transaction for one look."""
        with self.house.database.tenant(self.caller.tenant) as conn:
            yield RegisterLook(conn, self.house, self.caller, self.route)


async def _at_register(request: Request, house: HouseDep, caller: CallerDep) -> AtRegister:
    route: APIRoute = request.scope["route"]
    return AtRegister(house, caller, f"{request.method} {route.path}")


RegisterDep = Annotated[AtRegister, Depends(_at_register)]


def span_of(first: date, last: date) -> tuple[date, date]:
    """Return two days in order.

    Raises:
        DaysTooMany: when they are too far apart, or backwards.
    """
    if not 0 <= (last - first).days <= LONGEST:
        raise DaysTooMany
    return first, last

"""School calendars."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies.calendars import Calendar
from api.dependencies import LARGEST_POSITION, CallerDep, GuardedRoute, HouseDep
from api.pages import JSON, query
from api.register_looks import LONGEST, DaysTooMany, SchoolNotKnown
from domain.shared.ids import TenantId
from infrastructure.clock import school_now
from infrastructure.register import reads
from infrastructure.register.calendar_view import Asked, calendar_view, year_of

router = APIRouter(prefix="/api/calendars", tags=["calendars"], route_class=GuardedRoute)
KnownAt = Annotated[
    int | None,
    Query(ge=0, le=LARGEST_POSITION, description="A position: the calendar as known then."),
]


@router.get(
    "/{schoolId}",
    summary="A school's days",
    response_model=Calendar,
    responses=query(SchoolNotKnown, DaysTooMany),
)
def show_calendar(
    house: HouseDep,
    caller: CallerDep,
    school: Annotated[UUID, Path(alias="schoolId")],
    first: Annotated[date | None, Query(alias="from", description="The year's first.")] = None,
    last: Annotated[date | None, Query(alias="to", description="The last known.")] = None,
    year_group: Annotated[str | None, Query(max_length=40)] = None,
    known_at: KnownAt = None,
) -> Response:
    """Each day with its number in the school year, what was said of it, and all versions."""
    # `def`, as commands are: the register is read as imports and evaluations read it.
    tenant = TenantId(caller.tenant)
    with house.database.tenant(tenant) as conn:
        known = [row for row in reads.schools(conn, tenant) if row.school == school]
        if not known or not caller.may_see(school):
            raise SchoolNotKnown
        usual = year_of(conn, tenant, known[0], first or school_now(conn).date())
        span = first or usual[0], last or usual[1]
        if not 0 <= (span[1] - span[0]).days <= LONGEST:
            raise DaysTooMany
        view = calendar_view(conn, tenant, known[0], Asked(*span, year_group, known_at))
    return Response(msgspec.json.encode(view), media_type=JSON)

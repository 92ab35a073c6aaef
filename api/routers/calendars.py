"""School calendars."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies.calendars import Calendar, DayBody, DayKind, DayReceipt, TermBody
from api.bodies.records import Day
from api.dependencies import LARGEST_POSITION, CallerDep, GuardedRoute, HouseDep, PutDesk
from api.pages import JSON, change, query
from api.reading import SchoolNotKnown
from api.receipts import Desk, receipted
from api.register_looks import LONGEST, AtRegister, DaysTooMany, RegisterDep
from domain.register_batch.commands import BY_HAND
from domain.register_batch.refusals import ChangedByPersonOnly
from domain.shared.ids import SchoolId, TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.register import reads
from infrastructure.register.by_hand import DayChange, TermChange
from infrastructure.register.calendar_view import Asked, calendar_view, year_of
from infrastructure.wiring.by_hand import DaysBackwards, Hand, TermsOverlap, TermUnknown

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
        batches = [UUID(one["batch"]) for one in view["versions"] if one["source"] == BY_HAND]
        said = house.vault.get_many(conn, tenant, batches)
    for one in view["versions"]:
        one["reason"] = said.get(UUID(one["batch"]), {}).get("reason")
    headers = {"ETag": f'"{view["version"] or 0}"'}
    return Response(msgspec.json.encode(view), headers=headers, media_type=JSON)


@router.put(
    "/{schoolId}/days/{date}",
    summary="Close a day, or open it",
    response_model=DayReceipt,
    responses=change(SchoolNotKnown, ChangedByPersonOnly, DaysBackwards),
)
def change_day(
    at: RegisterDep,
    desk: PutDesk,
    school: Annotated[UUID, Path(alias="schoolId")],
    on: Annotated[Day, Path(alias="date")],
    body: DayBody,
) -> Response:
    """Say something about a day, or all until another, also afterwards.

    If-Match is the calendar's version. What was known before can still be asked for. Evaluations
    look again at what it touches.
    """
    word = DayChange(
        school=_known(at, school),
        on=on,
        kind=body.kind.value,
        is_open=body.kind.is_open,
        part=body.session.value,
        year_group=body.year_group or "",
        withdrawn=body.kind is DayKind.WITHDRAWN,
        until=body.until,
    )
    return _changed(desk, word, body.reason)


@router.put(
    "/{schoolId}/terms/{term}",
    summary="Set a term, or take it back",
    response_model=DayReceipt,
    responses=change(SchoolNotKnown, ChangedByPersonOnly, DaysBackwards, TermsOverlap, TermUnknown),
)
def change_term(
    at: RegisterDep,
    desk: PutDesk,
    school: Annotated[UUID, Path(alias="schoolId")],
    term: Annotated[str, Path(pattern=r"^[\w .,'-]{1,60}$")],
    body: TermBody,
) -> Response:
    """Say from when to when a term lasts, under its name. If-Match is the calendar's version.

    Days that were closed by name stay closed. Evaluations look again at the whole year.
    """
    word = TermChange(_known(at, school), term, body.days, body.declared_days)
    return _changed(desk, word, body.reason)


def _known(at: AtRegister, school: UUID) -> SchoolId:
    with at.look() as look:
        return look.school(school).school


def _changed(desk: Desk, word: DayChange | TermChange, reason: str) -> Response:
    wish = derived_id(desk.command_id, word, reason)
    tenant = TenantId(desk.caller.tenant)
    hand = Hand(desk.house, tenant, desk.caller.actor, wish, desk.correlation)
    receipt = hand.change_calendar(word, reason, seen=desk.expecting or 0)
    told = msgspec.structs.replace(receipt, version=receipt.position)
    return receipted(told, more={"batch": str(hand.batch)})

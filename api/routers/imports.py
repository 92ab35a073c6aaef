"""Imports: their reports, and a school's CSV file over HTTP. No report names a child."""

from codecs import BOM_UTF8
from hashlib import sha256
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies.imports import ImportPage, ImportShown, Outcome
from api.dependencies import GuardedRoute, PagingDep, PostDesk, RawBody, ReadingDep
from api.pages import JSON, answered, command, paged, query
from api.reading import SchoolNotKnown, joined
from api.receipts import Desk
from domain.kernel.refusals import CommandReused, NotFound
from domain.shared.ids import SchoolId, TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.imports.csv_text import ColumnProfile, Upload
from infrastructure.imports.kept_reports import OF_TENANT, ONE, report_of
from infrastructure.imports.profiles import ProfileNotKnown, newest
from infrastructure.register import reads
from infrastructure.wiring.imports import Importer

router = APIRouter(prefix="/api/imports", tags=["imports"], route_class=GuardedRoute)
What = Literal["marks", "students", "guardians", "calendar", "codes"]
Shape = Literal["long", "wide", "totals"]
_ICAL: Final = b"BEGIN:VCALENDAR"
_CSV: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "student,date,session,code\n001,2025-09-01,AM,/\n",
            }
        },
    }
}


class ImportNotKnown(NotFound):
    """No import that you may see has this id."""

    code = "import-unknown"


@router.get("", summary="Imports", response_model=ImportPage, responses=paged(SchoolNotKnown))
async def list_imports(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    outcome: Outcome | None = None,
) -> Response:
    """The newest first, each with how many rows were set aside and what changed."""
    filters: dict[str, object] = {"school": school, "outcome": outcome}
    place = paging.place(reading, filters)
    async with reading.look() as look:
        rows = await look.rows(
            OF_TENANT,
            school=reading.caller.scope(school),
            outcome=outcome,
            after_at=place.at if place else None,
            after_key=place.key if place else None,
            limit=paging.limit + 1,
        )
        await look.known(school, found=bool(rows))
    page = rows[: paging.limit]
    last = (page[-1][1], page[-1][2]) if len(rows) > len(page) else None
    cursor, headers = paging.following(reading, filters, last)
    parts = {"items": joined(row[0] for row in page), "next": msgspec.json.encode(cursor)}
    return answered(parts, headers)


@router.get(
    "/{importId}",
    summary="One import's report",
    response_model=ImportShown,
    responses=query(ImportNotKnown),
)
async def show_import(
    reading: ReadingDep, wanted: Annotated[UUID, Path(alias="importId")]
) -> Response:
    """What came in, what was set aside and why, and what changed in the register."""
    async with reading.look() as look:
        rows = await look.rows(ONE, **{"import": wanted})
    allowed = reading.caller.schools
    if not rows or (allowed is not None and rows[0][1] not in allowed):
        raise ImportNotKnown
    return Response(rows[0][0].encode(), media_type=JSON)


@router.post(
    "/csv",
    summary="Import a school's CSV file",
    response_model=ImportShown,
    responses=command(SchoolNotKnown, ProfileNotKnown),
    openapi_extra=_CSV,
)
def import_csv(
    desk: PostDesk,
    body: RawBody,
    school: UUID,
    what: What = "marks",
    profile: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_-]{1,40}$")] = None,
    shape: Shape | None = None,
    keep_good_rows: Annotated[
        bool, Query(description="Set unusable rows aside; else one of them imports nothing.")
    ] = False,
) -> Response:
    """The body is the file. `outcome` says what came of it; REFUSED has changed nothing.

    A calendar may come as iCalendar too. The same key gives the same report again, and the same
    file imports nothing twice.
    """
    tenant, import_id = TenantId(desk.caller.tenant), derived_id(desk.command_id, "import")
    columns = _profile(desk, SchoolId(school), profile)
    if shape is not None:
        columns = columns.model_copy(update={"shape": shape})
    with desk.house.database.tenant(tenant) as conn:
        found = report_of(conn, tenant, import_id)
        today = school_now(conn).date()
    if found is None:
        importer = Importer(desk.house, tenant, desk.caller.actor, import_id)
        importer.csv(
            what,
            Upload(_name_of(body), body),
            str(school),
            today=today,
            profile=columns,
            keep_good_rows=keep_good_rows,
        )
        with desk.house.database.tenant(tenant) as conn:
            found = report_of(conn, tenant, import_id)
    assert found is not None  # noqa: S101  each import keeps its report
    told = found["report"]
    if (told["sha256"], told["school"]) != (sha256(body).hexdigest(), str(school)):
        raise CommandReused
    return Response(msgspec.json.encode(found), media_type=JSON)


def _name_of(body: bytes) -> str:
    """Return a name for a body: calendars come as iCalendar too, and say so themselves."""
    begins = body.removeprefix(BOM_UTF8).lstrip()[: len(_ICAL)].upper()
    return "upload.ics" if begins == _ICAL else "upload.csv"


def _profile(desk: Desk, school: SchoolId, named: str | None) -> ColumnProfile:
    tenant = TenantId(desk.caller.tenant)
    with desk.house.database.tenant(tenant) as conn:
        known = any(row.school == school for row in reads.schools(conn, tenant))
        if not known or not desk.caller.may_see(school):
            raise SchoolNotKnown
        if named is None:
            return ColumnProfile()
        found = newest(conn, tenant, school, named)
    if found is None:
        raise ProfileNotKnown
    return found.profile

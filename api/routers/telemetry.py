"""Numbers: what ran by itself, and whether every due step is accounted for."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from api.bodies.records import Day
from api.bodies.shared import Instant
from api.bodies.telemetry import (
    Balance,
    EngagementPage,
    MessageBalance,
    MetricsList,
    TelemetryPage,
)
from api.dependencies import GuardedRoute, PagingDep, ReadingDep
from api.looks import ZONE_OF_SCHOOL
from api.pages import answered, listed, paged, query
from api.reading import SchoolNotKnown, joined
from api.register_looks import DaysTooMany, span_of
from domain.contact_choice.commands import contact_choice_id
from domain.shared.ids import GuardianId
from projections import (
    automation_metrics,
    balance,
    engagement_events,
    execution_log,
    messages,
    telemetry_events,
)
from projections.engagement_events import EngagementType
from projections.telemetry_events import TelemetryType

router = APIRouter(prefix="/api/telemetry", tags=["telemetry"], route_class=GuardedRoute)
MOST: Final = 5000
FROM = Query(alias="from", description="From this instant on.")
TO = Query(alias="to", description="Up to this instant, which is not included.")


@router.get(
    "/metrics", summary="Daily numbers", response_model=MetricsList, responses=query(SchoolNotKnown)
)
async def daily_metrics(
    reading: ReadingDep,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
    school: UUID | None = None,
) -> Response:
    """Counters by school and school day. No effect on attendance is claimed."""
    await reading.caught_up(automation_metrics.PAGE.model)
    asked = {"from": first, "to": last, "school": reading.caller.scope(school)}
    async with reading.look() as look:
        rows = await look.rows(automation_metrics.PAGE, **asked, limit=MOST + 1)
        await look.known(school, found=bool(rows))
    documents = [row[0] for row in rows[:MOST]]
    complete = msgspec.json.encode(len(rows) <= MOST)
    return answered({"items": joined(documents), "complete": complete})


@router.get(
    "/events",
    summary="Telemetry events",
    response_model=TelemetryPage,
    responses=paged(SchoolNotKnown),
)
async def list_telemetry_events(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    student: UUID | None = None,
    run: UUID | None = None,
    kind: Annotated[TelemetryType | None, Query(alias="type")] = None,
    first: Annotated[Instant | None, FROM] = None,
    last: Annotated[Instant | None, TO] = None,
) -> Response:
    """Every action of every playbook, and better attendance, oldest first."""
    filters = {"student": student, "run": run, "type": kind, "from": first, "to": last}
    return await listed(reading, paging, telemetry_events.PAGE, "telemetry", filters, school)


@router.get(
    "/engagement",
    summary="Engagement events",
    response_model=EngagementPage,
    responses=paged(SchoolNotKnown),
)
async def list_engagement_events(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    student: UUID | None = None,
    guardian: GuardianId | None = None,
    run: UUID | None = None,
    kind: Annotated[EngagementType | None, Query(alias="type")] = None,
    first: Annotated[Instant | None, FROM] = None,
    last: Annotated[Instant | None, TO] = None,
) -> Response:
    """What came of each message: sent, delivered, bounced, opened, answered; oldest first.

    A guardian's own choices, as a STOP, are shown where the guardian is asked for.
    """
    filters = {
        "student": student,
        "guardian": guardian,
        "run": run,
        "type": kind,
        "from": first,
        "to": last,
    }
    more = {"choices": None if guardian is None else contact_choice_id(guardian)}
    page = engagement_events.PAGE
    return await listed(reading, paging, page, "engagement", filters, school, more)


@router.get(
    "/balance", summary="Balance sheet", response_model=Balance, responses=query(SchoolNotKnown)
)
async def balance_sheet(reading: ReadingDep, school: UUID | None = None) -> Response:
    """Of all steps whose time has come by the school clock, what became of them."""
    await reading.caught_up(execution_log.BALANCE.model)
    async with reading.look() as look:
        now = await look.school_now()
        scope = reading.caller.scope(school)
        rows = await look.rows(execution_log.BALANCE, now=now, school=scope)
        await look.known(school, found=any(rows[0]))
    sheet = {"at": now} | dict(zip(execution_log.SIDES, rows[0], strict=True))
    return answered({name: msgspec.json.encode(value) for name, value in sheet.items()})


@router.get(
    "/balance/messages",
    summary="Balance sheet of messages",
    response_model=MessageBalance,
    responses=query(SchoolNotKnown, DaysTooMany),
)
async def message_balance(
    reading: ReadingDep,
    first: Annotated[Day, Query(alias="from", description="The first day.")],
    last: Annotated[Day, Query(alias="to", description="The last day.")],
    school: UUID | None = None,
) -> Response:
    """Every message that runs asked for on these days is on exactly one side.

    Days are those of the school; without one, of UTC.
    """
    span_of(first, last)
    await reading.caught_up(balance.ROWS.model)
    await reading.caught_up(messages.BY_PROVIDER_REF.model)
    async with reading.look() as look:
        zone = await look.rows(ZONE_OF_SCHOOL, school=school)
        await look.known(school, found=False)
        rows = await look.rows(
            balance.ROWS,
            school=reading.caller.scope(school),
            zone=zone[0][0] if zone else "UTC",
            **{"from": first, "to": last},
        )
    told = {"from": first, "to": last, **balance.sheet(rows)}
    return answered({name: msgspec.json.encode(value) for name, value in told.items()})

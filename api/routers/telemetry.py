"""Numbers: what ran by itself, and whether every due step is accounted for."""

from datetime import date
from typing import Annotated, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from api.bodies.telemetry import Balance, MetricsList
from api.dependencies import GuardedRoute, ReadingDep
from api.pages import answered, query
from api.reading import SchoolNotKnown, joined
from projections import automation_metrics, execution_log

router = APIRouter(prefix="/api/telemetry", tags=["telemetry"], route_class=GuardedRoute)
MOST: Final = 5000


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

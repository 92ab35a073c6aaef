"""Evaluations: on demand, and the account of every look."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from api.bodies.evaluations import EvaluateBody, EvaluationAnswer, EvaluationPage
from api.dependencies import GuardedRoute, PagingDep, PostDesk, ReadingDep
from api.evaluating import evaluated
from api.pages import answered, command, paged
from api.reading import SchoolNotKnown, joined
from infrastructure.runtime.evaluating import DayNotEnded, EvaluationBusy
from infrastructure.runtime.proposing_by_hand import NoRuleSet
from projections import evaluations

router = APIRouter(prefix="/api/interventions", tags=["evaluations"], route_class=GuardedRoute)
FIRST, LAST = Query(alias="from"), Query(alias="to")


@router.post(
    "/evaluations",
    summary="Let the rules look at a school now",
    response_model=EvaluationAnswer,
    responses=command(SchoolNotKnown, NoRuleSet, DayNotEnded, EvaluationBusy),
)
def evaluate_school(desk: PostDesk, body: EvaluateBody) -> Response:
    """Propose what follows for one day. Asked again with nothing new known, it adds nothing."""
    looked = evaluated(desk, body.school_id, body.on)
    return answered({name: msgspec.json.encode(part) for name, part in looked.items()})


@router.get(
    "/evaluations",
    summary="When the rules looked, and what came of it",
    response_model=EvaluationPage,
    responses=paged(SchoolNotKnown),
)
async def list_evaluations(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    first: Annotated[date | None, FIRST] = None,
    last: Annotated[date | None, LAST] = None,
) -> Response:
    """Looks by school and day, the latest first: how many were looked at, what was done and left.

    Counts only: nobody is named, so no look at a child is recorded.
    """
    filters: dict[str, object] = {"school": school, "first": first, "last": last}
    place = paging.place(reading, filters)
    await reading.caught_up(evaluations.PAGE.model)
    async with reading.look() as look:
        rows = await look.rows(
            evaluations.PAGE,
            **{**filters, "school": reading.caller.scope(school)},
            after_at=place.at if place else None,
            after_key=place.key if place else None,
            limit=paging.limit + 1,
        )
        await look.known(school, found=bool(rows))
    page = rows[: paging.limit]
    last_row = (page[-1][1], page[-1][2]) if len(rows) > len(page) else None
    cursor, headers = paging.following(reading, filters, last_row)
    parts = {"items": joined(row[0] for row in page), "next": msgspec.json.encode(cursor)}
    return answered(parts, headers)

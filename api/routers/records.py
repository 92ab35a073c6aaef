"""Cases, and the record of who looked at whom."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.records import CloseCaseBody, ReadPage
from api.bodies.shared import ReceiptBody
from api.dependencies import GuardedRoute, PagingDep, PostDesk, ReadingDep
from api.looks import READS, SCHOOL_OF_STUDENT
from api.pages import answered, command, paged
from api.reading import joined
from api.receipts import receipted
from api.register_looks import StudentUnknown
from domain.case.commands import CloseCase
from domain.case.events import CaseOpened
from domain.case.refusals import CaseUnknown
from domain.shared.ids import CaseId

router = APIRouter(prefix="/api", tags=["records"], route_class=GuardedRoute)


@router.post(
    "/cases/{caseId}/close",
    summary="Close a case",
    response_model=ReceiptBody,
    responses=command(CaseUnknown),
)
def close_case(
    desk: PostDesk, case: Annotated[CaseId, Path(alias="caseId")], body: CloseCaseBody
) -> Response:
    """Settle the matter: what runs for the student stops, and its interventions end."""
    desk.founding(case, CaseOpened, CaseUnknown)
    return receipted(desk.execute(CloseCase(case_id=case, reason=body.reason)))


@router.get(
    "/audit/reads",
    summary="Who looked at a child's record",
    response_model=ReadPage,
    responses=paged(StudentUnknown),
)
async def list_reads(
    reading: ReadingDep, paging: PagingDep, student: UUID | None = None
) -> Response:
    """Looks, latest first. With schools in the token, a student of them has to be named."""
    filters: dict[str, object] = {"student": student}
    place = paging.place(reading, filters)
    async with reading.look() as look:
        if reading.caller.schools is not None:
            seen = await look.rows(SCHOOL_OF_STUDENT, student=student)
            if not seen or not reading.caller.may_see(seen[0][0]):
                raise StudentUnknown
        before = int(place.key) if place else None
        rows = await look.rows(READS, student=student, before=before, limit=paging.limit + 1)
    page = rows[: paging.limit]
    last = (page[-1][1], page[-1][2]) if len(rows) > len(page) else None
    cursor, headers = paging.following(reading, filters, last)
    parts = {"items": joined(row[0] for row in page), "next": msgspec.json.encode(cursor)}
    return answered(parts, headers)

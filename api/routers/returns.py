"""Returns that schools owe: what is open, past due or made, and the word that one was made."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.bodies.returns import ReturnList, SubmitBody
from api.bodies.shared import ReceiptBody
from api.dependencies import GuardedRoute, PostDesk, ReadingDep
from api.pages import answered, command, query
from api.reading import SchoolNotKnown, joined
from api.receipts import receipted
from domain.owed_return.commands import SubmitReturn
from domain.owed_return.events import ReturnOpened
from domain.owed_return.refusals import ReturnByPersonOnly, ReturnInFuture, ReturnUnknown
from projections import returns

router = APIRouter(prefix="/api/returns", tags=["returns"], route_class=GuardedRoute)
Status = Literal["OPEN", "PAST_DUE", "SUBMITTED"]


@router.get(
    "",
    summary="Returns that schools owe",
    response_model=ReturnList,
    responses=query(SchoolNotKnown),
)
async def list_returns(
    reading: ReadingDep,
    school: UUID | None = None,
    status: Annotated[Status | None, Query(description="Only these.")] = None,
) -> Response:
    """What was asked for by a rule set in use, by when, and who made it. No child is named."""
    await reading.caught_up(returns.PAGE.model)
    async with reading.look() as look:
        scope = reading.caller.scope(school)
        rows = await look.rows(returns.PAGE, school=scope, status=status)
        await look.known(school, found=bool(rows))
    return answered({"items": joined(row[0] for row in rows)})


@router.post(
    "/{id}/submit",
    summary="Say that a return was made",
    response_model=ReceiptBody,
    responses=command(ReturnUnknown, ReturnByPersonOnly, ReturnInFuture),
)
def submit_return(
    desk: PostDesk, which: Annotated[UUID, Path(alias="id")], body: SubmitBody
) -> Response:
    """Put on record, in your name, that it went to the authority. Software sends none."""
    opened = desk.founding(which, ReturnOpened, ReturnUnknown)
    wish = SubmitReturn(
        return_id=which,
        school_id=opened.school_id,
        submitted_on=body.submitted_on,
        reference=body.reference or "",
    )
    return receipted(desk.execute(wish))

"""Letters: the file, and the word of a person that it is in the post."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response

from api.bodies.records import PostedReceipt
from api.dependencies import CallerDep, GuardedRoute, HouseDep, PostDesk
from api.evaluating import recheck
from api.letters import LetterErased, letter_file
from api.pages import command, query
from api.problems import FileDamaged
from api.receipts import receipted
from domain.letter.aggregate import Letter
from domain.letter.commands import ConfirmPosted
from domain.letter.events import LetterRequested
from domain.letter.refusals import (
    LetterGone,
    LetterNotRendered,
    LetterUnknown,
    PostedByPersonOnly,
)
from domain.shared.ids import LetterId

router = APIRouter(prefix="/api/letters", tags=["letters"], route_class=GuardedRoute)
PDF = {"description": "The letter.", "content": {"application/pdf": {"example": "%PDF-1.7 …"}}}


@router.get(
    "/artifacts/{letterId}",
    summary="The printed letter",
    response_class=Response,
    responses={
        **query(LetterUnknown, LetterNotRendered, LetterErased, FileDamaged),
        200: PDF,
        304: {"description": "You have it: the hash is the same."},
    },
)
def show_letter(
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    letter: Annotated[LetterId, Path(alias="letterId")],
    have: Annotated[str | None, Header(alias="If-None-Match", max_length=1000)] = None,
) -> Response:
    """The PDF, checked against the hash that stands in its fact. The look is recorded."""
    # `def`, as commands are: it reads and checks a file, which would hold up every other query.
    route = f"GET {request.scope['route'].path}"
    data, digest = letter_file(house, caller, letter, route)
    headers = {
        "ETag": f'"{digest}"',
        "Content-Disposition": f'inline; filename="letter-{str(letter)[-12:]}.pdf"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if have is not None and f'"{digest}"' in have:
        return Response(None, HTTPStatus.NOT_MODIFIED, headers)
    return Response(data, HTTPStatus.OK, headers, "application/pdf")


@router.post(
    "/{letterId}/posted",
    summary="Confirm that a letter is in the post",
    response_model=PostedReceipt,
    responses=command(LetterUnknown, LetterNotRendered, LetterGone, PostedByPersonOnly),
)
def confirm_posted(desk: PostDesk, letter: Annotated[LetterId, Path(alias="letterId")]) -> Response:
    """Say in your name that it was posted. `outcome` is WITHDRAWN when it must not be."""
    requested = desk.founding(letter, LetterRequested, LetterUnknown)
    recheck(desk, requested.school_id, requested.student_id)  # no void cause at this moment
    wish = ConfirmPosted(
        letter_id=letter,
        case_id=requested.case_id,
        student_id=requested.student_id,
        school_id=requested.school_id,
        intervention_id=requested.intervention_id,
    )
    receipt = desk.execute(wish)
    withdrawn = desk.state(Letter, letter).withdrawn
    return receipted(receipt, more={"outcome": "WITHDRAWN" if withdrawn else "POSTED"})

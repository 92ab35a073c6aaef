"""Playbooks: written as drafts, put into use, taken out of use; every version stays."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies import playbooks as b
from api.bodies.playbook_steps import PlaybookBody
from api.bodies.shared import ReceiptBody
from api.dependencies import (
    CallerDep,
    GuardedRoute,
    HouseDep,
    PagingDep,
    PostDesk,
    PostSeenDesk,
    PutDesk,
    ReadingDep,
)
from api.pages import JSON, answered, change, command, paged, query, seen_command
from api.playbook_desk import begun, changeable, playbook_of, told_to
from api.playbook_views import listed, whole
from api.playbook_words import looked_up, needs_words
from api.reading import SchoolNotKnown
from api.receipts import receipted
from api.whose import known_school
from domain.playbook import commands as c
from domain.playbook import refusals as r
from domain.playbook.faults import faults_of
from domain.playbook.one_way import unanswerable
from domain.shared.ids import PlaybookId, TenantId
from infrastructure.channels.senders import one_way
from projections import playbooks

router = APIRouter(prefix="/api/playbooks", tags=["playbooks"], route_class=GuardedRoute)


@router.get("", summary="Playbooks", response_model=b.PlaybookPage, responses=paged(SchoolNotKnown))
async def list_playbooks(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    stage: str | None = None,
    active: Annotated[bool | None, Query(description="Only those in use, or only others.")] = None,
) -> Response:
    """Those of the whole tenant and of your schools, the one that was changed last first."""
    filters = {"school": school, "stage": stage, "active": active}
    place = paging.place(reading, {**filters})
    await reading.caught_up(playbooks.PAGE.model)
    async with reading.look() as look:
        rows = await look.rows(
            playbooks.PAGE,
            **filters,
            scope=reading.caller.scope(),
            after_at=place.at if place else None,
            after_key=place.key if place else None,
            limit=paging.limit + 1,
        )
        await look.known(school, found=bool(rows))
    page = rows[: paging.limit]
    last = (page[-1][1], page[-1][2]) if len(rows) > len(page) else None
    cursor, headers = paging.following(reading, {**filters}, last)
    items = [listed(row[0]) for row in page]
    parts = {"items": msgspec.json.encode(items), "next": msgspec.json.encode(cursor)}
    return answered(parts, headers)


@router.post(
    "",
    summary="Write a playbook",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=command(r.PlaybookFaulty, SchoolNotKnown),
)
def create_playbook(desk: PostDesk, body: b.NewPlaybookBody) -> Response:
    """Begin a playbook with a first draft; it starts nothing until it is put into use."""
    receipt = desk.execute(begun(desk, body, body.school_id))
    location = f"/api/playbooks/{receipt.stream}"
    return receipted(receipt, HTTPStatus.CREATED, location=location)


@router.post(
    "/validate",
    summary="Check a playbook without storing it",
    response_model=b.PlaybookValidation,
    responses=command(SchoolNotKnown),
)
def validate_playbook(
    desk: PostDesk,
    body: PlaybookBody,
    school: Annotated[UUID | None, Query(description="Absent: for the whole tenant.")] = None,
) -> Response:
    """Everything that is wrong, each with place, code and what would be right; 200 either way.

    A text that nobody has approved (`text-missing`) may stand in a draft, and not in what is used.
    `warnings` name what is allowed and will not happen here: replies to texts under a name,
    WhatsApp without an approved template, second channels without a text, a stage of no ladder.
    """
    here = None if school is None else known_school(desk.house, desk.caller, school)
    playbook = playbook_of(body)
    words = looked_up(desk.house, TenantId(desk.caller.tenant), here, playbook)
    errors = [*faults_of(playbook), *words.errors]
    warnings = [*unanswerable(playbook, one_way(desk.house.settings)), *words.warnings]
    return _json({"valid": not errors, "errors": errors, "warnings": warnings})


@router.get(
    "/{id}",
    summary="One playbook with its steps",
    response_model=b.PlaybookWhole,
    responses=query(r.PlaybookUnknown),
)
def show_playbook(
    house: HouseDep, caller: CallerDep, playbook: Annotated[PlaybookId, Path(alias="id")]
) -> Response:
    """The version in use, and the draft of the next. The ETag is for If-Match."""
    told = told_to(house, caller, playbook)
    return _json(whole(told), told.revision)


@router.put(
    "/{id}",
    summary="Write the next version",
    response_model=ReceiptBody,
    responses=change(r.PlaybookUnknown, r.PlaybookFaulty),
)
def update_playbook(
    desk: PutDesk, playbook: Annotated[PlaybookId, Path(alias="id")], body: PlaybookBody
) -> Response:
    """Write the draft of the next version; the version in use stays as it is."""
    changeable(desk, playbook)
    wish = c.RevisePlaybook(playbook=playbook_of(body, playbook))
    return receipted(desk.for_wish(wish).execute(wish))


@router.delete(
    "/{id}",
    summary="Take a playbook out of use",
    response_model=ReceiptBody,
    responses=change(r.PlaybookUnknown),
)
def deactivate_playbook(
    desk: PutDesk, playbook: Annotated[PlaybookId, Path(alias="id")]
) -> Response:
    """It starts no run any more; nothing is erased, and runs under way go on."""
    changeable(desk, playbook)
    wish = c.RetirePlaybook(playbook_id=playbook)
    return receipted(desk.for_wish(wish).execute(wish))


@router.post(
    "/{id}/activate",
    summary="Put the draft into use",
    response_model=ReceiptBody,
    responses=seen_command(r.PlaybookUnknown, r.NoDraft, r.TextMissing),
)
def activate_playbook(
    desk: PostSeenDesk, playbook: Annotated[PlaybookId, Path(alias="id")]
) -> Response:
    """Let the draft that you have seen start runs; those under way keep the version they have.

    Refused where a step names a text that nobody has approved: its message could not be sent.
    """
    told = changeable(desk, playbook)
    if told.draft is not None:
        needs_words(desk, told.school_id, told.draft.playbook)
    return receipted(desk.execute(c.ActivateDraft(playbook_id=playbook)))


@router.post(
    "/{id}/retire",
    summary="Take a playbook out of use in your name",
    response_model=ReceiptBody,
    responses=command(r.PlaybookUnknown),
)
def retire_playbook(desk: PostDesk, playbook: Annotated[PlaybookId, Path(alias="id")]) -> Response:
    """Whatever its version is by now; its draft is dropped, and runs under way go on."""
    changeable(desk, playbook)
    return receipted(desk.execute(c.RetirePlaybook(playbook_id=playbook)))


def _json(said: object, revision: int | None = None) -> Response:
    headers = {} if revision is None else {"ETag": f'"{revision}"'}
    return Response(msgspec.json.encode(said), HTTPStatus.OK, headers, JSON)

"""Templates: written as drafts, approved by another person, retired; every version stays."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies import templates as b
from api.bodies.shared import ReceiptBody
from api.dependencies import (
    GuardedRoute,
    HouseDep,
    Paging,
    PagingDep,
    PostDesk,
    PostSeenDesk,
    PutDesk,
    Reading,
    ReadingDep,
)
from api.pages import JSON, answered, change, command, paged, query, seen_command
from api.reading import SchoolNotKnown
from api.receipts import receipted
from api.template_desk import approving, changeable, drafting, revising, wording_of
from api.template_views import listed, text_catalogue
from api.whose import known_school, school_meant
from domain.shared.ids import TemplateId, TenantId
from domain.shared.texts import TextKind
from domain.template import commands as c
from domain.template import refusals as r
from infrastructure.register.told import guardians_told
from infrastructure.runtime.trying_words import verdict
from projections import templates

router = APIRouter(prefix="/api/templates", tags=["templates"], route_class=GuardedRoute)
letters = APIRouter(prefix="/api/letters", tags=["templates"], route_class=GuardedRoute)
Key = Annotated[str | None, Query(max_length=64)]
Approved = Annotated[bool | None, Query(description="Only those in use, or only others.")]


@router.get("", summary="Templates", response_model=b.TemplatePage, responses=paged(SchoolNotKnown))
async def list_templates(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    key: Key = None,
    kind: TextKind | None = None,
    language: Annotated[str | None, Query(max_length=3)] = None,
    approved: Approved = None,
) -> Response:
    """Those of the whole tenant and of your schools, the one that was changed last first."""
    filters = {"text_key": key, "kind": kind, "language": language, "approved": approved}
    return await _page(reading, paging, school, filters)


@letters.get(
    "/templates",
    summary="Templates of letters",
    response_model=b.TemplatePage,
    responses=paged(SchoolNotKnown),
)
async def list_letter_templates(
    reading: ReadingDep, paging: PagingDep, school: UUID | None = None, approved: Approved = None
) -> Response:
    """The same list, of letters only."""
    filters = {"text_key": None, "kind": TextKind.LETTER, "language": None, "approved": approved}
    return await _page(reading, paging, school, filters)


async def _page(
    reading: Reading, paging: Paging, school: UUID | None, filters: dict[str, Any]
) -> Response:
    named = {**filters, "school": school}
    place = paging.place(reading, named)
    await reading.caught_up(templates.TEMPLATE_PAGE.model)
    async with reading.look() as look:
        rows = await look.rows(
            templates.TEMPLATE_PAGE,
            **named,
            scope=reading.caller.scope(),
            after_at=place.at if place else None,
            after_key=place.key if place else None,
            limit=paging.limit + 1,
        )
        await look.known(school, found=bool(rows))
    page = rows[: paging.limit]
    last = (page[-1][1], page[-1][2]) if len(rows) > len(page) else None
    cursor, headers = paging.following(reading, named, last)
    items = msgspec.json.encode([listed(row[0]) for row in page])
    return answered({"items": items, "next": msgspec.json.encode(cursor)}, headers)


@router.get(
    "/catalogue",
    summary="What texts may say, and what is shipped",
    response_model=b.TextCatalogue,
    responses=query(),
)
def template_catalogue(house: HouseDep) -> Response:
    """Fields with their kinds, languages, lengths, and the texts that come with the product."""
    return said(text_catalogue(house.texts))


@router.post(
    "",
    summary="Write a template",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=command(r.TemplateFaulty, r.TemplateExists, r.TemplateLocked, SchoolNotKnown),
)
def create_template(desk: PostDesk, body: b.DraftTemplateBody) -> Response:
    """Begin a template with a first draft; it is sent to nobody until it is approved."""
    tenant, school = TenantId(desk.caller.tenant), school_meant(desk, body.school_id)
    receipt = desk.execute(drafting(desk.house, tenant, wording_of(body), school))
    location = f"/api/templates/{receipt.stream}"
    return receipted(receipt, HTTPStatus.CREATED, location=location)


@router.post(
    "/validate",
    summary="Check a text without storing it",
    response_model=b.TemplateVerdict,
    responses=command(SchoolNotKnown),
)
def validate_template(desk: PostDesk, body: b.DraftTemplateBody) -> Response:
    """Everything that is wrong, with place and line; warnings; parts and cost of a text message."""
    tenant = TenantId(desk.caller.tenant)
    school = body.school_id and known_school(desk.house, desk.caller, body.school_id)
    with desk.house.database.tenant(tenant) as conn:
        recipients = guardians_told(conn, tenant, school)
    return said(verdict(wording_of(body), recipients, desk.house.settings))


@router.put(
    "/{id}",
    summary="Write the next version",
    response_model=ReceiptBody,
    responses=change(r.TemplateUnknown, r.TemplateFaulty, r.TemplateRenamed, r.TemplateLocked),
)
def update_template(
    desk: PutDesk, template: Annotated[TemplateId, Path(alias="id")], body: b.WordingBody
) -> Response:
    """Write the draft of the next version; the approved words stay as they are."""
    told, tenant = changeable(desk, template), TenantId(desk.caller.tenant)
    wish = revising(desk.house, tenant, told, wording_of(body))
    return receipted(desk.for_wish(wish).execute(wish))


@router.post(
    "/{id}/review",
    summary="Vouch for a translation",
    response_model=ReceiptBody,
    responses=seen_command(
        *(r.TemplateUnknown, r.TemplateNotDrafted, r.NoTranslation),
        *(r.TemplateOwnWords, r.TemplateNeedsPerson),
    ),
)
def review_template(
    desk: PostSeenDesk, template: Annotated[TemplateId, Path(alias="id")]
) -> Response:
    """Say in your name that the drafted translation says what its source says."""
    changeable(desk, template)
    return receipted(desk.execute(c.ReviewTranslation(template_id=template)))


@router.post(
    "/{id}/approve",
    summary="Approve the draft",
    response_model=ReceiptBody,
    responses=seen_command(
        *(r.TemplateUnknown, r.TemplateNotDrafted, r.TemplateOwnWords, r.TemplateNeedsPerson),
        *(r.TemplateLocked, r.TemplateFaulty, r.TranslationUnreviewed, r.TemplateLawOver),
    ),
)
def approve_template(
    desk: PostSeenDesk, template: Annotated[TemplateId, Path(alias="id")]
) -> Response:
    """Let the draft that you have seen be sent. Another person than its author approves it."""
    told = changeable(desk, template)
    return receipted(desk.execute(approving(desk.house, TenantId(desk.caller.tenant), told)))


@router.post(
    "/{id}/retire",
    summary="Take a template out of use",
    response_model=ReceiptBody,
    responses=command(r.TemplateUnknown),
)
def retire_template(desk: PostDesk, template: Annotated[TemplateId, Path(alias="id")]) -> Response:
    """Send these words no more, and drop the draft; what was sent keeps them."""
    changeable(desk, template)
    return receipted(desk.execute(c.RetireTemplate(template_id=template)))


def said(value: object, revision: int | None = None) -> Response:
    """Answer with one JSON value."""
    headers = {} if revision is None else {"ETag": f'"{revision}"'}
    return Response(msgspec.json.encode(value), HTTPStatus.OK, headers, JSON)

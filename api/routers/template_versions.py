"""One template: its words, its versions, and how they read."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from api.bodies import templates as b
from api.bodies.shared import ReceiptBody
from api.dependencies import CallerDep, GuardedRoute, HouseDep, PostDesk, RightsDep
from api.pages import command, query
from api.receipts import receipted
from api.routers.templates import said
from api.template_desk import (
    NobodyToPreview,
    TranslatorMissing,
    TranslatorSilent,
    changeable,
    preview,
    told_to,
    translating,
)
from api.template_views import whole
from domain.shared.ids import GuardianId, StudentId, TemplateId, TenantId
from domain.template import refusals as r

router = APIRouter(prefix="/api/templates", tags=["templates"], route_class=GuardedRoute)


@router.get(
    "/{id}",
    summary="One template",
    response_model=b.TemplateWhole,
    responses=query(r.TemplateUnknown),
)
def show_template(
    house: HouseDep, caller: CallerDep, template: Annotated[TemplateId, Path(alias="id")]
) -> Response:
    """The approved words, else the last ones, else the draft. The ETag is for If-Match."""
    told = told_to(house, caller, template)
    return said(whole(told), told.revision)


@router.get(
    "/{id}/versions",
    summary="Versions of a template",
    response_model=b.TemplateVersionList,
    responses=query(r.TemplateUnknown),
)
def list_template_versions(
    house: HouseDep, caller: CallerDep, template: Annotated[TemplateId, Path(alias="id")]
) -> Response:
    """Every version, newest first, and who wrote, reviewed, approved and retired it."""
    told = told_to(house, caller, template)
    items = [told.versions[number].as_dict() for number in sorted(told.versions, reverse=True)]
    listed = {"template_id": template, "revision": told.revision, "items": items}
    return said(listed, told.revision)


@router.get(
    "/{id}/versions/{version}",
    summary="One version of a template",
    response_model=b.TemplateWhole,
    responses=query(r.TemplateUnknown, r.TemplateVersionUnknown),
)
def show_template_version(
    house: HouseDep,
    caller: CallerDep,
    template: Annotated[TemplateId, Path(alias="id")],
    version: Annotated[int, Path(ge=1, le=1_000_000)],
) -> Response:
    """A version as it was written, whatever became of it."""
    told = told_to(house, caller, template)
    return said(whole(told, told.version(version)), told.revision)


@router.get(
    "/{id}/preview",
    summary="How a template reads",
    response_model=b.TemplatePreview,
    responses=query(r.TemplateUnknown, r.TemplateFaulty, NobodyToPreview),
)
def preview_template(
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    rights: RightsDep,
    template: Annotated[TemplateId, Path(alias="id")],
    student: UUID | None = None,
    guardian: UUID | None = None,
) -> Response:
    """The draft (else the approved words) about nobody; about a pupil only by a right of its own.

    With `student` it reads as the family would get it, and the look is recorded.
    """
    told = told_to(house, caller, template)
    about = None
    if student is not None:
        asked = None if guardian is None else GuardianId(guardian)
        about = StudentId(student), asked
    route = f"GET {request.scope['route'].path}"
    return said(preview(house, caller, rights, told, about, route))


@router.post(
    "/{id}/translate",
    summary="Draft a translation",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=command(
        *(r.TemplateUnknown, r.TemplateNotApproved, r.TemplateFaulty, r.TemplateLocked),
        *(TranslatorMissing, TranslatorSilent),
    ),
)
def translate_template(
    desk: PostDesk, template: Annotated[TemplateId, Path(alias="id")], body: b.ToLanguageBody
) -> Response:
    """Have software say the approved words in another language, as a draft for people to review.

    Only the words between the gaps are sent to it, never what fills them.
    """
    told, tenant = changeable(desk, template), TenantId(desk.caller.tenant)
    receipt = desk.execute(translating(desk.house, tenant, told, body.language))
    location = f"/api/templates/{receipt.stream}"
    return receipted(receipt, HTTPStatus.CREATED, location=location)

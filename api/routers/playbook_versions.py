"""Versions of playbooks, those that are shipped, and what a run through one would look like."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies import playbooks as b
from api.bodies.shared import Instant
from api.dependencies import (
    CallerDep,
    GuardedRoute,
    HouseDep,
)
from api.pages import JSON, query
from api.playbook_desk import told_to
from api.playbook_views import content, preview, whole
from api.reading import SchoolNotKnown
from api.whose import known_school
from domain.playbook import refusals as r
from domain.playbook.shipped_playbooks import shipped, shipped_sets
from domain.shared.ids import PlaybookId, TenantId
from infrastructure.clock import school_now

router = APIRouter(prefix="/api/playbooks", tags=["playbooks"], route_class=GuardedRoute)


@router.get(
    "/shipped",
    summary="Playbooks that come with the product",
    response_model=b.ShippedPlaybooks,
    responses=query(),
)
def list_shipped_playbooks(caller: CallerDep) -> Response:
    """To begin your own with: write one as it is, or changed."""
    tenant = TenantId(caller.tenant)
    items = [
        {"set": name, "definition": content(one)}
        for name in shipped_sets()
        for one in shipped(name, tenant)
    ]
    return _json({"items": items})


@router.get(
    "/{id}/versions",
    summary="Versions of a playbook",
    response_model=b.PlaybookVersions,
    responses=query(r.PlaybookUnknown),
)
def list_playbook_versions(
    house: HouseDep, caller: CallerDep, playbook: Annotated[PlaybookId, Path(alias="id")]
) -> Response:
    """Every version there ever was, newest first, and who wrote it and put it into use."""
    told = told_to(house, caller, playbook)
    items = [told.versions[number].as_dict() for number in sorted(told.versions, reverse=True)]
    said = {"playbook_id": playbook, "revision": told.revision, "items": items}
    return _json(said, told.revision)


@router.get(
    "/{id}/versions/{version}",
    summary="One version of a playbook",
    response_model=b.PlaybookWhole,
    responses=query(r.PlaybookUnknown, r.VersionNotThere),
)
def show_playbook_version(
    house: HouseDep,
    caller: CallerDep,
    playbook: Annotated[PlaybookId, Path(alias="id")],
    version: Annotated[int, Path(ge=1, le=1_000_000)],
) -> Response:
    """A version as it was written, whatever became of it."""
    told = told_to(house, caller, playbook)
    return _json(whole(told, told.version(version)), told.revision)


@router.get(
    "/{id}/preview",
    summary="A run through a playbook with real dates",
    response_model=b.PlaybookPreview,
    responses=query(r.PlaybookUnknown, r.VersionNotThere, SchoolNotKnown),
)
def preview_playbook(
    house: HouseDep,
    caller: CallerDep,
    playbook: Annotated[PlaybookId, Path(alias="id")],
    school: UUID,
    triggered_at: Annotated[Instant | None, Query(description="Absent: now.")] = None,
    version: Annotated[int | None, Query(ge=1, description="Absent: draft, or in use.")] = None,
) -> Response:
    """Which step would fall when at a school, and why it moved; nothing is stored."""
    told = told_to(house, caller, playbook)
    book = told.newest if version is None else told.version(version).playbook
    here = known_school(house, caller, school)
    with house.database.tenant(caller.tenant) as conn:
        begins: datetime = triggered_at or school_now(conn)
        calendar = house.ledger.calendars(conn, caller.tenant, [here])[here]
    return _json(preview(book, here, calendar, begins))


def _json(said: object, revision: int | None = None) -> Response:
    headers = {} if revision is None else {"ETag": f'"{revision}"'}
    return Response(msgspec.json.encode(said), HTTPStatus.OK, headers, JSON)

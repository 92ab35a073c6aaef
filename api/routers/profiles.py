"""Column profiles: how a school's own export is written, saved in versions."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.profiles import (
    NewProfileBody,
    ProfileBody,
    ProfileItem,
    ProfileList,
    ProfileName,
    ProfileReceipt,
)
from api.dependencies import GuardedRoute, PostDesk, PutDesk
from api.pages import JSON, change, command, query
from api.reading import SchoolNotKnown
from api.receipts import Desk
from api.register_looks import RegisterDep
from domain.shared.ids import TenantId, derived_id
from infrastructure.imports import profiles as p
from infrastructure.imports.csv_text import ColumnProfile

router = APIRouter(prefix="/api/imports/profiles", tags=["imports"], route_class=GuardedRoute)
Name = Annotated[ProfileName, Path()]


@router.get(
    "",
    summary="Column profiles of a school",
    response_model=ProfileList,
    responses=query(SchoolNotKnown),
)
def list_profiles(at: RegisterDep, school: UUID) -> Response:
    """The newest version of each. `POST /api/imports/csv?profile=NAME` reads a file by one."""
    with at.look() as look:
        here = look.school(school).school
        found = [_shown(here, one) for one in p.saved(look.conn, look.tenant, here)]
    return _json({"school_id": here, "items": found})


@router.post(
    "",
    summary="Save a column profile",
    status_code=HTTPStatus.CREATED,
    response_model=ProfileReceipt,
    responses=command(SchoolNotKnown, p.ProfileExists, p.ProfileFaulty),
)
def create_profile(at: RegisterDep, desk: PostDesk, body: NewProfileBody) -> Response:
    """Say once how a school's own export is written. Its columns are named OURS: THEIRS."""
    version = _save(at, desk, body.school_id, body.name, body.profile)
    location = f"/api/imports/profiles/{body.school_id}/{body.name}"
    return _receipt(body.school_id, body.name, version, HTTPStatus.CREATED, location)


@router.get(
    "/{schoolId}/{name}",
    summary="One column profile",
    response_model=ProfileItem,
    responses=query(SchoolNotKnown, p.ProfileNotKnown),
)
def show_profile(
    at: RegisterDep, school: Annotated[UUID, Path(alias="schoolId")], name: Name
) -> Response:
    """The newest version; its ETag is for If-Match."""
    with at.look() as look:
        here = look.school(school).school
        found = p.newest(look.conn, look.tenant, here, name)
    if found is None:
        raise p.ProfileNotKnown
    return _json(_shown(here, found), {"ETag": f'"{found.version}"'})


@router.put(
    "/{schoolId}/{name}",
    summary="Change a column profile",
    response_model=ProfileReceipt,
    responses=change(SchoolNotKnown, p.ProfileNotKnown, p.ProfileFaulty),
)
def update_profile(
    at: RegisterDep,
    desk: PutDesk,
    school: Annotated[UUID, Path(alias="schoolId")],
    name: Name,
    body: ProfileBody,
) -> Response:
    """Save the next version, at the version that you have seen."""
    return _receipt(school, name, _save(at, desk, school, name, body.profile))


@router.delete(
    "/{schoolId}/{name}",
    summary="Delete a column profile",
    response_model=ProfileReceipt,
    responses=change(SchoolNotKnown, p.ProfileNotKnown),
)
def delete_profile(
    at: RegisterDep,
    desk: PutDesk,
    school: Annotated[UUID, Path(alias="schoolId")],
    name: Name,
) -> Response:
    """Imports find it no more. Its versions are kept: what was read by them can be explained."""
    return _receipt(school, name, _save(at, desk, school, name, None), deleted=True)


def _save(
    at: RegisterDep, desk: Desk, school: UUID, name: str, profile: ColumnProfile | None
) -> int:
    """Save a version; a new profile is one of which nothing was seen."""
    with at.look() as look:
        here = look.school(school).school
    command_id = desk.command_id
    if desk.expecting is not None:
        said = None if profile is None else profile.model_dump_json()
        command_id = derived_id(command_id, here, name, said)
    seen = desk.expecting
    wish = p.Wish(here, name, profile, desk.caller.actor, seen, seen is None, command_id)
    with desk.house.database.tenant(desk.caller.tenant) as conn:
        return p.save(conn, TenantId(desk.caller.tenant), wish)


def _shown(school: UUID, one: p.SavedProfile) -> dict[str, Any]:
    return {"school_id": school, **one.as_dict()}


def _receipt(
    school: UUID,
    name: str,
    version: int,
    status: HTTPStatus = HTTPStatus.OK,
    location: str | None = None,
    *,
    deleted: bool = False,
) -> Response:
    headers = {"ETag": f'"{version}"'} | ({"Location": location} if location else {})
    said = {"school_id": school, "name": name, "version": version, "deleted": deleted}
    return _json(said, headers, status)


def _json(
    said: object, headers: dict[str, str] | None = None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    return Response(msgspec.json.encode(said), status, headers, JSON)

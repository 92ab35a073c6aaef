"""Syncs: when schools are read from their own systems, what came of it, and letting them wait."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.syncs import SyncChange, SyncItem, SyncList
from api.dependencies import GuardedRoute, PutDesk
from api.pages import JSON, change, query
from api.register_looks import RegisterDep
from domain.shared.ids import TenantId
from infrastructure.imports.sync_plans import (
    SyncNotPlanned,
    plan_of,
    planned,
    set_plan,
    shown,
)

router = APIRouter(prefix="/api/imports/syncs", tags=["imports"], route_class=GuardedRoute)


@router.get("", summary="Syncs of your schools", response_model=SyncList, responses=query())
def list_syncs(at: RegisterDep) -> Response:
    """A refused sync has left the register as it was: the import's report says why."""
    with at.look() as look:
        found = [
            shown(look.conn, one)
            for one in planned(look.conn, look.tenant)
            if at.caller.may_see(one.plan.school)
        ]
    return Response(msgspec.json.encode({"items": found}), media_type=JSON)


@router.put(
    "/{schoolId}",
    summary="Let a school's syncs wait, or go on",
    response_model=SyncItem,
    responses=change(SyncNotPlanned),
)
def change_sync(
    desk: PutDesk, school: Annotated[UUID, Path(alias="schoolId")], body: SyncChange
) -> Response:
    """Nothing is read while a school waits. Said again, it is answered as it was the first time."""
    tenant = TenantId(desk.caller.tenant)
    with desk.house.database.tenant(tenant) as conn:
        one = plan_of(conn, tenant, school)
        if not desk.caller.may_see(one.plan.school):
            raise SyncNotPlanned
        wish = replace(one.plan, paused=body.paused, reason=body.reason, set_by=desk.caller.actor)
        said_already = wish == one.plan and desk.expecting == one.plan.version - 1
        if not said_already:
            set_plan(conn, wish, seen=desk.expecting)
        found = plan_of(conn, tenant, school)
        told = shown(conn, found)
    headers = {"ETag": f'"{found.plan.version}"'}
    return Response(msgspec.json.encode(told), headers=headers, media_type=JSON)

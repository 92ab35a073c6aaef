"""Rule sets: written as drafts, put into use, retired; every version stays."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies import rules as b
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
from api.reading import SchoolNotKnown
from api.receipts import receipted
from api.rule_desk import DefinitionAmbiguous, begun, changeable, checked_body, told_to
from api.rule_views import listed, validation, whole
from domain.attendance.in_force import scope_of
from domain.rule_set import commands as c
from domain.rule_set import refusals as r
from domain.shared.ids import RuleSetId, TenantId
from infrastructure.wiring.rule_sets import may_decide, replacing
from projections import definitions

router = APIRouter(prefix="/api/interventions/rules", tags=["rules"], route_class=GuardedRoute)


@router.get("", summary="Rule sets", response_model=b.RuleSetPage, responses=paged(SchoolNotKnown))
async def list_rule_sets(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    active: Annotated[bool | None, Query(description="Only those in use, or only others.")] = None,
) -> Response:
    """Those of the whole tenant and of your schools, the one that was changed last first."""
    filters = {"school": school, "active": active}
    place = paging.place(reading, {**filters})
    await reading.caught_up(definitions.RULE_SET_PAGE.model)
    async with reading.look() as look:
        rows = await look.rows(
            definitions.RULE_SET_PAGE,
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
    summary="Write a rule set",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=command(r.RuleSetFaulty, r.RuleSetExists, SchoolNotKnown, DefinitionAmbiguous),
)
def create_rule_set(desk: PostDesk, body: b.DraftBody) -> Response:
    """Begin a rule set with a first draft; it decides nothing until it is put into use."""
    receipt = desk.execute(begun(desk, body))
    location = f"/api/interventions/rules/{receipt.stream}"
    return receipted(receipt, HTTPStatus.CREATED, location=location)


@router.post(
    "/validate",
    summary="Check a rule set without storing it",
    response_model=b.Validation,
    responses=command(),
)
def validate_rule_set(desk: PostDesk, body: b.DefinitionBody) -> Response:  # noqa: ARG001  each POST names its key
    """Everything that is wrong, each with place, code and what would be right; 200 either way."""
    return _json(validation(body.definition))


@router.get(
    "/{id}",
    summary="One rule set",
    response_model=b.RuleSetWhole,
    responses=query(r.RuleSetUnknown),
)
def show_rule_set(
    house: HouseDep, caller: CallerDep, rule_set: Annotated[RuleSetId, Path(alias="id")]
) -> Response:
    """The version in use with its stages, by their usual names. The ETag is for If-Match."""
    told = told_to(house, caller, rule_set)
    return _json(whole(told), told.revision)


@router.put(
    "/{id}",
    summary="Write the next version",
    response_model=ReceiptBody,
    responses=change(r.RuleSetUnknown, r.RuleSetFaulty, r.RuleSetRenamed),
)
def update_rule_set(
    desk: PutDesk, rule_set: Annotated[RuleSetId, Path(alias="id")], body: b.DefinitionBody
) -> Response:
    """Write the draft of the next version; the version in use stays as it is."""
    told = changeable(desk, rule_set)
    found = checked_body(body.definition)
    if found.rules.id != told.shown.definition.get("id"):
        raise r.RuleSetRenamed
    wish = c.ReviseRuleSet(
        rule_set_id=rule_set, definition=found.definition, content_hash=found.content_hash
    )
    return receipted(desk.for_wish(wish).execute(wish))


@router.post(
    "/{id}/activate",
    summary="Put the draft into use",
    response_model=ReceiptBody,
    responses=seen_command(r.RuleSetUnknown, r.NothingDrafted, r.RuleSetElsewhere, r.RuleSetOver),
)
def activate_rule_set(
    desk: PostSeenDesk, rule_set: Annotated[RuleSetId, Path(alias="id")]
) -> Response:
    """Let the draft that you have seen decide, in place of whatever decided about its schools."""
    told = changeable(desk, rule_set)
    tenant, rules = TenantId(desk.caller.tenant), scope_of((told.draft or told.shown).definition)
    with desk.house.database.tenant(tenant) as conn:
        may_decide(conn, tenant, rules, told.school_id)
    receipt = desk.execute(c.ActivateDraft(rule_set_id=rule_set))
    with desk.house.database.tenant(tenant) as conn:
        others = replacing(conn, tenant, rule_set, told.school_id, rules)
    for wish in others:
        desk.for_wish(wish).unconditional().execute(wish)
    return receipted(receipt)


@router.post(
    "/{id}/retire",
    summary="Take a rule set out of use",
    response_model=ReceiptBody,
    responses=command(r.RuleSetUnknown),
)
def retire_rule_set(desk: PostDesk, rule_set: Annotated[RuleSetId, Path(alias="id")]) -> Response:
    """Let it decide nothing any more, and drop its draft; what it led to goes on."""
    changeable(desk, rule_set)
    return receipted(desk.execute(c.RetireRuleSet(rule_set_id=rule_set)))


@router.get(
    "/{id}/versions",
    summary="Versions of a rule set",
    response_model=b.VersionList,
    responses=query(r.RuleSetUnknown),
)
def list_rule_set_versions(
    house: HouseDep, caller: CallerDep, rule_set: Annotated[RuleSetId, Path(alias="id")]
) -> Response:
    """Every version there ever was, newest first, and who wrote it and put it into use."""
    told = told_to(house, caller, rule_set)
    items = [told.versions[number].as_dict() for number in sorted(told.versions, reverse=True)]
    said = {"rule_set_id": rule_set, "revision": told.revision, "items": items}
    return _json(said, told.revision)


@router.get(
    "/{id}/versions/{version}",
    summary="One version of a rule set",
    response_model=b.RuleSetWhole,
    responses=query(r.RuleSetUnknown, r.RuleSetVersionUnknown),
)
def show_rule_set_version(
    house: HouseDep,
    caller: CallerDep,
    rule_set: Annotated[RuleSetId, Path(alias="id")],
    version: Annotated[int, Path(ge=1, le=1_000_000)],
) -> Response:
    """A version as it was written, whatever became of it."""
    told = told_to(house, caller, rule_set)
    return _json(whole(told, told.version(version)), told.revision)


def _json(said: object, revision: int | None = None) -> Response:
    headers = {} if revision is None else {"ETag": f'"{revision}"'}
    return Response(msgspec.json.encode(said), HTTPStatus.OK, headers, JSON)

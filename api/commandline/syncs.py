"""`anseo sync set`, `list`, `pause`, `resume`, `remove`: schools read without anybody asking."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from typing import Annotated, Any, Final

import typer

from api.commandline import printing
from api.commandline.importing import REFUSED, Json, Tenant
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.registers import staff
from domain.attendance.jurisdictions import JurisdictionUnknown, jurisdiction
from domain.shared.ids import TenantId
from infrastructure.imports.problem_kinds import KINDS
from infrastructure.imports.sync_plans import (
    SyncNotPlanned,
    SyncPlan,
    plan_of,
    planned,
    set_plan,
    shown,
)
from infrastructure.imports.sync_times import every
from infrastructure.imports.wonde import school_id, source_name
from infrastructure.store.database import Connection

app = typer.Typer(no_args_is_help=True, help="Schools that are read at set times (role sync).")
By = Annotated[str, typer.Option(help="Who wants it: staff:NAME.")]
School = Annotated[str, typer.Argument(help="The school's id at Wonde, such as A1930499544.")]
Why = Annotated[str, typer.Option(help="Why, in words that name nobody.")]
_LONGEST_REASON: Final = 200
_OURS: Final = {
    "token-missing": "WONDE_TOKEN is not set where the role sync runs.",
    "place-unknown": "Nobody has said by whose rules the school is read: anseo sync set.",
}


@app.command("set")
def set_times(
    school: School,
    jurisdiction_: Annotated[
        str, typer.Option("--jurisdiction", help="Whose rules: GB-ENG, GB-WLS, GB-SCT, GB-NIR, IE.")
    ],
    by: By,
    at: Annotated[
        list[str] | None, typer.Option(help="A time to read changes, 09:30; as many as you like.")
    ] = None,
    minutes: Annotated[
        int, typer.Option("--every", min=5, max=720, help="Or each so many minutes …")
    ] = 30,
    first: Annotated[str, typer.Option("--from", help="… from this time")] = "07:30",
    last: Annotated[str, typer.Option("--until", help="… until this one.")] = "17:30",
    compare_at: Annotated[str, typer.Option(help="When everything is compared.")] = "02:00",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Plan a school's syncs, in its own time; the first reads everything, at once.

    WONDE_TOKEN holds the token; the role sync reads (`anseo up` starts it, or `anseo run sync`).
    """
    staff(by)
    owner = tenant_id(tenant)
    plan = SyncPlan(
        tenant=owner,
        school=school_id(owner, school),
        version=0,
        source=source_name(school),
        place=_place(jurisdiction_),
        times=_times(at, minutes, first, last),
        compare_at=_time("--compare-at", compare_at),
        paused=False,
        reason="",
        set_by=by,
    )
    with opened() as house, house.database.tenant(owner) as conn:
        set_plan(conn, plan)
        told = shown(conn, plan_of(conn, owner, plan.school))
    _tell(told, as_json=as_json)


@app.command("list")
def list_syncs(tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """List the planned schools: the last sync, what came of it, and the next."""
    owner = tenant_id(tenant)
    with opened() as house, house.database.tenant(owner) as conn:
        found = [shown(conn, one) for one in planned(conn, owner)]
    if as_json:
        printing.as_json({"syncs": found})
        return
    if not found:
        printing.line("No school is planned: see anseo sync set.")
    for one in found:
        _tell(one, as_json=False)


@app.command()
def pause(
    school: School,
    by: By,
    reason: Why,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Let a school's syncs wait until somebody resumes them."""
    _change(tenant, school, as_json, by, reason, paused=True)


@app.command()
def resume(
    school: School,
    by: By,
    reason: Why,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Let a school's syncs go on; what was missed is read at once."""
    _change(tenant, school, as_json, by, reason, paused=False)


@app.command()
def remove(
    school: School,
    by: By,
    reason: Why,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Sync a school no more. What was read stays, and so does who wanted it and why."""
    staff(by)
    owner = tenant_id(tenant)
    with opened() as house, house.database.tenant(owner) as conn:
        plan = _plan(conn, owner, school)
        set_plan(conn, replace(plan, reason=_said(reason), set_by=by), withdrawn=True)
    if as_json:
        printing.as_json({"school_id": str(plan.school), "removed": True})
    else:
        printing.line(f"{school} is synced no more.")


def _change(tenant: str, school: str, as_json: bool, by: str, reason: str, *, paused: bool) -> None:
    staff(by)
    owner = tenant_id(tenant)
    with opened() as house, house.database.tenant(owner) as conn:
        plan = _plan(conn, owner, school)
        set_plan(conn, replace(plan, paused=paused, reason=_said(reason), set_by=by))
        told = shown(conn, plan_of(conn, owner, plan.school))
    _tell(told, as_json=as_json)


def _plan(conn: Connection, owner: TenantId, school: str) -> SyncPlan:
    try:
        return plan_of(conn, owner, school_id(owner, school)).plan
    except SyncNotPlanned:
        fail(f"no sync of {school} is planned: see anseo sync list", REFUSED)


def _place(written: str) -> str:
    try:
        return jurisdiction(written).code
    except JurisdictionUnknown:
        fail(f"--jurisdiction {written}: no such place is known (IE, GB-ENG, …)", REFUSED)


def _said(reason: str) -> str:
    if not 0 < len(reason.strip()) <= _LONGEST_REASON:
        fail(f"--reason: say why, in at most {_LONGEST_REASON} characters", REFUSED)
    return reason.strip()


def _times(at: Sequence[str] | None, minutes: int, first: str, last: str) -> tuple[time, ...]:
    if at:
        return tuple(sorted({_time("--at", one) for one in at}))
    begins, ends = _time("--from", first), _time("--until", last)
    if begins > ends:
        fail(f"--from {first} comes after --until {last}", REFUSED)
    return every(minutes, begins, ends)


def _time(option: str, written: str) -> time:
    try:
        found = time.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or found.second or found.microsecond:
        fail(f"{option} {written}: write a time of the school's day as 09:30", REFUSED)
    return found


def _tell(one: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        printing.as_json(one)
        return
    times = f"changes at {', '.join(one['times'])}, everything at {one['compare_at']}"
    printing.line(f"{one['source']} ({one['zone']}): {times}")
    if one["tried_at"] is None:
        printing.line("  not read yet")
    else:
        printing.line(f"  last: {one['tried_at']:%Y-%m-%d %H:%M} UTC {one['outcome']}")
    for code in one["problems"]:
        kind = KINDS.get(code)
        said = _OURS.get(code) or (f"{kind.reason} {kind.what_to_do}" if kind else "")
        printing.line(f"  {code}: {said}")
    if one["paused"]:
        printing.line(f"  paused by {one['set_by']}: {one['reason']}")
    else:
        what = "everything" if one["next_reads"] == "EVERYTHING" else "changes"
        printing.line(f"  next: {one['next_at']:%Y-%m-%d %H:%M} UTC, {what}")

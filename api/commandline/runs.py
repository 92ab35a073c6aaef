"""`anseo runs`: who is told what when, and what a person does about it: start, hold, stop, move."""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar
from uuid import UUID, uuid4

import msgspec
import typer

from api.bodies.run_desk import StartBody
from api.bodies.runs import RunFilter
from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.registers import By, staff
from api.many_runs import Chosen
from api.moving_runs import move_many, preview_of
from api.playbook_desk import started_by_hand, used_version
from api.receipts import Desk
from api.tokens import Caller
from domain.kernel.commands import Command
from domain.kernel.refusals import Refusal
from domain.playbook_run.commands import PauseRun, ResumeRun, StopRun
from domain.playbook_run.events import PauseReason, RunStarted, RunStop
from domain.playbook_run.refusals import RunUnknown
from domain.shared.ids import RunId, SchoolId
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.store import reads
from infrastructure.wiring.house import House
from projections import execution_log, run_monitor, run_pages

T = TypeVar("T")
app = typer.Typer(no_args_is_help=True, help="Runs: one family's walk through one playbook.")
REFUSED: Final = 2
_MOST: Final = 200
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
Run = Annotated[str, typer.Argument(help="The run, by its id, as `anseo runs list` prints it.")]
School = Annotated[str, typer.Option(help="Runs of one school only, by its id or number.")]


@app.callback()
def runs() -> None:
    """See runs, start one by hand, let them hold still or go on, stop or move them."""


@app.command("list")
def listed(
    status: Annotated[RunFilter, typer.Argument(help="Which runs.")] = RunFilter.ACTIVE,
    playbook: Annotated[str, typer.Option(help="Of one playbook only, by its id.")] = "",
    student: Annotated[str, typer.Option(help="Of one pupil only, by the id.")] = "",
    school: School = "",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """List runs, at most 200, the oldest first."""
    owner = tenant_id(tenant)
    asked: dict[str, Any] = {
        "status": None if status is RunFilter.ANY else str(status),
        "playbook": _id("playbook", playbook) if playbook else None,
        "student": _id("pupil", student) if student else None,
    }
    with opened() as house, house.database.auditor(owner) as conn:
        schools = [_school(house, tenant, school)] if school else None
        query = run_pages.page(asked, schools)
        filled = {**asked, "tenant": owner, "school": schools, "limit": _MOST}
        rows = [msgspec.json.decode(doc) for doc, *_ in reads.fetch(conn, query, filled)]
    if as_json:
        printing.as_json({"items": rows})
        return
    for row in rows:
        stands = row["stop_reason"] or row["pause_reason"] or row["next_step_scheduled_at"] or ""
        words = f"{row['playbook_name']}, version {row['playbook_version']}"
        printing.line(f"{row['run_id']}  {row['status']:<9} {words}  {stands}".rstrip())


@app.command()
def show(run: Run, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """Print one run step by step, with the reason of each step that was not said."""
    owner, this = tenant_id(tenant), _id("run", run)
    with opened() as house, house.database.auditor(owner) as conn:
        asked = {"tenant": owner, "run": str(this), "school": None}
        found = [msgspec.json.decode(d) for d, *_ in reads.fetch(conn, run_monitor.ONE, asked)]
        log = reads.fetch(conn, execution_log.OF_RUN, {"tenant": owner, "run": this})
        logs = [msgspec.json.decode(doc) for (doc,) in log]
    if not found:
        fail(f"there is no run {run} here", REFUSED)
    if as_json:
        printing.as_json({"run": found[0], "logs": logs})
        return
    printing.line(f"{found[0]['status']}  {found[0]['playbook_name']}")
    for line in logs:
        why = line["skip_reason"] or line["failure"] or ""
        way = line["channel"] or line["kind"]
        said = f"{line['scheduled_for']}  {line['step_id']:<14} {way:<9} {line['status']:<9} {why}"
        printing.line(said.rstrip())


@app.command()
def start(
    playbook: Annotated[str, typer.Argument(help="A playbook in use, by its id.")],
    intervention: Annotated[str, typer.Argument(help="The pupil's intervention, by its id.")],
    by: By,
    stage: Annotated[str, typer.Option(help="In the name of this stage; else the latest.")] = "",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Start a playbook by hand for those who may be told about a pupil; D counts from today."""
    wish = StartBody(
        playbook_id=_id("playbook", playbook),
        intervention_id=_id("intervention", intervention),
        stage=stage or None,
    )
    said = _done(tenant, by, lambda desk: msgspec.json.decode(started_by_hand(desk, wish)))
    if as_json:
        printing.as_json(said)
        return
    for one in said["runs"]:
        printing.line(f"{one} begins")


@app.command()
def pause(run: Run, by: By, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """Let a run hold still: nothing of it falls due and nothing is dropped."""
    _tell(tenant, by, run, lambda this, at: PauseRun(this, at, PauseReason.MANUAL), as_json)


@app.command()
def resume(run: Run, by: By, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """Let a run go on, from the first lawful moment."""
    _tell(tenant, by, run, ResumeRun, as_json)


@app.command()
def stop(run: Run, by: By, tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """Stop a run; what was sent stays sent. Many at once: `anseo playbooks stop-runs`."""
    _tell(tenant, by, run, lambda this, at: StopRun(this, at, RunStop.MANUAL), as_json)


@app.command()
def move(
    playbook: Annotated[str, typer.Argument(help="The playbook, by its id.")],
    version: Annotated[int, typer.Argument(help="The version to go to.")],
    by: By,
    from_version: Annotated[int | None, typer.Option(help="Only runs of this version.")] = None,
    school: School = "",
    token: Annotated[str, typer.Option(help="Of the preview: move exactly those.")] = "",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Say what a move would do, run by run, and its token; with the token, do exactly that."""
    book = _id("playbook", playbook)

    def told(desk: Desk) -> dict[str, Any]:
        house, caller = desk.house, desk.caller
        to = used_version(house, caller, book, version)
        here = _school(house, tenant, school) if school else None
        asked = Chosen(playbook=book, version=from_version, school=here)
        if token:
            return dict(msgspec.json.decode(move_many(desk, asked, to, token)))
        with house.database.auditor(caller.tenant) as conn:
            return preview_of(house, conn, caller, asked, to)[0]

    said = _done(tenant, by, told)
    if as_json:
        printing.as_json(msgspec.to_builtins(said))
        return
    if token:
        printing.line(f"{said['runs']} runs were moved")
        return
    for one in said["items"]:
        next_step = f"next {one['next_step']} at {one['next_at']}" if one["next_step"] else ""
        dropped = f"drops {one['dropped_step']}" if one["dropped_step"] else ""
        words = [one["refused"] or "moves", dropped, next_step, "ends" * one["completes"]]
        printing.line(f"{one['run_id']}  {', '.join(filter(None, words))}")
    printing.line(
        f"{said['runs']} runs would move, {said['refused']} stay; --token {said['token']}"
    )


def _tell(
    tenant: str, by: str, run: str, wish: Callable[[RunId, SchoolId], Command], as_json: bool
) -> None:
    this = RunId(_id("run", run))

    def tell(desk: Desk) -> int:
        started = desk.founding(this, RunStarted, RunUnknown)
        return desk.execute(wish(this, started.school_id)).facts

    facts = _done(tenant, by, tell)
    if as_json:
        printing.as_json({"run_id": str(this), "facts": facts})
        return
    printing.line("It is on record." if facts else "It is so already; nothing was recorded.")


def _done(tenant: str, by: str, what: Callable[[Desk], T]) -> T:
    """Do something in a person's name, or say why not and end with 2."""
    staff(by)
    caller = Caller(tenant_id(tenant), by.removeprefix("staff:"), frozenset({"admin"}), None)
    with opened() as house:
        try:
            return what(Desk(house, caller, uuid4(), uuid4()))
        except Refusal as refusal:
            fail(printing.refused(refusal), REFUSED)


def _id(what: str, written: str) -> Any:
    try:
        return UUID(written)
    except ValueError:
        fail(f"{written} is no id of a {what}", REFUSED)


def _school(house: House, tenant: str, school: str) -> SchoolId:
    with house.database.auditor(tenant_id(tenant)) as conn:
        try:
            return find_school(conn, tenant_id(tenant), school)
        except SchoolUnknown:
            fail(f"no school {school} is known here", REFUSED)

"""`anseo playbooks`: which there are, whether one is right, when its steps fall, and its runs."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec
import typer
from pydantic import ValidationError

from api.bodies.playbook_steps import PlaybookBody
from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, faults, opened, tenant_id
from api.many_runs import Chosen, chosen_runs, stop_estimate, stop_many
from api.playbook_desk import playbook_of
from api.playbook_views import content, history_of, listed, preview, whole
from api.playbook_words import looked_up, refuse_wordless
from api.receipts import Desk
from api.tokens import Caller
from domain.kernel.refusals import Refusal
from domain.playbook.commands import ActivatePlaybook, RetirePlaybook
from domain.playbook.faults import faults_of
from domain.playbook.shipped_playbooks import shipped, shipped_sets
from domain.shared.ids import PlaybookId, SchoolId, TenantId, derived_id
from domain.shared.playbooks import Playbook
from infrastructure.clock import school_now
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.wiring.house import House
from projections import playbooks as rows

app = typer.Typer(no_args_is_help=True, help="Playbooks: who hears what when, after a stage.")
REFUSED: Final = 2
_MOST: Final = 200
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
By = Annotated[str, typer.Option(help="Your id, not your name: it stands in the history.")]
Written = Annotated[str, typer.Argument(help="A file, or the name of a shipped set.")]
Known = Annotated[str, typer.Argument(help="Its id, as `anseo playbooks list` prints it.")]


@app.callback()
def playbooks() -> None:
    """Look at playbooks, check them, put them into use, stop their runs."""


@app.command("list")
def list_playbooks(tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """List playbooks: drafted, in use and retired; and the sets that are shipped."""
    owner = tenant_id(tenant)
    none = dict.fromkeys(("scope", "school", "stage", "active", "after_at", "after_key"))
    with opened() as house, house.database.auditor(owner) as conn:
        found = reads.fetch(conn, rows.PAGE, {**none, "tenant": owner, "limit": _MOST})
    items = [listed(row[0]) for row in found]
    if as_json:
        printing.as_json({"items": items, "shipped": shipped_sets()})
        return
    for item in items:
        version = f"version {item['version']}, {item['steps']} steps"
        printing.line(f"{item['playbook_id']}  {item['status']:<8} {version}  {item['name']}")
    printing.line(f"shipped: {', '.join(shipped_sets())}")


@app.command()
def show(
    known: Known,
    version: Annotated[int | None, typer.Option(help="A version; else the one in use.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Print a playbook as it was written; with --json its versions, too."""
    if known in shipped_sets():
        printing.line(json.dumps([content(one) for one in _written(known)], indent=2))
        return
    owner = tenant_id(tenant)
    with opened() as house, house.database.auditor(owner) as conn:
        try:
            told = history_of(conn, owner, _id(known))
            shown = told.shown if version is None else told.version(version)
        except Refusal as refusal:
            fail(f"{known}: {refusal}")
    said = whole(told, shown)
    if as_json:
        versions = [one.as_dict() for one in told.versions.values()]
        printing.as_json(msgspec.to_builtins({**said, "versions": versions}))
        return
    printing.line(f"version {shown.version}, {shown.status}; put into use by {shown.activated_by}")
    printing.line(json.dumps(said["definition"], indent=2, ensure_ascii=False))


@app.command()
def validate(
    written: Written,
    texts: Annotated[bool, typer.Option("--texts", help="Look up each step's text here.")] = False,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong with playbooks; nothing is stored. Exit code 2 if anything."""
    books = _written(written)
    found = [fault for one in books for fault in faults_of(one)]
    if texts:
        owner = tenant_id(tenant)
        with opened() as house:
            found += [fault for one in books for fault in looked_up(house, owner, None, one).errors]
    if as_json:
        printing.as_json({"valid": not found, "errors": msgspec.to_builtins(found)})
    for fault in found if not as_json else ():
        printing.line(f"{fault.words} [{fault.code}]")
    if found:
        raise SystemExit(REFUSED)


@app.command("preview")
def preview_one(
    known: Known,
    school: Annotated[str, typer.Option(help="The school, by its id or its own number.")],
    on: Annotated[str, typer.Option(help="When it would begin; else now.")] = "",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Print which step would fall when at a school, and why it moved."""
    owner = tenant_id(tenant)
    with opened() as house, house.database.auditor(owner) as conn:
        try:
            book = history_of(conn, owner, _id(known)).newest
        except Refusal as refusal:
            fail(f"{known}: {refusal}")
        here = _school(conn, owner, school)
        calendar = house.ledger.calendars(conn, owner, [here])[here]
        begins = _moment(on, calendar.zone) if on else school_now(conn)
        said = msgspec.to_builtins(preview(book, here, calendar, begins))
    if as_json:
        printing.as_json(said)
        return
    for step in said["steps"]:
        why = ", ".join(one["why"] for one in step["moved"])
        printing.line(f"{step['local_at']:<26} {step['step_id']:<14} {why}".rstrip())


@app.command()
def activate(
    written: Written,
    school: Annotated[str, typer.Option(help="For one school only.")] = "",
    by: By = "command-line",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Put playbooks into use. Those of a file are known again by their names."""
    owner = tenant_id(tenant)
    said = []
    with opened() as house:
        whose = None
        if school:
            with house.database.auditor(owner) as conn:
                whose = _school(conn, owner, school)
        for one in _written(written, owner):
            wish = ActivatePlaybook(playbook=one, school_id=whose)
            try:
                refuse_wordless(house, owner, whose, one)
                receipt = house.ledger.execute(wish, tenant=owner, by=f"staff:{by}")
            except Refusal as refusal:
                fail(f"{one.name}: {printing.refused(refusal)}", REFUSED)
            said.append({"playbook_id": receipt.stream, "facts": receipt.facts, "name": one.name})
    if as_json:
        printing.as_json({"items": said})
        return
    for item in said:
        word = "is in use now" if item["facts"] else "is in use already"
        printing.line(f"{item['playbook_id']}  {item['name']} {word}")


@app.command()
def retire(
    known: Known, by: By = "command-line", tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False
) -> None:
    """Take a playbook out of use, and drop its draft; runs under way go on."""
    owner, playbook = tenant_id(tenant), _id(known)
    with opened() as house:
        wish = RetirePlaybook(playbook_id=playbook)
        try:
            receipt = house.ledger.execute(wish, tenant=owner, by=f"staff:{by}")
        except Refusal as refusal:
            fail(f"{known}: {refusal}")
    if as_json:
        printing.as_json({"playbook_id": playbook, "facts": receipt.facts})
        return
    printing.line(f"{known} starts nothing" if receipt.facts else "It was not in use.")


@app.command("stop-runs")
def stop_runs(
    playbook: Annotated[str, typer.Option(help="Runs of one playbook only, by its id.")] = "",
    school: Annotated[str, typer.Option(help="Runs of one school only.")] = "",
    token: Annotated[str, typer.Option(help="Of the estimate: stop exactly those.")] = "",
    by: By = "command-line",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Say how many runs a stop would end and its token; with the token, stop exactly those."""
    caller = Caller(tenant_id(tenant), by, frozenset({"admin"}), None)
    with opened() as house:
        with house.database.auditor(caller.tenant) as conn:
            here = _school(conn, tenant_id(tenant), school) if school else None
        asked = Chosen(playbook=_id(playbook) if playbook else None, school=here)
        said = _stopped(house, caller, asked, token) if token else _estimated(house, caller, asked)
    if as_json:
        printing.as_json(said)
    elif token:
        printing.line(f"{said['runs']} runs were stopped")
    else:
        printing.line(f"{said['runs']} runs of {said['students']} pupils; --token {said['token']}")


def _estimated(house: House, caller: Caller, asked: Chosen) -> dict[str, Any]:
    with house.database.auditor(caller.tenant) as conn:
        return stop_estimate(chosen_runs(conn, caller, asked))


def _stopped(house: House, caller: Caller, asked: Chosen, token: str) -> dict[str, Any]:
    desk = Desk(house, caller, uuid4(), uuid4())
    try:
        return dict(msgspec.json.decode(stop_many(desk, asked, token)))
    except Refusal as refusal:
        fail(printing.refused(refusal), REFUSED)


def _written(written: str, tenant: TenantId | None = None) -> list[Playbook]:
    """Return the playbooks of a shipped set or of a file, which holds one or a list of them."""
    owner = tenant or tenant_id(DEFAULT_TENANT)
    if written in shipped_sets():
        return shipped(written, owner)
    try:
        found = json.loads(Path(written).read_bytes())
        every = found if isinstance(found, list) else [found]
        bodies = [PlaybookBody.model_validate(one) for one in every]
    except OSError as error:
        fail(f"{written} cannot be read ({error.strerror}), and none of {shipped_sets()}", REFUSED)
    except ValidationError as error:
        fail(f"{written} cannot be used: {faults(error)}", REFUSED)
    except ValueError:
        fail(f"{written} is not JSON", REFUSED)
    return [
        playbook_of(body, PlaybookId(derived_id(owner, "playbook", "file", body.name)))
        for body in bodies
    ]


def _id(known: str) -> PlaybookId:
    try:
        return PlaybookId(UUID(known))
    except ValueError:
        fail(f"no playbook {known}: write its id, as `anseo playbooks list` prints it", REFUSED)


def _moment(text: str, zone: str) -> datetime:
    """Return a moment that a person wrote, by the school's own clock where no zone is named."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{text} is no moment: write 2025-12-17 or 2025-12-17T11:00", REFUSED)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))


def _school(conn: Connection, tenant: TenantId, school: str) -> SchoolId:
    try:
        return find_school(conn, tenant, school)
    except SchoolUnknown:
        fail(f"no school {school} is known here: import it first (anseo import schools FILE)")

"""`anseo rules`: what rule sets may say, whether one is right, and which decide."""

import json
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.rule_views import History, history_of, listed, rules_catalogue, validation, whole
from domain.attendance.rule_schema import schema_text
from domain.attendance.rules import RuleSetUnreadable, json_of, shipped_rule_sets, shipped_text
from domain.kernel.refusals import Refusal
from domain.rule_set.commands import RetireRuleSet
from domain.rule_set.refusals import RuleSetElsewhere, RuleSetOver
from domain.shared.ids import RuleSetId, SchoolId, TenantId
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.store import reads
from infrastructure.wiring import rule_sets
from infrastructure.wiring.house import House
from projections import definitions

app = typer.Typer(no_args_is_help=True, help="Rule sets: which numbers lead to which stage.")
REFUSED: Final = 2
_MOST: Final = 200
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
By = Annotated[str, typer.Option(help="Your id, not your name: it stands in the history.")]
Written = Annotated[str, typer.Argument(help="A file, or the name of a shipped rule set.")]
Known = Annotated[str, typer.Argument(help="Its id, or the name of a shipped rule set.")]


@app.callback()
def rules() -> None:
    """Look at rule sets, check them, put them into use."""


@app.command()
def catalogue(as_json: AsJson = False) -> None:
    """Say what a rule set may count and say, with unit, denominator and source."""
    known = rules_catalogue()
    if as_json:
        printing.as_json(known)
        return
    for part, entries in known.items():
        printing.line(f"{part}:")
        for entry in entries:
            key, *said = (str(value) for value in entry.values() if value is not None)
            printing.line(f"  {key}: {'; '.join(said)}")


@app.command()
def schema() -> None:
    """Print the JSON Schema of a rule set."""
    printing.line(schema_text().decode().rstrip())


@app.command()
def validate(written: Written, as_json: AsJson = False) -> None:
    """Say everything that is wrong with a rule set; nothing is stored. Exit code 2 if anything."""
    said = validation(_json(written))
    if as_json:
        printing.as_json(said)
    elif said["valid"]:
        for stage in said["stages"]:
            printing.line(f"{stage['track']:<20} {stage['stage']:<28} {_decided(stage)}")
        for words in said["not_done"]:
            printing.line(words)
    for fault in said["errors"] if not as_json else ():
        right = f"; {fault['right']}" if fault["right"] else ""
        printing.line(f"{fault['path']}: {fault['message']}{right} [{fault['code']}]")
    if not said["valid"]:
        raise SystemExit(REFUSED)


@app.command("list")
def list_rules(tenant: Tenant = DEFAULT_TENANT, as_json: AsJson = False) -> None:
    """List rule sets: drafted, in use and retired; and those that are shipped."""
    owner = tenant_id(tenant)
    asked = {"tenant": owner, "scope": None, "school": None, "active": None, "limit": _MOST}
    with opened() as house, house.database.auditor(owner) as conn:
        place = {"after_at": None, "after_key": None}
        rows = reads.fetch(conn, definitions.RULE_SET_PAGE, {**asked, **place})
    items = [listed(row[0]) for row in rows]
    if as_json:
        printing.as_json({"items": items, "shipped": list(shipped_rule_sets())})
        return
    for item in items:
        whose = item["school_id"] or "every school"
        version = f"version {item['version'] or item['draft_version']}"
        printing.line(f"{item['rule_set_id']}  {item['status']:<8} {version}  {whose}")
        printing.line(f"    {item['name']}")
        for words in item["not_done"]:
            printing.line(f"    {words}")
    printing.line(f"shipped: {', '.join(shipped_rule_sets())}")


@app.command()
def show(
    known: Known,
    version: Annotated[int | None, typer.Option(help="A version; else the one in use.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Print a rule set as it was written; with --json its stages and versions, too."""
    if known in shipped_rule_sets():
        printing.as_json(_json(known)) if as_json else printing.line(_text(known).decode().rstrip())
        return
    owner = tenant_id(tenant)
    with opened() as house:
        told = _told(house, owner, known)
        try:
            shown = told.shown if version is None else told.version(version)
        except Refusal as refusal:
            fail(f"{known}: {refusal}")
    if as_json:
        versions = [one.as_dict() for one in told.versions.values()]
        printing.as_json({**whole(told, shown), "versions": versions})
        return
    printing.line(f"version {shown.version}, {shown.status}; put into use by {shown.activated_by}")
    printing.line(json.dumps(shown.definition, indent=2, ensure_ascii=False))


@app.command()
def activate(
    written: Written,
    school: Annotated[str, typer.Option(help="For one school only, by its id.")] = "",
    by: By = "command-line",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Put a rule set into use, in place of whatever decided about its schools."""
    text, owner = _text(written), tenant_id(tenant)
    with opened() as house:
        whose = _school(house, owner, school)
        try:
            receipt = rule_sets.put_into_use(house, owner, text, f"staff:{by}", whose)
        except RuleSetUnreadable as error:
            fail(f"{written} cannot be used: {error}", REFUSED)
        except (RuleSetElsewhere, RuleSetOver) as no:
            fail(f"{written}: {printing.refused(no)}", REFUSED)
    if as_json:
        said = {"rule_set_id": receipt.stream, "revision": receipt.version, "facts": receipt.facts}
        printing.as_json({**said, "position": receipt.position})
        return
    printing.line(f"{receipt.stream} decides now" if receipt.facts else "It decides already.")


@app.command()
def retire(
    known: Known,
    by: By = "command-line",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: AsJson = False,
) -> None:
    """Take a rule set out of use, and drop its draft; what it led to goes on."""
    owner = tenant_id(tenant)
    with opened() as house:
        rule_set = RuleSetId(_told(house, owner, known).rule_set_id)
        wish = RetireRuleSet(rule_set_id=rule_set)
        receipt = house.ledger.execute(wish, tenant=owner, by=f"staff:{by}")
    if as_json:
        printing.as_json({"rule_set_id": rule_set, "facts": receipt.facts})
        return
    printing.line(f"{rule_set} decides nothing" if receipt.facts else "It was not in use.")


def _decided(stage: dict[str, Any]) -> str:
    return stage["not_computed"] or "decided by the register"


def _text(written: str) -> bytes:
    if written in shipped_rule_sets():
        return shipped_text(written)
    try:
        return Path(written).read_bytes()
    except OSError as error:
        shipped = ", ".join(shipped_rule_sets())
        fail(f"{written} cannot be read ({error.strerror}), and none of {shipped}", REFUSED)


def _json(written: str) -> Any:
    try:
        return json_of(_text(written))
    except RuleSetUnreadable as error:
        fail(f"{written} cannot be used: {error}", REFUSED)


def _told(house: House, tenant: TenantId, known: str) -> History:
    """Return a stored rule set by its id, or by the name of the shipped one that it came from."""
    try:
        wanted = UUID(known)
    except ValueError:
        if known not in shipped_rule_sets():
            fail(f"no rule set {known}: write its id, as `anseo rules list` prints it", REFUSED)
        wanted = rule_sets.checked(_json(known)).id_for(tenant, None)
    try:
        with house.database.auditor(tenant) as conn:
            return history_of(conn, tenant, wanted)
    except Refusal as refusal:
        fail(f"{known}: {refusal}")


def _school(house: House, tenant: TenantId, school: str) -> SchoolId | None:
    if not school:
        return None
    try:
        with house.database.auditor(tenant) as conn:
            return find_school(conn, tenant, school)
    except SchoolUnknown:
        fail(f"no school {school} is known here: import it first (anseo import schools FILE)")

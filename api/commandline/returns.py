"""`anseo returns`: what schools owe an authority, by when, and that it was made."""

from typing import Annotated, Any, Final

import msgspec
import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.registers import School, day_of, staff
from domain.kernel.refusals import Refusal
from domain.owed_return.commands import SubmitReturn
from domain.shared.ids import SchoolId, TenantId
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections import returns
from projections.returns import ReturnRow

app = typer.Typer(no_args_is_help=True, help="Returns that schools owe an authority.")
REFUSED: Final = 2
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]


@app.callback()
def owed() -> None:
    """See what is open or past due, and say that a return was made."""


@app.command("list")
def listed(school: School, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """Show the returns of a school, the latest last day first."""
    owner = tenant_id(tenant)
    with opened() as house, house.database.tenant(owner) as conn:
        rows = _rows(conn, owner, school)
    if as_json:
        printing.as_json({"items": [_plain(one) for one in rows]})
        return
    for one in rows:
        made = f", made on {one.submitted_on} by {one.submitted_by}" if one.submitted_on else ""
        late = " (late)" if one.late else ""
        printing.line(f"{one.name:<8} {one.status:<10} due {one.due_on}{made}{late}")


@app.command()
def submit(
    name: Annotated[str, typer.Argument(help="The return, as `anseo returns list` names it.")],
    school: School,
    by: Annotated[str, typer.Option(help="Who made it: staff:NAME.")],
    on: Annotated[str, typer.Option("--date", help="The day; the school's today.")] = "",
    reference: Annotated[str, typer.Option(help="The authority's own number.")] = "",
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Say in a person's name that a return was made; of two years' the latest."""
    owner, day = tenant_id(tenant), day_of("--date", on)
    staff(by)
    with opened() as house:
        with house.database.tenant(owner) as conn:
            found = [one for one in _rows(conn, owner, school) if one.name == name]
        if not found:
            fail(f"{school} owes no return {name} by now: see anseo returns list", REFUSED)
        wish = SubmitReturn(found[0].return_id, found[0].school_id, day, reference.strip())
        try:
            receipt = house.ledger.execute(wish, tenant=owner, by=by)
        except Refusal as refusal:
            said = "".join(f"; {key}: {value}" for key, value in refusal.details.items())
            fail(f"{refusal.code}: {(refusal.__doc__ or '').strip()}{said}", REFUSED)
    if as_json:
        printing.as_json({"stream": str(receipt.stream), "position": receipt.position})
    else:
        printing.line(f"{name} is on record as made, at position {receipt.position}")


def _rows(conn: Connection, owner: TenantId, school: str) -> list[ReturnRow]:
    try:
        found: SchoolId = find_school(conn, owner, school)
    except SchoolUnknown:
        fail(f"no school {school} is known here: import it first (anseo import schools FILE)")
    asked = {**returns.ANY, "tenant": owner, "school": [found]}
    return reads.documents(conn, returns.PAGE, ReturnRow, asked)


def _plain(row: ReturnRow) -> dict[str, Any]:
    said: dict[str, Any] = msgspec.to_builtins(row)
    return said

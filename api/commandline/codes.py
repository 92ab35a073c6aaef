"""`anseo codes`: what the codes of a register mean in a place, or at one school, on a day."""

from datetime import date
from typing import Annotated, Final

import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from domain.attendance.codes import CodeRow, CodeTable, Completeness
from domain.attendance.jurisdictions import JurisdictionUnknown, jurisdiction
from domain.attendance.school_codes import LocalCode, stands_for
from infrastructure.clock import machine_now
from infrastructure.register import reads
from infrastructure.register.evaluation import SchoolUnknown, find_school

app = typer.Typer(no_args_is_help=True, help="What the codes of a register mean.")
REFUSED: Final = 2
Local = list[tuple[LocalCode, CodeRow]]


@app.callback()
def codes() -> None:
    """Look up what codes mean."""


@app.command("list")
def list_codes(
    place: Annotated[
        str, typer.Option("--jurisdiction", help="IE, GB-ENG, US-CA, … (ISO 3166-2).")
    ] = "",
    on: Annotated[str, typer.Option("--date", help="Day, as 2025-09-01; today if left out.")] = "",
    school: Annotated[
        str, typer.Option(help="A school instead: its place's codes, and its own before them.")
    ] = "",
    tenant: Annotated[str, typer.Option(help="Short name of the tenant of the school.")] = (
        DEFAULT_TENANT
    ),
    as_json: Annotated[
        bool, typer.Option("--json", help="A list of objects on the last line.")
    ] = False,
) -> None:
    """List the codes that may stand in a register of a day, and how each is counted."""
    if bool(place) == bool(school):
        fail("codes list: say --jurisdiction, such as GB-ENG, or --school, and not both", REFUSED)
    day = _day(on)
    table, own = _of_school(school, tenant, day) if school else (_table(place), [])
    taken = {local.code for local, _ in own}
    rows = [row for row in table.in_force(day) if not row.writings & taken]
    listed = [{**row.as_dict(), "code": local.code} for local, row in own]
    listed += [row.as_dict() for row in rows]
    if as_json:
        if table.completeness is Completeness.PARTIAL:
            printing.stderr.print(f"{table.jurisdiction}: {_completeness(table)}", soft_wrap=True)
        printing.as_json(listed)
        return
    _print(table, day, listed)


def _day(written: str) -> date:
    if not written:
        return machine_now().date()
    try:
        return date.fromisoformat(written)
    except ValueError:
        fail(f"--date {written!r} is no day of the calendar: write it as 2025-09-01", REFUSED)


def _table(place: str) -> CodeTable:
    try:
        return jurisdiction(place).table
    except JurisdictionUnknown as error:
        fail(f"--jurisdiction: {error}", REFUSED)


def _of_school(school: str, tenant: str, day: date) -> tuple[CodeTable, Local]:
    with opened() as house, house.database.auditor(tenant_id(tenant)) as conn:
        try:
            found = find_school(conn, tenant_id(tenant), school)
        except SchoolUnknown:
            fail(f"no school {school} is known here: import it first (anseo import schools FILE)")
        row = next(one for one in reads.schools(conn, tenant_id(tenant)) if one.school == found)
        codes = reads.school_codes(conn, tenant_id(tenant), row)
    own = [(one, stands_for(codes.table, one, day)) for one in codes.on(day)]
    return codes.table, [(local, row) for local, row in own if row is not None]


def _completeness(table: CodeTable) -> str:
    return f"{table.completeness} (table {table.version}). {table.note}"


def _print(table: CodeTable, day: date, listed: list[dict[str, object]]) -> None:
    printing.line(f"{table.jurisdiction} on {day.isoformat()}: {_completeness(table)}")
    words = {
        "authorised": table.words.authorised,
        "unauthorised": table.words.unauthorised,
    }
    width = max((len(str(row["code"])) for row in listed), default=0)
    for row in listed:
        flags = [flag for flag in ("attending", "authorised", "unauthorised", "late") if row[flag]]
        counted = ", ".join(words.get(flag, flag) for flag in flags)
        counted = counted or "not counted"
        printing.line(f"{row['code']!s:<{width}}  {counted:<18}  {row['meaning']}")

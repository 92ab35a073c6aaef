"""`anseo register`: what the register says of a pupil, and what is to be done about it by hand."""

from datetime import date, timedelta
from typing import Annotated, Any
from uuid import uuid4

import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.reading import note_by
from domain.attendance.register_line import Session
from domain.kernel.refusals import Refusal
from domain.shared.ids import TenantId
from infrastructure.clock import machine_now, school_now
from infrastructure.register import reads
from infrastructure.register.amendments import amendments, register_view
from infrastructure.register.calendar_view import year_of
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.register.known_then import position_then
from infrastructure.register.rows import SchoolRow, StudentRow
from infrastructure.store.database import Connection
from infrastructure.vault import raw_payloads
from infrastructure.wiring.by_hand import Correction, Hand

app = typer.Typer(no_args_is_help=True, help="The register: marks, their history, raw data.")
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
School = Annotated[str, typer.Option(help="The school, by its id here or in its own system.")]
Student = Annotated[str, typer.Option(help="The student, by id here or in the school's system.")]
By = Annotated[str, typer.Option(help="Who does it: staff:NAME.")]
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]
REFUSED = 2


@app.callback()
def register() -> None:
    """Look at the register and correct it."""


@app.command("purge-raw")
def purge_raw(as_json: Json = False) -> None:
    """Throw away what school systems sent, word for word, once it is over its age.

    The age is ANSEO_RAW_PAYLOAD_DAYS; let a timer run this daily. Marks and their history stay.
    """
    with opened() as house:
        before = machine_now() - timedelta(days=house.settings.raw_payload_days)
        with house.database.worker() as conn:
            pages = raw_payloads.purge(conn, before)
    if as_json:
        printing.as_json({"pages": pages, "before": before.isoformat()})
    else:
        printing.line(f"{pages} pages from before {before.date().isoformat()} thrown away")


@app.command()
def show(
    school: School,
    student: Student,
    by: By,
    first: Annotated[str, typer.Option("--from", help="First day; the school year's.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day; today.")] = "",
    known_on: Annotated[str, typer.Option(help="As known at the end of a day.")] = "",
    known_at: Annotated[int | None, typer.Option(help="As known at a ledger position.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Show a student's register and its amendments. The look is recorded in a person's name."""
    owner, then = tenant_id(tenant), day_of("--known-on", known_on)
    begins, ends = day_of("--from", first), day_of("--to", last)
    staff(by)
    with opened() as house, house.database.tenant(owner) as conn:
        row, place = pupil_of(conn, owner, school, student)
        until = ends or school_now(conn).date()
        span = begins or year_of(conn, owner, place, until)[0], until
        position = position_then(conn, owner, place.zone, on=then, position=known_at)
        view = register_view(conn, owner, place, row.student, span, position)
        found = amendments(conn, owner, place.school, row.student, span, position)
        said = house.vault.get_many(conn, owner, [one.after.batch for one in found if one.by_hand])
        view["amendments"] = [
            one.as_json(said.get(one.after.batch, {}).get("reason")) for one in found
        ]
        note_by(conn, owner, by, "anseo register show", "register", row.student)
    if as_json:
        printing.as_json(view)
    else:
        _print(view)


@app.command()
def correct(
    school: School,
    student: Student,
    on: Annotated[str, typer.Option("--date", help="The day, as 2025-09-01.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the vault.")],
    code: Annotated[str, typer.Option(help="The code as it should have been.")] = "",
    delete: Annotated[bool, typer.Option("--delete", help="Take the mark back.")] = False,
    session: Annotated[Session, typer.Option(help="Which part of the day.")] = Session.DAY,
    minutes_late: Annotated[int | None, typer.Option(help="Minutes late, if any.")] = None,
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Correct a mark or take it back, in a person's name. What stood there stays in its history."""
    day, owner = day_of("--date", on), tenant_id(tenant)
    staff(by)
    if day is None or bool(code) == delete or not reason.strip():
        fail("say --date, --reason, and either --code or --delete", REFUSED)
    with opened() as house:
        with house.database.tenant(owner) as conn:
            row, place = pupil_of(conn, owner, school, student)
        wish = Correction(row.student, day, session, code or None, minutes_late, reason)
        try:
            receipt = Hand(house, owner, by, uuid4()).correct(wish, row, place)
        except Refusal as refusal:
            fail(printing.refused(refusal), REFUSED)
    if as_json:
        printing.as_json({"batch": str(receipt.stream), "position": receipt.position})
    else:
        printing.line(f"recorded; known from position {receipt.position}")


def day_of(name: str, written: str) -> date | None:
    """Return a day that was written on the command line; None where nothing was."""
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        fail(f"{name} {written!r} is no day of the calendar: write it as 2025-09-01", REFUSED)


def staff(by: str) -> None:
    """See that a named person speaks."""
    if not by.startswith("staff:") or not by.removeprefix("staff:"):
        fail(f"--by {by!r}: a person says this, as staff:NAME", REFUSED)


def pupil_of(
    conn: Connection, tenant: TenantId, school: str, student: str
) -> tuple[StudentRow, SchoolRow]:
    """Find a student of a school by the id here or in the school's system; end where nobody is."""
    try:
        found = find_school(conn, tenant, school)
    except SchoolUnknown:
        fail(f"no school {school} is known here: import it first (anseo import schools FILE)")
    place = next(one for one in reads.schools(conn, tenant) if one.school == found)
    pupils = reads.students(conn, tenant, schools=[found])
    rows = [one for one in pupils if student in (str(one.student), one.source_id)]
    if len(rows) != 1:
        if rows:
            fail(f"{len(rows)} students of {school} are called {student}: give the id here")
        fail(f"no student of {school} is called {student}: import the student first")
    return rows[0], place


def _print(view: dict[str, Any]) -> None:
    printing.line(f"{view['from']} to {view['to']}, as known at position {view['known_at']}")
    for day in view["days"]:
        halves = (day["morning"]["code"] or "-", day["afternoon"]["code"] or "-")
        printing.line(f"{day['date']}  {'  '.join(halves)}")
    for one in view["totals_of_other_systems"]:
        printing.line(
            f"{one['from']} to {one['to']}: {one['source']} says {one['attended']} of"
            f" {one['possible']} sessions attended, {one['authorised']} authorised and"
            f" {one['unauthorised']} unauthorised absences; no rule counts this"
        )
    for one in view["amendments"]:
        was, became = ((mark or {}).get("code", "no mark") for mark in (one["was"], one["became"]))
        printing.line(
            f"{one['date']} {one['session']}: {was} became {became}, by {one['by']} at"
            f" {one['known_at']:%Y-%m-%d %H:%M}: {one['reason'] or one['source']}"
        )

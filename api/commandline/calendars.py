"""`anseo calendar`: which days a school is open, as known now or at a position."""

import sys
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Final
from uuid import uuid4

import typer

from api.bodies.calendars import DayKind
from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.commandline.registers import day_of, staff
from domain.attendance.day_words import DayPart
from domain.attendance.jurisdictions import JurisdictionUnknown, jurisdiction
from domain.kernel.refusals import Refusal
from domain.shared.ids import SchoolId
from infrastructure.clock import school_now
from infrastructure.documents.csv_paper import csv_paper
from infrastructure.imports import holiday_seed
from infrastructure.register import reads
from infrastructure.register.by_hand import DayChange, TermChange, calendar_version
from infrastructure.register.calendar_view import Asked, calendar_view, year_of
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.wiring.by_hand import Hand

app = typer.Typer(no_args_is_help=True, help="The days on which a school is open.")
REFUSED: Final = 2
LONGEST: Final = 800
Day = Annotated[str, typer.Option(help="As 2025-09-01.")]


@app.callback()
def calendar() -> None:
    """Look at school calendars."""


@app.command()
def show(
    school: Annotated[str, typer.Option(help="The school, by its id here or in its own system.")],
    first: Annotated[str, typer.Option("--from", help="First day; the school year's.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day; the last known one.")] = "",
    year_group: Annotated[str, typer.Option(help="The days of one year group.")] = "",
    known_at: Annotated[
        int | None, typer.Option(help="A ledger position: the calendar as it was known then.")
    ] = None,
    tenant: Annotated[str, typer.Option(help="Short name of the tenant.")] = DEFAULT_TENANT,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on the last line.")
    ] = False,
) -> None:
    """Show a school's days with their numbers, and the versions of its calendar."""
    begins, ends = _day("--from", first), _day("--to", last)
    owner = tenant_id(tenant)
    with opened() as house, house.database.auditor(owner) as conn:
        try:
            found = find_school(conn, owner, school)
        except SchoolUnknown:
            fail(f"no school {school} is known here: import it first (anseo import schools FILE)")
        row = next(one for one in reads.schools(conn, owner) if one.school == found)
        usual = year_of(conn, owner, row, begins or school_now(conn).date())
        span = begins or usual[0], ends or usual[1]
        if not 0 <= (span[1] - span[0]).days <= LONGEST:
            fail(f"--from {span[0]} --to {span[1]}: at most {LONGEST} days, forwards", REFUSED)
        view = calendar_view(conn, owner, row, Asked(*span, year_group or None, known_at))
    if as_json:
        printing.as_json(view)
    else:
        _print(view)


@app.command()
def say(
    school: Annotated[str, typer.Option(help="The school, by its id here or in its own system.")],
    on: Annotated[str, typer.Option("--date", help="The day, as 2025-09-01.")],
    kind: Annotated[DayKind, typer.Option(help="What is said of it.")],
    by: Annotated[str, typer.Option(help="Who says it: staff:NAME.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the vault.")],
    session: Annotated[DayPart, typer.Option(help="Which part of the day.")] = DayPart.DAY,
    year_group: Annotated[str, typer.Option(help="Only for one year group.")] = "",
    until: Annotated[str, typer.Option(help="The last of several days.")] = "",
    tenant: Annotated[str, typer.Option(help="Short name of the tenant.")] = DEFAULT_TENANT,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on the last line.")
    ] = False,
) -> None:
    """Close a day or open it, also afterwards. Evaluations look again at what it touches.

    With --until it is about all days from the one to the other; what opens them opens no weekend.
    """
    day, last = day_of("--date", on), day_of("--until", until)
    if day is None:
        fail("say --date", REFUSED)
    gone = kind is DayKind.WITHDRAWN
    said = (kind.value, kind.is_open, session.value, year_group, gone, last)
    _change(tenant, school, by, reason, as_json, lambda here: DayChange(here, day, *said))


@app.command()
def term(
    name: Annotated[str, typer.Argument(help="The term's name, as `anseo calendar show` has it.")],
    school: Annotated[str, typer.Option(help="The school, by its id here or in its own system.")],
    by: Annotated[str, typer.Option(help="Who says it: staff:NAME.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the vault.")],
    first: Annotated[str, typer.Option("--from", help="First day, as 2025-09-01.")] = "",
    last: Annotated[str, typer.Option("--to", help="Last day.")] = "",
    declared_days: Annotated[
        int | None, typer.Option(min=1, max=366, help="School days that the school declares.")
    ] = None,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the term back.")] = False,
    tenant: Annotated[str, typer.Option(help="Short name of the tenant.")] = DEFAULT_TENANT,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on the last line.")
    ] = False,
) -> None:
    """Set a school's term, or take it back. Days that were closed by name stay closed."""
    begins, ends = day_of("--from", first), day_of("--to", last)
    days = None if begins is None or ends is None else (begins, ends)
    if withdraw == (days is not None) or (withdraw and (first or last or declared_days)):
        fail("say --from and --to, or --withdraw", REFUSED)
    _change(
        tenant,
        school,
        by,
        reason,
        as_json,
        lambda here: TermChange(here, name, days, declared_days),
    )


def _change(
    tenant: str,
    school: str,
    by: str,
    reason: str,
    as_json: bool,
    word: Callable[[SchoolId], DayChange | TermChange],
) -> None:
    """Change a school's calendar as it stands now, in a person's name."""
    owner = tenant_id(tenant)
    staff(by)
    if not reason.strip():
        fail("say --reason", REFUSED)
    with opened() as house:
        with house.database.tenant(owner) as conn:
            try:
                found = find_school(conn, owner, school)
            except SchoolUnknown:
                fail(f"no school {school} is known here: import it first")
            seen = calendar_version(conn, owner, found)
        try:
            receipt = Hand(house, owner, by, uuid4()).change_calendar(word(found), reason, seen)
        except Refusal as refusal:
            fail(printing.refused(refusal), REFUSED)
    if as_json:
        printing.as_json({"school": str(found), "version": receipt.position})
    else:
        printing.line(f"recorded; the calendar's version is {receipt.position}")


@app.command()
def suggest(
    place: Annotated[str, typer.Option("--jurisdiction", help="IE, GB-ENG, US-CA, …")],
    first: Annotated[str, typer.Option("--from", help="First day, as 2025-09-01.")],
    last: Annotated[str, typer.Option("--to", help="Last day.")],
) -> None:
    """Print public holidays as CSV for a person to decide about: which of them close the school?

    The import refuses a row until the question mark of its kind is gone.
    """
    begins, ends = _day("--from", first), _day("--to", last)
    if begins is None or ends is None or not 0 <= (ends - begins).days <= LONGEST:
        fail(f"--from {first} --to {last}: at most {LONGEST} days, forwards", REFUSED)
    try:
        rows = list(holiday_seed.suggested(jurisdiction(place), begins, ends))
    except JurisdictionUnknown as error:
        fail(f"--jurisdiction: {error}", REFUSED)
    except holiday_seed.ListMissing:
        fail("the list of public holidays is not installed here: pip install 'anseo[holidays]'")
    sys.stdout.write(csv_paper([holiday_seed.COLUMNS, *rows]))


def _day(name: str, written: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        fail(f"{name} {written!r} is no day of the calendar: write it as 2025-09-01", REFUSED)


def _print(view: dict[str, Any]) -> None:
    printing.line(f"{view['from']} to {view['to']}, calendar version {view['version'] or 'none'}")
    for one in view["terms"]:
        printing.line(f"term {one['name']!r}: {one['begins_on']} to {one['ends_on']}")
    for day in view["days"]:
        said = ", ".join(
            " ".join(filter(None, (one["kind"], one["session"], one["year_group"])))
            for one in day["said"]
        )
        halves = [name for name in ("morning", "afternoon") if day[name]]
        is_open = "open" if len(halves) > 1 else f"{halves[0]} only" if halves else "closed"
        number = f"day {day['school_day']}, week {day['school_week']}" if day["open"] else ""
        if day["open"] or said:
            printing.line(f"{day['date']}  {is_open:<14}  {number:<18}  {said}".rstrip())

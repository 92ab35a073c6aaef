"""`anseo import`: files into the register, with a report of every row that cannot be used."""

import re
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer
from pydantic import ValidationError

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, faults, opened, tenant_id
from domain.attendance.jurisdictions import JurisdictionUnknown
from infrastructure.clock import school_now
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.oneroster import Place
from infrastructure.imports.prepared import Insistence
from infrastructure.imports.profiles import PROFILE_NAME, ProfileFaulty, check, newest
from infrastructure.imports.report import ImportReport
from infrastructure.imports.wonde import PlaceMissing
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.wiring.imports import Importer
from infrastructure.wiring.syncing import Asked, SyncBusy, TokenMissing, sync_wonde

app = typer.Typer(no_args_is_help=True, help="Bring files into the register.")
REFUSED: Final = 2
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on the last line.")]
Keep = Annotated[
    bool,
    typer.Option(
        "--keep-good-rows/--all-or-nothing",
        help="Set unusable rows aside and import the rest, or import nothing.",
    ),
]
School = Annotated[str, typer.Option(help="The school, by its id here or in its own system.")]
Fewer = Annotated[
    str,
    typer.Option(
        help="Take a source that lost much of what it had, for a reason: YEAR_ROLLOVER.",
    ),
]
By = Annotated[str, typer.Option(help="Who imports: staff:NAME.")]
_CODE: Final = re.compile(r"[A-Z][A-Z0-9_]{2,63}")
Profile = Annotated[
    str | None,
    typer.Option(help="A saved profile's name, or a JSON file: columns, date_format, shape."),
]


class Shape(StrEnum):
    """How a register is laid out."""

    LONG = "long"
    WIDE = "wide"
    TOTALS = "totals"


@app.command()
def wonde(
    school: Annotated[str, typer.Argument(help="The school's id at Wonde, such as A1930499544.")],
    jurisdiction: Annotated[
        str, typer.Option(help="Whose rules: GB-ENG, GB-WLS, IE; needed the first time only.")
    ] = "",
    full: Annotated[
        bool, typer.Option("--full", help="Compare everything, not only what has changed.")
    ] = False,
    first: Annotated[
        str, typer.Option("--from", help="First day of marks; the school year's.")
    ] = "",
    tenant: Tenant = DEFAULT_TENANT,
    keep_good_rows: Keep = True,
    accept_fewer: Fewer = "",
    by: By = "staff:command-line",
    as_json: Json = False,
) -> None:
    """Sync one school with Wonde: people, then marks; what has changed, or everything.

    The first sync, and one in seven days, reads everything. WONDE_TOKEN holds the token.
    """
    asked = Asked(
        place=jurisdiction or None,
        full=full,
        first=_day(first) if first else None,
        keep_good_rows=keep_good_rows,
        accept_fewer=_insistence(by, accept_fewer),
    )

    _import(tenant, as_json, lambda i: _synced(i, school, asked), by)


@app.command()
def edfi(
    folder: Annotated[Path, typer.Argument(help="Folder of Ed-Fi interchange files.")],
    region: Annotated[
        str, typer.Option(help="The country of telephone numbers without a country code.")
    ] = "US",
    zone: Annotated[
        str, typer.Option(help="The schools' time zone, which the files do not have.")
    ] = "America/Chicago",
    tenant: Tenant = DEFAULT_TENANT,
    keep_good_rows: Keep = True,
    accept_fewer: Fewer = "",
    by: By = "staff:command-line",
    as_json: Json = False,
) -> None:
    """Import an Ed-Fi district: schools, calendar, students, contacts, attendance.

    Rows that contradict each other or the calendar are set aside and reported; files that are
    broken or name unknown students import nothing.
    """
    fewer = _insistence(by, accept_fewer)
    where = {"region": region, "zone": _zone(zone).key}

    def run(importer: Importer) -> list[ImportReport]:
        report = importer.edfi(folder, keep_good_rows=keep_good_rows, accept_fewer=fewer, **where)
        return [report]

    _import(tenant, as_json, run, by)


@app.command()
def oneroster(
    path: Annotated[Path, typer.Argument(help="The bundle: a zip, or a folder of its files.")],
    jurisdiction: Annotated[str, typer.Option(help="Whose rules: US-CA, GB-ENG, IE.")],
    zone: Annotated[str, typer.Option(help="The schools' time zone: America/Los_Angeles.")],
    tenant: Tenant = DEFAULT_TENANT,
    keep_good_rows: Keep = True,
    accept_fewer: Fewer = "",
    by: By = "staff:command-line",
    as_json: Json = False,
) -> None:
    """Import a OneRoster 1.1 or 1.2 roster: whole (bulk) or what changed (delta).

    A roster has no marks, no order of contacts and no legal rights: those stay unknown.
    """
    fewer = _insistence(by, accept_fewer)
    region = jurisdiction.partition("-")[0]

    def run(importer: Importer) -> list[ImportReport]:
        with importer.house.database.worker() as conn:
            today = school_now(conn).astimezone(_zone(zone)).date()
        place = Place(jurisdiction, zone, region)
        try:
            report = importer.oneroster(
                path, place, today=today, keep_good_rows=keep_good_rows, accept_fewer=fewer
            )
        except JurisdictionUnknown:
            fail(f"--jurisdiction {jurisdiction}: no such place is known (US-CA, GB-ENG, IE, …)")
        return [report]

    _import(tenant, as_json, run, by)


@app.command()
def schools(
    path: Path, tenant: Tenant = DEFAULT_TENANT, keep_good_rows: Keep = False, as_json: Json = False
) -> None:
    """Import schools: school,name,jurisdiction,zone[,denominator]."""
    _import(tenant, as_json, lambda i: [i.schools(path, keep_good_rows=keep_good_rows)])


@app.command()
def calendar(
    path: Path,
    school: School,
    tenant: Tenant = DEFAULT_TENANT,
    profile: Profile = None,
    keep_good_rows: Keep = False,
    as_json: Json = False,
) -> None:
    """Import a school's calendar: date,kind[,until,name,declared_days,session,year_groups].

    A file that ends in .ics is read as iCalendar: its all-day events that say what they are.
    """
    _csv("calendar", path, school, tenant, profile, keep_good_rows, as_json)


@app.command()
def codes(
    path: Path,
    school: School,
    tenant: Tenant = DEFAULT_TENANT,
    profile: Profile = None,
    keep_good_rows: Keep = False,
    as_json: Json = False,
) -> None:
    """Import a school's own codes: code,stands_for,from[,until,meaning]."""
    _csv("codes", path, school, tenant, profile, keep_good_rows, as_json)


@app.command()
def students(
    path: Path,
    school: School,
    tenant: Tenant = DEFAULT_TENANT,
    profile: Profile = None,
    keep_good_rows: Keep = False,
    as_json: Json = False,
) -> None:
    """Import students: student,given,family[,birth_on,year_group,household,enrolled_on,left_on]."""
    _csv("students", path, school, tenant, profile, keep_good_rows, as_json)


@app.command()
def guardians(
    path: Path,
    school: School,
    tenant: Tenant = DEFAULT_TENANT,
    profile: Profile = None,
    keep_good_rows: Keep = False,
    as_json: Json = False,
) -> None:
    """Import guardians with their links, rights and consents; an empty flag means unknown."""
    _csv("guardians", path, school, tenant, profile, keep_good_rows, as_json)


@app.command()
def marks(
    path: Path,
    school: School,
    tenant: Tenant = DEFAULT_TENANT,
    profile: Profile = None,
    keep_good_rows: Keep = False,
    as_json: Json = False,
) -> None:
    """Import marks in long shape: student,date,session,code[,minutes_late,comment]."""
    _csv("marks", path, school, tenant, profile, keep_good_rows, as_json)


@app.command("csv")
def csv_register(
    path: Path,
    school: School,
    shape: Annotated[
        Shape | None, typer.Option(help="A row a mark, a row a pupil, or sums; the profile's.")
    ] = None,
    tenant: Tenant = DEFAULT_TENANT,
    profile: Profile = None,
    keep_good_rows: Keep = False,
    as_json: Json = False,
) -> None:
    """Import a school's register in long or wide shape, or sums of it (totals).

    Wide: student, and a column for each session, day or week. Totals: student, first_day, last_day,
    possible, attended, authorised, unauthorised; they are shown, and no rule counts them.
    """
    _csv("marks", path, school, tenant, profile, keep_good_rows, as_json, shape)


def _csv(
    what: str,
    path: Path,
    school: str,
    tenant: str,
    profile: str | None,
    keep: bool,
    as_json: bool,
    shape: Shape | None = None,
) -> None:
    def run(importer: Importer) -> list[ImportReport]:
        columns = _profile(importer, school, profile)
        if shape is not None:
            columns = columns.model_copy(update={"shape": shape.value})
        with importer.house.database.worker() as conn:
            today: date = school_now(conn).date()
        return [importer.csv(what, path, school, today=today, profile=columns, keep_good_rows=keep)]

    _import(tenant, as_json, run)


def _profile(importer: Importer, school: str, named: str | None) -> ColumnProfile:
    """Return the profile that is meant: a file where there is one, else a saved one."""
    if named is None:
        return ColumnProfile()
    if Path(named).exists() or not PROFILE_NAME.fullmatch(named):
        return read_profile(Path(named))
    with importer.house.database.tenant(importer.tenant) as conn:
        found = newest(conn, importer.tenant, find_school(conn, importer.tenant, school), named)
    if found is None:
        fail(f"{school} has no saved profile {named} and there is no such file", REFUSED)
    return found.profile


def read_profile(path: Path) -> ColumnProfile:
    """Return the profile in a file, or say what is wrong with it and end."""
    try:
        found = ColumnProfile.model_validate_json(path.read_bytes())
        check(found)
    except (OSError, ValueError, ProfileFaulty) as error:
        said = faults(error) if isinstance(error, ValidationError) else str(error)
        fail(f"the column profile {path} cannot be used: {said}", REFUSED)
    return found


def _import(
    tenant: str,
    as_json: bool,
    run: Callable[[Importer], list[ImportReport]],
    by: str = "staff:command-line",
) -> None:
    with opened() as house:
        try:
            reports = run(Importer(house, tenant_id(tenant), by))
        except SchoolUnknown as error:
            fail(f"no school {error} is known here: import it first (anseo import schools FILE)")
            raise
    if as_json:
        said = [report.as_dict() for report in reports]
        printing.as_json(said[0] if len(said) == 1 else {"imports": said})
    else:
        for report in reports:
            _print(report)
    if not all(report.well for report in reports):
        raise typer.Exit(REFUSED)


def _synced(importer: Importer, school: str, asked: Asked) -> list[ImportReport]:
    try:
        return sync_wonde(importer, school, asked)
    except SyncBusy:
        fail(f"{school} is being synced already, by somebody else or by the role: wait for it")
    except TokenMissing:
        fail("WONDE_TOKEN is not set: the token that Wonde gave for this school")
    except PlaceMissing:
        fail(f"{school} is new here: say --jurisdiction GB-ENG, GB-WLS, GB-SCT, GB-NIR or IE")
    except JurisdictionUnknown:
        fail(f"--jurisdiction {asked.place}: no such place is known (IE, GB-ENG, …)")


def _insistence(by: str, reason: str) -> Insistence | None:
    if not reason:
        return None
    if not _CODE.fullmatch(reason) or by == "staff:command-line":
        fail(
            "--accept-fewer needs a reason as a code, such as YEAR_ROLLOVER, and --by staff:NAME",
            REFUSED,
        )
    return Insistence(by, reason)


def _zone(written: str) -> ZoneInfo:
    try:
        return ZoneInfo(written)
    except (LookupError, ValueError, OSError):
        fail(f"--zone {written}: write a zone as America/Los_Angeles", REFUSED)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        fail(f"--from {written}: write a day as 2025-09-01", REFUSED)


def _print(report: ImportReport) -> None:
    for problem in report.as_dict()["problems"]:
        printing.line(problem_line(problem))
    printing.line(report.advice)


def problem_line(said: dict[str, Any]) -> str:
    """Return a problem as one line for people."""
    where = f"{said['file']}" + (f" row {said['row']}" if said.get("row") else "")
    return f"{where}: {said['code']}: {said['reason']} {said['what_to_do']}"

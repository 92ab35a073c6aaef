"""`anseo import`: files into the register, with a report of every row that cannot be used."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from infrastructure.clock import school_now
from infrastructure.imports.csv_text import ColumnProfile
from infrastructure.imports.report import ImportReport
from infrastructure.register.evaluation import SchoolUnknown
from infrastructure.wiring.imports import Importer

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
Profile = Annotated[
    Path | None, typer.Option(help="JSON file: columns, date_format (ISO, DMY, MDY), delimiter.")
]


@app.command()
def edfi(
    folder: Annotated[Path, typer.Argument(help="Folder of Ed-Fi interchange files.")],
    tenant: Tenant = DEFAULT_TENANT,
    keep_good_rows: Keep = True,
    as_json: Json = False,
) -> None:
    """Import an Ed-Fi district: schools, calendar, students, contacts, attendance.

    Rows that contradict each other or the calendar are set aside and reported; files that are
    broken or name unknown students import nothing.
    """
    _import(tenant, as_json, lambda i: i.edfi(folder, keep_good_rows=keep_good_rows))


@app.command()
def schools(
    path: Path, tenant: Tenant = DEFAULT_TENANT, keep_good_rows: Keep = False, as_json: Json = False
) -> None:
    """Import schools: school,name,jurisdiction,zone[,denominator]."""
    _import(tenant, as_json, lambda i: i.schools(path, keep_good_rows=keep_good_rows))


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


def _csv(
    what: str,
    path: Path,
    school: str,
    tenant: str,
    profile: Path | None,
    keep: bool,
    as_json: bool,
) -> None:
    columns = ColumnProfile() if profile is None else _read_profile(profile)

    def run(importer: Importer) -> ImportReport:
        with importer.house.database.worker() as conn:
            today: date = school_now(conn).date()
        return importer.csv(what, path, school, today=today, profile=columns, keep_good_rows=keep)

    _import(tenant, as_json, run)


def _read_profile(path: Path) -> ColumnProfile:
    try:
        return ColumnProfile.model_validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        fail(f"the column profile {path} cannot be used: {error}")


def _import(tenant: str, as_json: bool, run: Callable[[Importer], ImportReport]) -> None:
    with opened() as house:
        try:
            report = run(Importer(house, tenant_id(tenant), "staff:command-line"))
        except SchoolUnknown as error:
            fail(f"no school {error} is known here: import it first (anseo import schools FILE)")
            raise
    if as_json:
        printing.as_json(report.as_dict())
    else:
        _print(report)
    if not (report.imported or report.already_imported):
        raise typer.Exit(REFUSED)


def _print(report: ImportReport) -> None:
    for problem in report.as_dict()["problems"]:
        where = f"{problem['file']}" + (f" row {problem['row']}" if problem.get("row") else "")
        printing.line(f"{where}: {problem['code']}: {problem['reason']} {problem['what_to_do']}")
    printing.line(report.advice)

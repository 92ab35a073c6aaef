"""`anseo import list`, `show`, `profiles`, `save-profile`: what imports leave behind."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from api.commandline import printing
from api.commandline.importing import (
    REFUSED,
    By,
    Json,
    School,
    Tenant,
    app,
    problem_line,
    read_profile,
)
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from domain.shared.ids import SchoolId
from infrastructure.imports.kept_reports import report_of, reports
from infrastructure.imports.profiles import PROFILE_NAME, ProfileNotKnown, Wish, save, saved
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.store.database import Connection

__all__ = ["app"]


@app.command()
def save_profile(
    name: Annotated[str, typer.Argument(help="Under which name imports are to find it.")],
    path: Annotated[Path, typer.Argument(help="JSON: columns, date_format, shape, delimiter.")],
    school: School,
    tenant: Tenant = DEFAULT_TENANT,
    by: By = "staff:command-line",
    as_json: Json = False,
) -> None:
    """Save the column profile of a school's own export, as a new version of its name."""
    said = read_profile(path)
    if not PROFILE_NAME.fullmatch(name):
        fail(f"{name}: a profile's name is 1 to 40 letters, digits, - and _", REFUSED)
    with opened() as house, house.database.tenant(tenant_id(tenant)) as conn:
        found = _school(conn, tenant, school)
        version = save(conn, tenant_id(tenant), Wish(found, name, said, by))
    if as_json:
        printing.as_json({"name": name, "version": version, "profile": said.model_dump()})
    else:
        printing.line(f"{name} is saved as version {version}.")


@app.command()
def delete_profile(
    name: Annotated[str, typer.Argument(help="The profile, as `anseo import profiles` names it.")],
    school: School,
    tenant: Tenant = DEFAULT_TENANT,
    by: By = "staff:command-line",
    as_json: Json = False,
) -> None:
    """Delete a column profile: imports find it no more. Its versions are kept."""
    with opened() as house, house.database.tenant(tenant_id(tenant)) as conn:
        found = _school(conn, tenant, school)
        try:
            version = save(conn, tenant_id(tenant), Wish(found, name, None, by))
        except ProfileNotKnown:
            fail(f"{school} has no saved profile {name}: see anseo import profiles", REFUSED)
    if as_json:
        printing.as_json({"name": name, "version": version, "deleted": True})
    else:
        printing.line(f"{name} is deleted.")


@app.command()
def profiles(school: School, tenant: Tenant = DEFAULT_TENANT, as_json: Json = False) -> None:
    """List a school's saved column profiles, the newest version of each."""
    with opened() as house, house.database.tenant(tenant_id(tenant)) as conn:
        found = saved(conn, tenant_id(tenant), _school(conn, tenant, school))
    if as_json:
        printing.as_json({"profiles": [one.as_dict() for one in found]})
    else:
        for one in found:
            printing.line(f"{one.name} version {one.version}: {one.profile.words}")


@app.command("list")
def list_reports(
    tenant: Tenant = DEFAULT_TENANT,
    limit: Annotated[int, typer.Option(help="How many, the newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """List imports, the newest first, each with what came of it."""
    owner = tenant_id(tenant)
    with opened() as house, house.database.tenant(owner) as conn:
        found = reports(conn, owner, limit)
    if as_json:
        printing.as_json({"imports": found})
    else:
        for one in found:
            printing.line(f"{one['import']} {one['at']} {one['source']} {one['content']}")
            printing.line(f"  {one['outcome']}: {one['advice']}")


@app.command()
def show(
    import_id: Annotated[str, typer.Argument(help="The import, as `anseo import list` names it.")],
    tenant: Tenant = DEFAULT_TENANT,
    as_json: Json = False,
) -> None:
    """Show one import's report: what came, what was set aside and why, what changed."""
    owner = tenant_id(tenant)
    try:
        wanted = UUID(import_id)
    except ValueError:
        fail(f"{import_id} is no import: see anseo import list", REFUSED)
    with opened() as house, house.database.tenant(owner) as conn:
        found = report_of(conn, owner, wanted)
    if found is None:
        fail(f"{import_id} is no import here: see anseo import list", REFUSED)
    if as_json:
        printing.as_json(found)
    else:
        for problem in found["report"]["problems"]:
            printing.line(problem_line(problem))
        printing.line(str(found["report"]["advice"]))


def _school(conn: Connection, tenant: str, school: str) -> SchoolId:
    try:
        return find_school(conn, tenant_id(tenant), school)
    except SchoolUnknown:
        fail(f"no school {school} is known here: import it first (anseo import schools FILE)")

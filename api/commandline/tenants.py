"""`anseo found` and `anseo token`: a tenant's first rules, and a way in for a person."""

from typing import Annotated

import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.rights import rights
from api.tokens import mint
from domain.attendance.jurisdictions import JurisdictionUnknown
from domain.shared.ids import SchoolId, TenantId
from infrastructure.register.evaluation import SchoolUnknown, find_school
from infrastructure.wiring import founding
from infrastructure.wiring.house import House

COMMAND_LINE = "staff:command-line"
Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]


def found(
    jurisdiction: Annotated[
        str, typer.Option(help="IE, GB-ENG, US-CA, …; else where its schools are, else IE.")
    ] = "",
    tenant: Tenant = DEFAULT_TENANT,
) -> None:
    """Give a tenant the default rule sets of its places, and playbooks; again changes nothing."""
    with opened() as house:
        try:
            given = founding.found(house, tenant_id(tenant), COMMAND_LINE, jurisdiction or None)
        except JurisdictionUnknown as unknown:
            fail(str(unknown), code=2)
    for one in given:
        if one.rule_set is None:
            said = f"no rule set ships for {one.place}: write one (anseo rules schema), and put it"
            printing.line(f"{said} into use by anseo rules activate FILE; until then none decides")
            continue
        printing.line(f"Tenant {tenant}: {one.rule_set} decides about schools in {one.place}.")
        if not one.has_playbooks:
            printing.line(
                f"  no playbook ships for {one.place}: stages ask people, and send nothing"
            )


def token(
    subject: Annotated[str, typer.Argument(help="Who it is for: an id, not a name.")],
    role: Annotated[list[str], typer.Option(help="principal, officer, auditor, admin, …")],
    tenant: Tenant = DEFAULT_TENANT,
    school: Annotated[
        list[str] | None,
        typer.Option(help="A school that it opens, by its id; all of the tenant's without one."),
    ] = None,
    hours: Annotated[float, typer.Option(help="How long it lives.")] = 8,
) -> None:
    """Print a bearer token for the API, signed with this installation's key."""
    owner = tenant_id(tenant)
    if unknown := sorted(set(role) - set(rights().roles)):
        fail(f"no role {', '.join(unknown)}; there are: {', '.join(rights().roles)}", code=2)
    with opened() as house:
        schools = [_school(house, owner, one) for one in school] if school else None
        try:
            made = mint(house, owner, subject, role, schools, hours)
        except ValueError as error:
            fail(str(error), code=2)
    printing.line(made)


def _school(house: House, owner: TenantId, wanted: str) -> SchoolId:
    with house.database.tenant(owner) as conn:
        try:
            return find_school(conn, owner, wanted)
        except SchoolUnknown:
            fail(f"no school {wanted} is known here: import it first", code=2)

"""`anseo found` and `anseo token`: a tenant's first rules, and a way in for a person."""

from typing import Annotated

import typer

from api.commandline import printing
from api.commandline.opening import DEFAULT_TENANT, fail, opened, tenant_id
from api.tokens import mint
from infrastructure.wiring.founding import found_tenant

Tenant = Annotated[str, typer.Option(help="Short name of the tenant.")]


def found(tenant: Tenant = DEFAULT_TENANT) -> None:
    """Give a tenant the shipped ladder and playbooks; done again, it changes nothing."""
    with opened() as house:
        found_tenant(house.ledger, tenant_id(tenant), "staff:command-line")
    printing.line(f"Tenant {tenant} has the rule set ie-ladder-1 and its playbooks.")


def token(
    subject: Annotated[str, typer.Argument(help="Who it is for: an id, not a name.")],
    role: Annotated[list[str], typer.Option(help="principal, officer, auditor, admin, …")],
    tenant: Tenant = DEFAULT_TENANT,
    hours: Annotated[float, typer.Option(help="How long it lives.")] = 8,
) -> None:
    """Print a bearer token for the API, signed with this installation's key."""
    with opened() as house:
        try:
            made = mint(house, tenant_id(tenant), subject, role, None, hours)
        except ValueError as error:
            fail(str(error), code=2)
    printing.line(made)

"""Whose a definition is: a school's or the whole tenant's, and who may see and change it."""

from uuid import UUID

from api.problems import OperationDenied
from api.reading import SchoolNotKnown
from api.receipts import Desk
from api.tokens import Caller
from domain.shared.ids import SchoolId, TenantId
from infrastructure.register import reads
from infrastructure.wiring.house import House


def known_school(house: House, caller: Caller, school: UUID) -> SchoolId:
    """Return a school that the caller may see.

    Raises:
        SchoolNotKnown: the same for one that is not there and one that the caller may not see.
    """
    tenant = TenantId(caller.tenant)
    with house.database.tenant(tenant) as conn:
        known = {row.school for row in reads.schools(conn, tenant)}
    if school not in known or not caller.may_see(school):
        raise SchoolNotKnown
    return SchoolId(school)


def school_meant(desk: Desk, school_id: UUID | None) -> SchoolId | None:
    """Return for which school somebody writes; None for the whole tenant.

    Raises:
        SchoolNotKnown: when the school is not in the caller's scope, or there is none.
        OperationDenied: when it would be the whole tenant's, and the caller has some schools only.
    """
    needs_all_of(desk.caller, school_id)
    return None if school_id is None else known_school(desk.house, desk.caller, school_id)


def is_seen_by(caller: Caller, school: UUID | None) -> bool:
    """Say whether a caller may see what is a school's, or with None the whole tenant's."""
    return school is None or caller.may_see(school)


def needs_all_of(caller: Caller, school: UUID | None) -> None:
    """Refuse a change of what is the whole tenant's to a caller who has some schools only.

    Raises:
        OperationDenied: then.
    """
    if school is None and caller.schools is not None:
        raise OperationDenied

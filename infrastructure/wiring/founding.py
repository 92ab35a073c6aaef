"""Gives a tenant its first rule sets and playbooks; done again, it changes nothing."""

from typing import NamedTuple

from domain.attendance.in_force import decides_at, scope_of
from domain.attendance.jurisdictions import jurisdiction
from domain.attendance.rules import shipped_text
from domain.playbook.commands import ActivatePlaybook
from domain.playbook.shipped_playbooks import shipped
from domain.shared.ids import TenantId
from infrastructure.register import reads as register
from infrastructure.store import reads
from infrastructure.store.ledger import Ledger
from infrastructure.wiring import rule_sets
from infrastructure.wiring.house import House
from projections import definitions
from projections.definitions import RuleSetRow

IRELAND = "IE"


class Founded(NamedTuple):
    """What a place was given: the rule set in use there, or none where none is shipped."""

    place: str
    rule_set: str | None
    has_playbooks: bool


def found(house: House, tenant: TenantId, by: str, place: str | None = None) -> list[Founded]:
    """Put the default rule sets of a place into use: the one named, else those of all schools.

    Where no school is known yet it is Ireland's. What a tenant has put into use itself stays.

    Raises:
        domain.attendance.jurisdictions.JurisdictionUnknown: there is no such place.
    """
    with house.database.auditor(tenant) as conn:
        known = sorted({row.jurisdiction for row in register.schools(conn, tenant)})
        asked = {"tenant": tenant, "school": None}
        in_use = reads.documents(conn, definitions.IN_USE, RuleSetRow, asked)
    wanted = [jurisdiction(place).code] if place else known or [IRELAND]
    given = []
    for one in wanted:
        own = [row for row in in_use if decides_at(scope_of(row.definition), one)]
        name = str(own[0].definition["id"]) if own else jurisdiction(one).default_rules
        if name is not None and not own:
            rule_sets.activate(house.ledger, tenant, shipped_text(name), by)
        if one == IRELAND:
            _give_playbooks(house.ledger, tenant, by)
        given.append(Founded(one, name, one == IRELAND))
    return given


def found_tenant(ledger: Ledger, tenant: TenantId, by: str) -> None:
    """Put a school's own Irish ladder of support into use, without any duty of the law."""
    rule_sets.activate(ledger, tenant, shipped_text("ie-ladder-1"), by)
    _give_playbooks(ledger, tenant, by)


def _give_playbooks(ledger: Ledger, tenant: TenantId, by: str) -> None:
    for playbook in shipped("ie-attendance-1", tenant):
        ledger.execute(ActivatePlaybook(playbook=playbook), tenant=tenant, by=by)

"""Gives a tenant its first rule set and playbooks; done again, it changes nothing."""

from domain.attendance.rules import shipped_text
from domain.playbook.commands import ActivatePlaybook
from domain.playbook.shipped_playbooks import shipped
from domain.shared.ids import TenantId
from infrastructure.store.ledger import Ledger
from infrastructure.wiring import rule_sets


def found_tenant(ledger: Ledger, tenant: TenantId, by: str) -> None:
    """Activate the shipped Irish ladder and its playbooks."""
    rule_sets.activate(ledger, tenant, shipped_text("ie-ladder-1"), by)
    for playbook in shipped("ie-attendance-1", tenant):
        ledger.execute(ActivatePlaybook(playbook=playbook), tenant=tenant, by=by)

"""Gives a tenant its first rule set and playbooks; done again, it changes nothing."""

import json
from hashlib import sha256
from importlib import resources
from typing import Any

from domain.attendance.rules import read_rule_set
from domain.playbook.commands import ActivatePlaybook
from domain.playbook.shipped_playbooks import shipped
from domain.rule_set.commands import ActivateRuleSet
from domain.shared.ids import RuleSetId, SchoolId, TenantId, derived_id
from infrastructure.store.ledger import Ledger, Receipt


def activate_rule_set(
    ledger: Ledger,
    tenant: TenantId,
    text: bytes,
    by: str,
    school: SchoolId | None = None,
) -> Receipt:
    """Put a rule set into use, after it was checked.

    Raises:
        domain.attendance.rules.RuleSetUnreadable: naming the places that are wrong.
    """
    checked = read_rule_set(text)
    definition: dict[str, Any] = json.loads(text)
    canonical = json.dumps(definition, sort_keys=True, ensure_ascii=False)
    command = ActivateRuleSet(
        rule_set_id=RuleSetId(derived_id(tenant, "rule_set", checked.id, school or "")),
        definition=definition,
        content_hash=sha256(canonical.encode()).hexdigest(),
        school_id=school,
    )
    return ledger.execute(command, tenant=tenant, by=by)


def found_tenant(ledger: Ledger, tenant: TenantId, by: str) -> None:
    """Activate the shipped Irish ladder and its playbooks."""
    ladder = resources.files("domain.attendance") / "rule_sets" / "ie-ladder-1.json"
    activate_rule_set(ledger, tenant, ladder.read_bytes(), by)
    for playbook in shipped("ie-attendance-1", tenant):
        ledger.execute(ActivatePlaybook(playbook=playbook), tenant=tenant, by=by)

"""Rule sets on their way in: checked, hashed, named, and put into use in place of others."""

import json
from hashlib import sha256
from typing import Any, NamedTuple

from domain.attendance.in_force import Scoped, decides_at, is_over, replaces, scope_of
from domain.attendance.rules import RuleSet, checked_rule_set, json_of
from domain.rule_set.commands import ActivateRuleSet, RetireRuleSet
from domain.rule_set.refusals import RuleSetElsewhere, RuleSetOver
from domain.shared.ids import RuleSetId, SchoolId, TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Ledger, Receipt
from infrastructure.wiring.house import House
from projections import definitions
from projections.definitions import RuleSetRow


class Checked(NamedTuple):
    """A rule set that can be used, as its author wrote it."""

    rules: RuleSet
    definition: dict[str, Any]

    @property
    def content_hash(self) -> str:
        """SHA-256 of its canonical JSON."""
        text = json.dumps(self.definition, sort_keys=True, ensure_ascii=False)
        return sha256(text.encode()).hexdigest()

    def id_for(self, tenant: TenantId, school: SchoolId | None) -> RuleSetId:
        """Return the id of this rule set for a school, or for the whole tenant."""
        return RuleSetId(derived_id(tenant, "rule_set", self.rules.id, school or ""))


def checked(definition: Any) -> Checked:
    """Check what somebody wrote.

    Raises:
        RuleSetUnreadable: naming everything that is wrong, and where.
    """
    return Checked(checked_rule_set(definition), definition)


def activate(
    ledger: Ledger, tenant: TenantId, text: bytes, by: str, school: SchoolId | None = None
) -> Receipt:
    """Put a rule set into use, after it was checked. Others stay as they are.

    Raises:
        RuleSetUnreadable: naming everything that is wrong, and where.
    """
    found = checked(json_of(text))
    command = ActivateRuleSet(
        rule_set_id=found.id_for(tenant, school),
        definition=found.definition,
        content_hash=found.content_hash,
        school_id=school,
    )
    return ledger.execute(command, tenant=tenant, by=by)


def put_into_use(
    house: House, tenant: TenantId, text: bytes, by: str, school: SchoolId | None = None
) -> Receipt:
    """Put a rule set into use, in place of others of its schools.

    Raises:
        RuleSetUnreadable: naming everything that is wrong, and where.
        RuleSetElsewhere: none of the schools lies where it decides.
        RuleSetOver: its last day is over.
    """
    rules = checked(json_of(text)).rules
    with house.database.auditor(tenant) as conn:
        may_decide(conn, tenant, rules, school)
    receipt = activate(house.ledger, tenant, text, by, school)
    with house.database.auditor(tenant) as conn:
        others = replacing(conn, tenant, RuleSetId(receipt.stream), school, rules)
    for wish in others:
        house.ledger.execute(wish, tenant=tenant, by=by)
    return receipt


def may_decide(conn: Connection, tenant: TenantId, rules: Scoped, school: SchoolId | None) -> None:
    """See that a rule set would decide something: at its school, or at any of the tenant's.

    Raises:
        RuleSetElsewhere: none of them lies where it decides.
        RuleSetOver: its last day is over.
    """
    places = _places(conn, tenant, school)
    if places and not any(decides_at(rules, place) for place in places):
        raise RuleSetElsewhere(jurisdiction=rules.jurisdiction, schools_in=places)
    if is_over(rules, school_now(conn).date()):
        raise RuleSetOver(effective_to=str(rules.effective_to))


def _places(conn: Connection, tenant: TenantId, school: SchoolId | None) -> list[str]:
    rows = register.schools(conn, tenant)
    return sorted({row.jurisdiction for row in rows if school in {None, row.school}})


def replacing(
    conn: Connection,
    tenant: TenantId,
    successor: RuleSetId,
    school: SchoolId | None,
    rules: Scoped,
) -> list[RetireRuleSet]:
    """Return what takes out of use what a rule set takes the place of: others of its schools.

    Those of other places stay, and those that decide until it begins. One rule set decides about a
    school on a day: of two the later one, should both be put into use at once.
    """
    places, today = _places(conn, tenant, school), school_now(conn).date()
    asked = {"tenant": tenant, "school": school}
    rows = reads.documents(conn, definitions.IN_USE, RuleSetRow, asked)
    return [
        RetireRuleSet(rule_set_id=row.rule_set_id, replaced_by=successor)
        for row in rows
        if row.rule_set_id != successor and replaces(rules, scope_of(row.definition), places, today)
    ]

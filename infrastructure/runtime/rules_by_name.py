"""A rule set by the name that a person gives it: of this tenant's own, else of those shipped."""

from domain.attendance.rules import RuleSet, shipped_rule_set, shipped_rule_sets
from domain.shared.ids import TenantId
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections.definitions import RuleSetRow
from projections.kit import Query

_ALL = Query(
    "rule_sets",
    "select doc from {rule_sets} where tenant = %(tenant)s"
    " order by is_active desc, in_use_since desc nulls last, key limit 1000",
)


class RulesUnknown(LookupError):
    """Neither this tenant nor the product has a rule set of that name."""


def rules_by_name(conn: Connection, tenant: TenantId, name: str) -> RuleSet:
    """Return the rule set with a name or an id: in use before drafted, own before shipped.

    Raises:
        RulesUnknown: naming the ones that ship with the product.
    """
    for row in reads.documents(conn, _ALL, RuleSetRow, {"tenant": tenant}):
        if name in {str(row.rule_set_id), row.definition.get("id")}:
            return RuleSet.model_validate(row.definition)
    if name in shipped_rule_sets():
        return shipped_rule_set(name)
    raise RulesUnknown(
        f"no rule set is called {name}; shipped are {', '.join(shipped_rule_sets())}"
    )

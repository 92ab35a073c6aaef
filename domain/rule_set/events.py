"""Facts about a rule set."""

from typing import Any

from domain.kernel.facts import Event, fact
from domain.shared.ids import SchoolId


@fact("rule_set.activated")
class RuleSetActivated(Event):
    """From now on these rules decide. Absent `school_id` means the whole tenant.

    `definition` is the rule set as its author wrote it, checked against the schema before.
    """

    version: int
    definition: dict[str, Any]
    content_hash: str
    school_id: SchoolId | None = None


RuleSetEvent = RuleSetActivated

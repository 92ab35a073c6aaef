"""Facts about a rule set."""

from typing import Any

from domain.kernel.facts import Event, fact
from domain.shared.ids import RuleSetId, SchoolId


@fact("rule_set.drafted")
class RuleSetDrafted(Event):
    """A version is being written and decides nothing yet; said again for each change of it.

    `definition` is the draft as its author wrote it, checked before. `version` is the number that
    it will have when it is put into use. Absent `school_id` means the whole tenant.
    """

    version: int
    definition: dict[str, Any]
    content_hash: str
    school_id: SchoolId | None = None


@fact("rule_set.activated")
class RuleSetActivated(Event):
    """From now on these rules decide. Absent `school_id` means the whole tenant.

    `definition` is the rule set as its author wrote it, checked against the schema before.
    """

    version: int
    definition: dict[str, Any]
    content_hash: str
    school_id: SchoolId | None = None


@fact("rule_set.retired")
class RuleSetRetired(Event):
    """From now on these rules decide nothing; what they led to goes on.

    `version` was in use until now, 0 where none was. Absent `replaced_by`: no other
    rule set took its place.
    """

    version: int
    replaced_by: RuleSetId | None = None


RuleSetEvent = RuleSetDrafted | RuleSetActivated | RuleSetRetired

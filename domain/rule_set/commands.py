"""What may be asked of a rule set."""

from typing import Any, ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import RuleSetId, SchoolId


class ActivateRuleSet(Command):
    """Put a checked definition into use; `content_hash` is SHA-256 of its canonical JSON."""

    kind: ClassVar[str] = "rule_set"
    rule_set_id: RuleSetId
    definition: dict[str, Any]
    content_hash: str
    school_id: SchoolId | None = None

    @property
    def stream(self) -> UUID:
        """The rule set decides."""
        return self.rule_set_id


RuleSetCommand = ActivateRuleSet

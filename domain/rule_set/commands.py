"""What may be asked of a rule set. Definitions are checked before; hashes are SHA-256 of them."""

from typing import Any, ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import RuleSetId, SchoolId


class RuleSetCommandBase(Command):
    """Every command names its rule set."""

    kind: ClassVar[str] = "rule_set"
    rule_set_id: RuleSetId

    @property
    def stream(self) -> UUID:
        """The rule set decides."""
        return self.rule_set_id


class DraftRuleSet(RuleSetCommandBase):
    """Begin a rule set with a first draft. Absent `school_id` means the whole tenant."""

    definition: dict[str, Any]
    content_hash: str
    school_id: SchoolId | None = None


class ReviseRuleSet(RuleSetCommandBase):
    """Write the draft of the next version anew; the version in use stays as it is."""

    definition: dict[str, Any]
    content_hash: str


class ActivateDraft(RuleSetCommandBase):
    """Put the draft into use."""


class ActivateRuleSet(RuleSetCommandBase):
    """Put a checked definition into use without a draft; `content_hash` of its canonical JSON."""

    definition: dict[str, Any]
    content_hash: str
    school_id: SchoolId | None = None


class RetireRuleSet(RuleSetCommandBase):
    """Take a rule set out of use, and drop its draft."""

    replaced_by: RuleSetId | None = None


RuleSetCommand = DraftRuleSet | ReviseRuleSet | ActivateDraft | ActivateRuleSet | RetireRuleSet

"""What may be asked of a rule set. Definitions are checked before; hashes are SHA-256 of them."""

from typing import Any, ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import RuleSetId, SchoolId


class DraftRuleSet(Command):
    """Begin a rule set with a first draft. Absent `school_id` means the whole tenant."""

    kind: ClassVar[str] = "rule_set"
    rule_set_id: RuleSetId
    definition: dict[str, Any]
    content_hash: str
    school_id: SchoolId | None = None

    @property
    def stream(self) -> UUID:
        """The rule set decides."""
        return self.rule_set_id


class ReviseRuleSet(Command):
    """Write the draft of the next version anew; the version in use stays as it is."""

    kind: ClassVar[str] = "rule_set"
    rule_set_id: RuleSetId
    definition: dict[str, Any]
    content_hash: str

    @property
    def stream(self) -> UUID:
        """The rule set decides."""
        return self.rule_set_id


class ActivateDraft(Command):
    """Put the draft into use."""

    kind: ClassVar[str] = "rule_set"
    rule_set_id: RuleSetId

    @property
    def stream(self) -> UUID:
        """The rule set decides."""
        return self.rule_set_id


class ActivateRuleSet(Command):
    """Put a checked definition into use without a draft; `content_hash` of its canonical JSON."""

    kind: ClassVar[str] = "rule_set"
    rule_set_id: RuleSetId
    definition: dict[str, Any]
    content_hash: str
    school_id: SchoolId | None = None

    @property
    def stream(self) -> UUID:
        """The rule set decides."""
        return self.rule_set_id


class RetireRuleSet(Command):
    """Take a rule set out of use, and drop its draft."""

    kind: ClassVar[str] = "rule_set"
    rule_set_id: RuleSetId
    replaced_by: RuleSetId | None = None

    @property
    def stream(self) -> UUID:
        """The rule set decides."""
        return self.rule_set_id


RuleSetCommand = DraftRuleSet | ReviseRuleSet | ActivateDraft | ActivateRuleSet | RetireRuleSet

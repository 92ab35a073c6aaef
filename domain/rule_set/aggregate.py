"""A rule set in versions."""

from collections.abc import Sequence
from typing import ClassVar

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.rule_set.commands import ActivateRuleSet, RuleSetCommand
from domain.rule_set.events import RuleSetActivated, RuleSetEvent
from domain.shared.ids import SchoolId


class RuleSet(Aggregate[RuleSetCommand, RuleSetEvent]):
    """Counts its versions; the same content for the same schools is the same version."""

    kind: ClassVar[str] = "rule_set"

    def __init__(self) -> None:
        self.version = 0
        self.content_hash = ""
        self.school: SchoolId | None = None

    def decide(self, command: ActivateRuleSet, world: World) -> Sequence[RuleSetEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        if (command.content_hash, command.school_id) == (self.content_hash, self.school):
            return []
        return [
            RuleSetActivated(
                version=self.version + 1,
                definition=command.definition,
                content_hash=command.content_hash,
                school_id=command.school_id,
            )
        ]

    def evolve(self, event: RuleSetActivated) -> None:
        """Remember the version in use."""
        self.version, self.content_hash = event.version, event.content_hash
        self.school = event.school_id

"""A rule set in versions."""

from collections.abc import Sequence
from typing import ClassVar

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.rule_set.commands import ActivateRuleSet, RuleSetCommand
from domain.rule_set.events import RuleSetActivated, RuleSetEvent


class RuleSet(Aggregate[RuleSetCommand, RuleSetEvent]):
    """Counts its versions; the same content again is the same version."""

    kind: ClassVar[str] = "rule_set"

    def __init__(self) -> None:
        self.version = 0
        self.content_hash = ""

    def decide(self, command: ActivateRuleSet, world: World) -> Sequence[RuleSetEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        if command.content_hash == self.content_hash:
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

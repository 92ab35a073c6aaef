"""One look of the rules at one school."""

from collections.abc import Sequence
from typing import ClassVar

from domain.evaluation.commands import CompleteEvaluation, EvaluationCommand
from domain.evaluation.events import EvaluationCompleted, EvaluationEvent
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World


class Evaluation(Aggregate[EvaluationCommand, EvaluationEvent]):
    """May be repeated (after an import); the same look at the same knowledge says nothing new."""

    kind: ClassVar[str] = "evaluation"

    def __init__(self) -> None:
        self.last: tuple[str, int] | None = None

    def decide(self, command: CompleteEvaluation, world: World) -> Sequence[EvaluationEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        if self.last == (command.rule_set_hash, command.known_at):
            return []
        return [
            EvaluationCompleted(
                school_id=command.school_id,
                on=command.on,
                rule_set_id=command.rule_set_id,
                rule_set_hash=command.rule_set_hash,
                known_at=command.known_at,
                pupils=command.pupils,
                qualifying=command.qualifying,
            )
        ]

    def evolve(self, event: EvaluationCompleted) -> None:
        """Remember with which knowledge the rules looked."""
        self.last = (event.rule_set_hash, event.known_at)

"""One look of the rules at one school."""

from collections.abc import Sequence
from typing import ClassVar

from domain.evaluation.commands import CompleteEvaluation, EvaluationCommand
from domain.evaluation.events import EvaluationCompleted, EvaluationEvent, LookKind
from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World


class Evaluation(Aggregate[EvaluationCommand, EvaluationEvent]):
    """May be repeated (after an import); the same look at the same knowledge says nothing new.

    A look on the day itself and one at the whole ladder are two looks; so are two on the day itself
    between which a register closed.
    """

    kind: ClassVar[str] = "evaluation"

    def __init__(self) -> None:
        self.last: dict[bool, tuple[object, ...]] = {}

    def decide(self, command: CompleteEvaluation, world: World) -> Sequence[EvaluationEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        same_day = command.look is LookKind.SAME_DAY
        if self.last.get(same_day) == (command.rule_set_hash, command.known_at, command.over):
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
                look=command.look,
                done=command.done,
                left=command.left,
                over=command.over,
                engine=command.engine,
            )
        ]

    def evolve(self, event: EvaluationCompleted) -> None:
        """Remember with which knowledge the rules looked."""
        same_day = event.look is LookKind.SAME_DAY
        self.last[same_day] = (event.rule_set_hash, event.known_at, event.over)

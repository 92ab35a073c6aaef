"""What may be asked of an evaluation."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.evaluation.events import LookKind, ReasonCount, StageCount
from domain.kernel.commands import Command
from domain.shared.ids import EvaluationId, RuleSetId, SchoolId, TenantId, anchored_id


def evaluation_id(tenant: TenantId, school: SchoolId, on: date) -> EvaluationId:
    """Return the natural key: one evaluation per school and day."""
    return EvaluationId(anchored_id(on, "evaluation", tenant, school))


class CompleteEvaluation(Command):
    """The rules have looked and their proposals are stored."""

    kind: ClassVar[str] = "evaluation"
    evaluation_id: EvaluationId
    school_id: SchoolId
    on: date
    rule_set_id: RuleSetId
    rule_set_hash: str
    known_at: int
    pupils: int
    qualifying: tuple[StageCount, ...]
    look: LookKind = LookKind.NIGHTLY
    done: tuple[ReasonCount, ...] = ()
    left: tuple[ReasonCount, ...] = ()
    over: tuple[str, ...] | None = None
    engine: int = 0

    @property
    def stream(self) -> UUID:
        """The day's evaluation decides."""
        return self.evaluation_id


EvaluationCommand = CompleteEvaluation

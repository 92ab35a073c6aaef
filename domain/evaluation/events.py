"""Facts about evaluations."""

from datetime import date

import msgspec

from domain.kernel.facts import Event, fact
from domain.shared.ids import RuleSetId, SchoolId


class StageCount(msgspec.Struct, frozen=True):
    """How many pupils met a stage's condition."""

    stage: str
    pupils: int


@fact("evaluation.completed")
class EvaluationCompleted(Event):
    """The rules looked at a school; what they found can be computed again from these parts."""

    school_id: SchoolId
    on: date
    rule_set_id: RuleSetId
    rule_set_hash: str
    known_at: int
    pupils: int
    qualifying: tuple[StageCount, ...]


EvaluationEvent = EvaluationCompleted

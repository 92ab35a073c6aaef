"""Facts about evaluations."""

from datetime import date
from enum import StrEnum

import msgspec

from domain.kernel.facts import Event, fact
from domain.shared.ids import RuleSetId, SchoolId


class LookKind(StrEnum):
    """What made the rules look.

    All but SAME_DAY look at the whole ladder of a day that has ended; SAME_DAY looks, while school
    is open, only for children whose absence nobody has explained.
    """

    NIGHTLY = "NIGHTLY"
    IMPORT = "IMPORT"
    DEMAND = "DEMAND"
    SAME_DAY = "SAME_DAY"


class StageCount(msgspec.Struct, frozen=True):
    """How many pupils met a stage's condition."""

    stage: str
    pupils: int


class ReasonCount(msgspec.Struct, frozen=True):
    """What was done, or left and why, for how many pupils at a stage. `reason` is a code."""

    stage: str
    reason: str
    pupils: int


@fact("evaluation.completed", version=4)
class EvaluationCompleted(Event):
    """The rules looked at a school; what they found can be computed again from these parts.

    Version 2 added what made them look, what followed, was left, and why; `pupils` were looked at.
    3 added `over` at a look at the day itself: AM, PM, and CONTACT, families' hours (absent: not
    asked). 4 added `engine`, a number for what rules come to over marks (0: not numbered yet).
    """

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


EvaluationEvent = EvaluationCompleted

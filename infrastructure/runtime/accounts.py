"""What a look came to, and the account of it: what was done, what was left, and why. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from domain.attendance.evaluate import Evaluation
from domain.evaluation.commands import CompleteEvaluation, evaluation_id
from domain.evaluation.events import LookKind, ReasonCount, StageCount
from domain.kernel.commands import Command
from domain.kernel.refusals import Refusal
from domain.shared.ids import RuleSetId, TenantId, derived_id
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.agenda import Due
from infrastructure.runtime.judging import Known
from infrastructure.runtime.proposing import TOO_LATE, Plan
from infrastructure.store.ledger import Intent, Outcome

ACTOR: Final = "process:evaluate"
ENGINE: Final = 1  # raised when the same rules over the same marks come to something else


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look came to. `answer` names who reached which stage, and the numbers."""

    school: SchoolRow
    on: date
    kind: LookKind
    known_at: int
    pupils: int
    qualifying: tuple[StageCount, ...]
    done: tuple[ReasonCount, ...]
    left: tuple[ReasonCount, ...]
    answer: Evaluation


def looked(
    due: Due, known: Known, answer: Evaluation, plan: Plan, outcomes: Sequence[Outcome]
) -> Looked:
    """Return what a look came to: what was done of its plan, and what was left, and why."""
    done: Counter[tuple[str, str]] = Counter()
    left = Counter(plan.left)
    for step, outcome in zip(plan.steps, outcomes, strict=True):
        if isinstance(outcome, Refusal):
            left[step.stage, outcome.code.upper().replace("-", "_")] += 1
        elif outcome.facts:
            (left if step.word == TOO_LATE else done)[step.stage, step.word] += 1
        else:
            # Who is left alone has no file that could say so: the account does.
            left[step.stage, "WITHHELD" if step.word == "WITHHELD" else "KNOWN_ALREADY"] += 1
    return Looked(
        school=known.school,
        on=known.on,
        kind=due.kind,
        known_at=known.position,
        pupils=answer.pupils_looked_at,
        qualifying=tuple(StageCount(s.stage.key, len(s.pupils)) for s in answer.stages),
        done=_counted(done),
        left=_counted(left),
        answer=answer,
    )


def _counted(found: Mapping[tuple[str, str], int]) -> tuple[ReasonCount, ...]:
    return tuple(ReasonCount(stage, why, n) for (stage, why), n in sorted(found.items()))


def completed(tenant: TenantId, known: Known, looked: Looked) -> Intent:
    """Return the command that stores the account of a look."""
    command = CompleteEvaluation(
        evaluation_id=evaluation_id(tenant, known.school.school, known.on),
        school_id=known.school.school,
        on=known.on,
        rule_set_id=RuleSetId(known.row.rule_set_id),
        rule_set_hash=known.row.content_hash,
        known_at=known.position,
        pupils=looked.pupils,
        qualifying=looked.qualifying,
        look=looked.kind,
        done=looked.done,
        left=looked.left,
        over=known.over,
        engine=ENGINE,
    )
    more = () if known.over is None else (known.over,)
    return intent_of(tenant, command, known, str(looked.kind), looked.done, looked.left, *more)


def intent_of(tenant: TenantId, command: Command, known: Known, *more: object) -> Intent:
    """Name a command by what it asks of whom, by which rules, as known when: so never twice."""
    asked = (type(command).__name__, command.stream, getattr(command, "stage", ""))
    which = (getattr(command, "firing", 0), getattr(command, "checkpoint", 0))
    key = (known.row.content_hash, known.position, known.on, *asked, *which, *more)
    return Intent(tenant, command, ACTOR, derived_id("evaluate", tenant, *key))

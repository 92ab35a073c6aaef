"""Evaluations: the rules look after a day has ended, after an import, and while school is open.

What they find is proposed; people decide. Each look is a fact that says what was found, what
followed and what was left, and why.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Final

import structlog

from domain.attendance.evaluate import Evaluation
from domain.evaluation.commands import CompleteEvaluation, evaluation_id
from domain.evaluation.events import LookKind, ReasonCount, StageCount
from domain.kernel.commands import Command
from domain.kernel.refusals import Invalid, NotNow, Refusal
from domain.shared.ids import RuleSetId, StudentId, TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.agenda import Agenda, Due, ended, newest_known
from infrastructure.runtime.clocks import dated
from infrastructure.runtime.correcting import Corrected, corrections
from infrastructure.runtime.deciding import rules_for
from infrastructure.runtime.judging import Known, judged
from infrastructure.runtime.looking import look
from infrastructure.runtime.of_the_day import answered
from infrastructure.runtime.past_due import PastDue
from infrastructure.runtime.projecting import positions
from infrastructure.runtime.proposing import TOO_LATE, Plan, Step, proposals, same_day
from infrastructure.runtime.recounting import checkpoints, leavers
from infrastructure.runtime.role import wait_until
from infrastructure.store import reads
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Intent, Ledger, Outcome
from infrastructure.store.recorder import bound, newest
from projections import evaluations
from projections.definitions import RULE_SETS
from projections.evaluations import EVALUATIONS, EvaluationRow
from projections.exemptions import EXEMPTIONS
from projections.interventions import INTERVENTIONS

log = structlog.get_logger()
ACTOR: Final = "process:evaluate"
_MODELS: Final = (INTERVENTIONS, EVALUATIONS, RULE_SETS, EXEMPTIONS)
_PATIENCE_SECONDS: Final = 2.0
_TAKE: Final = "select pg_try_advisory_lock(hashtextextended(%s, 7268))"


class EvaluationBusy(NotNow):
    """Somebody else is looking at this school at this moment; its look will be seen."""

    code = "evaluation-busy"


class DayNotEnded(Invalid):
    """The day has not ended at the school: the rules look in the evening, at days that are over."""

    code = "day-not-ended"


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


class Evaluator:
    """Looks at one school at a time; nobody else looks at the same school meanwhile."""

    name = "evaluate"
    exclusive: str | None = "evaluate"

    def __init__(self, database: Database, ledger: Ledger, at: time) -> None:
        self._database = database
        self._ledger = ledger
        self._at = at
        self._agenda = Agenda(at)
        self.past_due = PastDue(ledger)

    def step(self) -> int:
        """Make the looks that are due; return how many."""
        with self._database.worker() as conn:
            due = self.due(conn)
            clocks = [] if due else self.past_due.due(conn)
        if not (due or clocks) or not self._caught_up():
            return 0  # the rules must see the stages of yesterday
        self.past_due.tell(clocks)
        return len(clocks) + sum(self._look(one) is not None for one in due)

    def due(self, conn: Connection) -> list[Due]:
        """Return the looks that wait."""
        return self._agenda.due(conn)

    def _caught_up(self) -> bool:
        """Wait until the read models show what was there when we began."""
        with self._database.worker() as conn:
            head = newest(conn)
            return wait_until(
                lambda: min(positions(conn, _MODELS).values()) >= head, _PATIENCE_SECONDS
            )

    def evaluate(
        self,
        tenant: TenantId,
        school: SchoolRow,
        on: date,
        kind: LookKind = LookKind.DEMAND,
        students: Iterable[StudentId] | None = None,
    ) -> Looked | None:
        """Let the rules look at one school on one day, and store what follows.

        None where no rule set decides. Done again with nothing new known, it adds nothing.

        Raises:
            DayNotEnded: at the school, by its own clock.
            EvaluationBusy: somebody else is looking at this school.
        """
        with self._database.worker() as conn:
            until = ended(school_now(conn), school, self._at)
            if on > until:
                raise DayNotEnded(on=on.isoformat(), ended=until.isoformat())
            last = self._last(conn, tenant, school)
            position = newest_known(conn, tenant, bound(conn))
        since = last.known_at if last is not None else 0
        chosen = None if students is None else frozenset(students)
        due = Due(tenant, school, on, kind, position, since, chosen)
        with self._alone(due) as mine:
            if not mine:
                raise EvaluationBusy
            return self._made(due)

    def _last(self, conn: Connection, tenant: TenantId, school: SchoolRow) -> EvaluationRow | None:
        until = ended(school_now(conn), school, self._at)
        asked = {"tenant": tenant, "school": school.school, "until": until}
        found = reads.documents(conn, evaluations.LAST, EvaluationRow, asked)
        return found[0] if found else None

    def _look(self, due: Due) -> Looked | None:
        with self._alone(due) as mine:
            return self._made(due) if mine else None

    @contextmanager
    def _alone(self, due: Due) -> Iterator[bool]:
        """Hold the school's lock, where nobody does, on a session of its own.

        A lost session gives the lock back by itself. Two looks at once would still add nothing
        twice, for the interventions decide; the lock saves the work.
        """
        name = f"evaluate {due.tenant} {due.school.school}"
        session = self._database.session()
        try:
            row = session.execute(_TAKE, (name,)).fetchone()
            yield row is not None and bool(row[0])
        finally:
            session.close()

    def _made(self, due: Due) -> Looked | None:
        with self._database.worker() as conn:
            rules = rules_for(conn, due.tenant, due.school, due.on)
            if rules is None:
                return None
            known = look(
                conn,
                due.tenant,
                due.school,
                due.on,
                rules,
                due.position,
                since=due.since,
                students=due.students,
            )
        known = replace(known, over=due.over)
        answer = answered(known, due.kind)
        plan = planned(due.tenant, known, answer, due.kind)
        outcomes = self._execute(due, known, plan.steps)
        looked = _looked(due, known, answer, plan, outcomes)
        self._ledger.execute_many([_completed(due.tenant, known, looked)])
        log.info(
            "looked",
            school=str(due.school.school),
            on=due.on.isoformat(),
            kind=str(due.kind),
            pupils=looked.pupils,
            steps=len(plan.steps),
        )
        return looked

    def _execute(self, due: Due, known: Known, steps: Sequence[Step]) -> list[Outcome]:
        intents = [intent_of(due.tenant, step.command, known) for step in steps]
        return self._ledger.execute_many(intents) if intents else []


def planned(tenant: TenantId, known: Known, answer: Evaluation, kind: LookKind) -> Plan:
    """Return what follows from a look: what is taken back first, then what is proposed.

    What lost its cause tonight carries nothing tonight: those pupils are asked anew.
    """
    found = corrections(known)
    known, taken_back = found.known, found.steps
    if kind is LookKind.SAME_DAY:
        plan = same_day(tenant, known, answer)
        plan.steps[:0] = taken_back
        return plan
    plan = proposals(tenant, known, _anew(found, answer))
    plan.steps = dated(known, plan.steps)
    plan.steps[:0] = [*leavers(known), *taken_back]
    plan.steps += checkpoints(known)
    return plan


def _anew(found: Corrected, answer: Evaluation) -> Evaluation:
    """Return the answer of a look by the ladders that corrections have left behind."""
    students = found.students
    if not students:
        return answer
    known = found.known
    again = judged(known, known.rules, known.on, known.lines.only(students))
    stages = tuple(
        replace(one, pupils=(*(p for p in one.pupils if p.student not in students), *new.pupils))
        for one, new in zip(answer.stages, again.stages, strict=True)
    )
    return replace(answer, stages=stages)


def _looked(
    due: Due, known: Known, answer: Evaluation, plan: Plan, outcomes: Sequence[Outcome]
) -> Looked:
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


def _completed(tenant: TenantId, known: Known, looked: Looked) -> Intent:
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
    )
    more = () if known.over is None else (known.over,)
    return intent_of(tenant, command, known, str(looked.kind), looked.done, looked.left, *more)


def intent_of(tenant: TenantId, command: Command, known: Known, *more: object) -> Intent:
    """Name a command by what it asks of whom, by which rules, as known when: so never twice."""
    asked = (type(command).__name__, command.stream, getattr(command, "stage", ""), *more)
    key = (known.row.content_hash, known.position, known.on, *asked)
    return Intent(tenant, command, ACTOR, derived_id("evaluate", tenant, *key))

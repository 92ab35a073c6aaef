"""Evaluations: the rules look after a day has ended, after an import, and while school is open.

What they find is proposed; people decide. Each look is a fact that says what was found, what
followed and what was left, and why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, time
from typing import Final

import structlog

from domain.attendance.evaluate import Evaluation
from domain.evaluation.events import LookKind
from domain.kernel.refusals import Invalid, NotNow
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.clock import school_now
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.accounts import ACTOR, Looked, completed, intent_of, looked
from infrastructure.runtime.agenda import Agenda, Due, ended, newest_known
from infrastructure.runtime.clocks import dated
from infrastructure.runtime.correcting import Corrected, corrections
from infrastructure.runtime.deciding import RulesInUse
from infrastructure.runtime.gathering import by
from infrastructure.runtime.judging import Known, judged
from infrastructure.runtime.looking import Asked, looks
from infrastructure.runtime.lots import SCHOOLS, Failed, alone, each_that_can, lots
from infrastructure.runtime.of_the_day import answered
from infrastructure.runtime.owing import Owing
from infrastructure.runtime.past_due import PastDue, calendar_news
from infrastructure.runtime.projecting import positions
from infrastructure.runtime.proposing import Plan, proposals, same_day
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
from projections.returns import RETURNS

__all__ = ["ACTOR", "DayNotEnded", "EvaluationBusy", "Evaluator", "Looked", "planned"]

log = structlog.get_logger()
_MODELS: Final = (INTERVENTIONS, EVALUATIONS, RULE_SETS, EXEMPTIONS, RETURNS)
_PATIENCE_SECONDS: Final = 2.0
_AT_ONCE: Final = 1_000  # commands


class EvaluationBusy(NotNow):
    """Somebody else is looking at this school at this moment; its look will be seen."""

    code = "evaluation-busy"


class DayNotEnded(Invalid):
    """The day has not ended at the school: the rules look in the evening, at days that are over."""

    code = "day-not-ended"


class Evaluator:
    """Looks at schools, many at once; nobody else looks at the same school meanwhile."""

    name = "evaluate"
    exclusive: str | None = "evaluate"

    def __init__(
        self, database: Database, ledger: Ledger, at: time, schools_at_once: int = SCHOOLS
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._at = at
        self._schools_at_once = schools_at_once
        self._agenda = Agenda(at)
        self._past_due = PastDue()
        self._owing = Owing()

    def step(self) -> int:
        """Make the looks that are due; return how many.

        A school at which a look fails stops no other; its error is raised when the others are done.
        """
        with self._database.worker() as conn:
            due = self.due(conn)
            clocks = [] if due else self.clocks(conn)
        if not (due or clocks) or not self._caught_up():
            return 0  # the rules must see the stages of yesterday
        if clocks:
            self._ledger.execute_many(clocks)
        return len(clocks) + self._looked_at(due)

    def _looked_at(self, due: Sequence[Due]) -> int:
        made, failed = 0, dict[SchoolId, Exception]()
        for lot in lots(due, self._schools_at_once):
            # A school's looks are made in their order, or not at all.
            with alone(self._database, [o for o in lot if o.school.school not in failed]) as mine:
                for done in each_that_can(mine, self._made):
                    if isinstance(done, Failed):
                        failed[done.due.school.school] = done.error
                    else:
                        made += len(done)
        for error in failed.values():
            raise error
        return made

    def due(self, conn: Connection) -> list[Due]:
        """Return the looks that wait."""
        return self._agenda.due(conn)

    def clocks(self, conn: Connection) -> list[Intent]:
        """Return what is asked because a day of the law has come, passed or moved."""
        news = calendar_news(conn)
        return [*self._past_due.due(conn, news), *self._owing.due(conn, news)]

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
        with alone(self._database, [due]) as mine:
            if not mine:
                raise EvaluationBusy
            return next(iter(self._made(mine)), None)

    def _last(self, conn: Connection, tenant: TenantId, school: SchoolRow) -> EvaluationRow | None:
        until = ended(school_now(conn), school, self._at)
        asked = {"tenant": tenant, "school": school.school, "until": until}
        found = reads.documents(conn, evaluations.LAST, EvaluationRow, asked)
        return found[0] if found else None

    def _made(self, lot: Sequence[Due]) -> list[Looked]:
        """Look at some schools on one day: what follows is stored, and then an account of each.

        Killed between the two, the same looks are due again, and add the accounts only.
        """
        plans = [
            (due, known, answer, planned(due.tenant, known, answer, due.kind))
            for due, known in self._known(lot)
            for answer in [answered(known, due.kind)]
        ]
        steps = [
            intent_of(due.tenant, step.command, known)
            for due, known, _, plan in plans
            for step in plan.steps
        ]
        outcomes = iter(self._execute(steps))
        found = [
            looked(due, known, answer, plan, [next(outcomes) for _ in plan.steps])
            for due, known, answer, plan in plans
        ]
        accounts = zip(plans, found, strict=True)
        self._execute([completed(due.tenant, known, one) for (due, known, *_), one in accounts])
        for one, (_, _, _, plan) in zip(found, plans, strict=True):
            log.info(
                "looked",
                school=str(one.school.school),
                on=one.on.isoformat(),
                kind=str(one.kind),
                pupils=one.pupils,
                steps=len(plan.steps),
            )
        return found

    def _known(self, lot: Sequence[Due]) -> list[tuple[Due, Known]]:
        """Load what looks see, where a rule set decides: together for those of one rule set."""
        found = []
        with self._database.worker() as conn:
            in_use = RulesInUse(conn, lot[0].tenant, [due.school for due in lot])
            rows = [(due, in_use.decide(due.school, due.on)) for due in lot]
            decided = [(due, row) for due, row in rows if row is not None]
            for several in by(decided, lambda one: one[1].rule_set_id).values():
                dues, rules = [due for due, _ in several], several[0][1]
                asked = [Asked(d.school, d.position, d.since, d.students) for d in dues]
                seen = looks(conn, dues[0].tenant, dues[0].on, rules, asked)
                found += [
                    (due, replace(known, over=due.over))
                    for due, known in zip(dues, seen, strict=True)
                ]
        return found

    def _execute(self, intents: Sequence[Intent]) -> list[Outcome]:
        """Execute commands: a thousand at a time, for what is not committed holds up readers."""
        return [
            outcome
            for at in range(0, len(intents), _AT_ONCE)
            for outcome in self._ledger.execute_many(intents[at : at + _AT_ONCE])
        ]


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

"""What a look would come to: the evening's own functions on stored lines; nothing is stored."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from domain.attendance.evaluate import Evaluation
from domain.evaluation.events import LookKind, ReasonCount
from domain.shared.ids import TenantId
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.agenda import newest_known
from infrastructure.runtime.deciding import rules_for
from infrastructure.runtime.evaluating import planned
from infrastructure.runtime.looking import look
from infrastructure.runtime.of_the_day import answered
from infrastructure.store.database import Connection
from infrastructure.store.recorder import bound


@dataclass(frozen=True, slots=True)
class Preview:
    """What the rules would say of a school, and what would follow from it or be left."""

    answer: Evaluation
    done: tuple[ReasonCount, ...]
    left: tuple[ReasonCount, ...]


def preview(conn: Connection, tenant: TenantId, school: SchoolRow, on: date) -> Preview | None:
    """Return what a look at a school would come to; None where no rule set decides."""
    row = rules_for(conn, tenant, school, on)
    if row is None:
        return None
    position = newest_known(conn, tenant, bound(conn))
    known = look(conn, tenant, school, on, row, position)
    answer = answered(known, LookKind.DEMAND)
    plan = planned(tenant, known, answer, LookKind.DEMAND)
    done = Counter((step.stage, step.word) for step in plan.steps)
    return Preview(answer, _counted(done), _counted(plan.left))


def _counted(found: Mapping[tuple[str, str], int]) -> tuple[ReasonCount, ...]:
    return tuple(ReasonCount(stage, why, n) for (stage, why), n in sorted(found.items()))

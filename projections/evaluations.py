"""Evaluations: on which days the rules have looked at which school."""

from datetime import date

from domain.evaluation.events import EvaluationCompleted, StageCount
from domain.kernel.recorded import Told
from domain.shared.ids import SchoolId
from projections.kit import Query, ReadModel, Row, row_a_stream

_LISTENS = (EvaluationCompleted,)


class EvaluationRow(Row):
    """The latest look at one school on one day."""

    school_id: SchoolId
    on: date
    known_at: int
    pupils: int
    qualifying: tuple[StageCount, ...]


def evolve(row: EvaluationRow | None, fact: Told, key: str) -> EvaluationRow | None:  # noqa: ARG001  one row a stream
    """Keep the latest look."""
    match fact.event:
        case EvaluationCompleted() as c:
            return EvaluationRow(
                school_id=c.school_id,
                on=c.on,
                known_at=c.known_at,
                pupils=c.pupils,
                qualifying=c.qualifying,
            )
        case _:
            return row


EVALUATIONS = ReadModel(
    "evaluations",
    version=1,
    row=EvaluationRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("school_id", "on"),
    indexes=('school_id, "on"',),
)
LATEST = Query(
    "evaluations",
    'select school_id, max("on") from {evaluations} where tenant = %(tenant)s'
    " group by school_id limit 100000",
)
LAST = Query(
    "evaluations",
    "select doc from {evaluations} where tenant = %(tenant)s and school_id = %(school)s"
    ' order by "on" desc limit 1',
)

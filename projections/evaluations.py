"""Evaluations: when the rules looked at which school, what they found, did and left, and why."""

from datetime import date, datetime

from domain.evaluation.events import EvaluationCompleted, LookKind, ReasonCount, StageCount
from domain.kernel.recorded import Told
from domain.shared.ids import EvaluationId, RuleSetId, SchoolId
from projections.kit import Query, ReadModel, Row, row_a_stream

_LISTENS = (EvaluationCompleted,)
_KEPT = 20  # looks of one day: an import an hour, and those that people asked for


class Look(Row):
    """One look: what made the rules look, as known at which position, and what came of it."""

    kind: LookKind
    at: datetime
    known_at: int
    pupils: int
    rule_set_id: RuleSetId
    rule_set_hash: str
    qualifying: tuple[StageCount, ...]
    done: tuple[ReasonCount, ...]
    left: tuple[ReasonCount, ...]


class EvaluationRow(Row):
    """One school on one day, with the latest looks, the newest last.

    `ladder` says that the whole ladder was looked at, `known_at` at which position last;
    `same_day_known_at` is that of the last look at unexplained absences of the day itself, and
    `same_day_over` what was over by then.
    """

    evaluation_id: EvaluationId
    school_id: SchoolId
    on: date
    ladder: bool = False
    known_at: int = 0
    same_day_known_at: int = 0
    same_day_over: tuple[str, ...] = ()
    looked: int = 0
    last_at: datetime | None = None
    looks: tuple[Look, ...] = ()


def evolve(row: EvaluationRow | None, fact: Told, key: str) -> EvaluationRow | None:  # noqa: ARG001  one row a stream
    """Add a look."""
    match fact.event:
        case EvaluationCompleted() as c:
            before = row or EvaluationRow(EvaluationId(fact.stream), c.school_id, c.on)
            look = Look(
                kind=c.look,
                at=fact.occurred_at,
                known_at=c.known_at,
                pupils=c.pupils,
                rule_set_id=c.rule_set_id,
                rule_set_hash=c.rule_set_hash,
                qualifying=c.qualifying,
                done=c.done,
                left=c.left,
            )
            same_day = c.look is LookKind.SAME_DAY
            return before.but(
                ladder=before.ladder or not same_day,
                known_at=before.known_at if same_day else c.known_at,
                same_day_known_at=c.known_at if same_day else before.same_day_known_at,
                same_day_over=c.over or () if same_day else before.same_day_over,
                looked=before.looked + 1,
                last_at=fact.occurred_at,
                looks=(*before.looks, look)[-_KEPT:],
            )
        case _:
            return row


EVALUATIONS = ReadModel(
    "evaluations",
    version=3,
    row=EvaluationRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("school_id", "on", "ladder", "known_at", "same_day_known_at", "last_at"),
    indexes=('school_id, "on"', "last_at"),
)
# For each school the last day that is over and whose ladder was looked at, and the position as
# which it was known. A look at a day to come would hold back every evening until then.
LATEST = Query(
    "evaluations",
    'select distinct on (e.school_id) e.school_id, e."on", e.known_at from {evaluations} e'
    " join unnest(%(schools)s::uuid[], %(days)s::date[]) as d (school, until)"
    ' on d.school = e.school_id and e."on" <= d.until'
    ' where e.tenant = %(tenant)s and e.ladder order by e.school_id, e."on" desc limit 100000',
)
SAME_DAY = Query(
    "evaluations",
    'select school_id, "on", same_day_known_at,'
    " array(select json_array_elements_text(doc::json -> 'same_day_over'))"
    ' from {evaluations} where tenant = %(tenant)s and "on" >= %(since)s limit 100000',
)
LAST = Query(
    "evaluations",
    "select doc from {evaluations} where tenant = %(tenant)s and school_id = %(school)s"
    ' and ladder and "on" <= %(until)s order by "on" desc limit 1',
)
PAGE = Query(
    "evaluations",
    "select doc, last_at, key from {evaluations} where tenant = %(tenant)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
    ' and (%(first)s::date is null or "on" >= %(first)s)'
    ' and (%(last)s::date is null or "on" <= %(last)s)'
    " and (%(after_at)s::timestamptz is null"
    " or (last_at, key) < (%(after_at)s, %(after_key)s))"
    " order by last_at desc, key desc limit %(limit)s",
)

"""The queue: one line for everything that waits for a person, with who has it and until when."""

from typing import Any, Final

from projections.kit import Query, ReadModel, row_a_stream
from projections.queue_folding import LISTENS, evolve
from projections.queue_lines import Action, QueueLine, QueueRow, QueueStream

__all__ = ["ANY", "PAGE", "QUEUE", "Action", "QueueLine", "QueueRow", "QueueStream"]

QUEUE = ReadModel(
    "queue",
    version=7,
    row=QueueStream,
    listens=LISTENS,
    keys=row_a_stream(LISTENS),
    evolve=evolve,
    columns=("school_id", "student_id", "action", "needs_person"),
    indexes=("needs_person, school_id",),
)
_FILTERS: Final = (
    " and (%(action)s::text is null or value ->> 'action' = %(action)s)"
    " and (%(stage)s::text is null or value ->> 'stage' = %(stage)s)"
    " and (%(track)s::text is null or value ->> 'track' = %(track)s)"
    " and (%(owner)s::text is null or coalesce(a.owner, value ->> 'asked', '') = %(owner)s)"
    " and (%(due_until)s::date is null or (value ->> 'due_on')::date <= %(due_until)s)"
    " and (%(past_due)s::boolean is null or coalesce((value ->> 'due_on')::date < d.today, false)"
    " = %(past_due)s)"
)
PAGE = Query(
    "queue",
    "select left(value::text, -1) || ',\"owner\":' || coalesce(to_json(coalesce(a.owner,"
    " value ->> 'asked'))::text, 'null') || ',\"past_due\":'"
    " || coalesce((value ->> 'due_on')::date < d.today, false) || '}}' as doc,"
    " (value ->> 'waiting_since')::timestamptz as since, value ->> 'line' as line"
    " from {queue} q cross join lateral json_array_elements(q.doc::json -> 'lines') as l (value)"
    " left join {assignments} a on a.tenant = q.tenant and a.line = value ->> 'line'"
    " left join unnest(%(schools)s::uuid[], %(days)s::date[]) as d (school, today)"
    " on d.school = q.school_id"
    " where q.tenant = %(tenant)s and q.needs_person"
    " and (%(school)s::uuid[] is null or q.school_id = any(%(school)s))"
    " and (%(student)s::uuid is null or q.student_id = %(student)s)"
    " and (%(students)s::uuid[] is null or q.student_id = any(%(students)s))" + _FILTERS + " and"
    " (%(after_at)s::timestamptz is null or ((value ->> 'waiting_since')::timestamptz,"
    " value ->> 'line') > (%(after_at)s, %(after_key)s))"
    " order by since, line limit %(limit)s",
)
ANY: Final[dict[str, Any]] = {
    **dict.fromkeys(("school", "student", "students", "action", "stage", "track", "owner")),
    **dict.fromkeys(("due_until", "past_due", "after_at", "after_key")),
    "schools": [],
    "days": [],
    "limit": 200,
}
"""No filter: everything that waits."""

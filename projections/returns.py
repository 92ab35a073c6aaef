"""Returns that schools owe: what is open, until when, and who made it."""

from datetime import date, datetime
from typing import Any, Final, get_args
from uuid import UUID

from domain.kernel.recorded import Told
from domain.owed_return import events as e
from domain.shared.ids import RuleSetId, SchoolId
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_LISTENS = get_args(e.ReturnEvent)


class ReturnRow(Row):
    """One return of a school for a school year. `status`: OPEN, PAST_DUE or SUBMITTED.

    `role` is asked to make it.
    """

    return_id: UUID
    school_id: SchoolId
    rule_set_id: RuleSetId
    name: str
    covers: str
    role: str
    cumulative: bool
    school_year_from: date
    opens_on: date
    due_on: date
    opened_at: datetime
    status: str = "OPEN"
    submitted_on: date | None = None
    submitted_by: str = ""
    reference: str = ""
    late: bool = False


def evolve(row: ReturnRow | None, fact: Told, key: str) -> ReturnRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its return."""
    match fact.event:
        case e.ReturnOpened() as opened:
            said = {name: getattr(opened, name) for name in opened.__struct_fields__}
            return ReturnRow(return_id=fact.stream, opened_at=fact.occurred_at, **said)
        case e.ReturnDueMoved(due_on=due, runs_again=again):
            before = expect(row)
            return before.but(due_on=due, status="OPEN" if again else before.status)
        case e.ReturnDuePassed():
            return expect(row).but(status="PAST_DUE")
        case e.ReturnSubmitted() as made:
            return expect(row).but(
                status="SUBMITTED",
                submitted_on=made.submitted_on,
                submitted_by=made.submitted_by,
                reference=made.reference,
                late=made.late,
            )
        case _:
            return row


RETURNS = ReadModel(
    "returns",
    version=1,
    row=ReturnRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("school_id", "status", "due_on"),
    indexes=("school_id, status",),
)
PAGE = Query(
    "returns",
    "select doc from {returns} where tenant = %(tenant)s"
    " and (%(school)s::uuid[] is null or school_id = any(%(school)s))"
    " and (%(status)s::text is null or status = %(status)s)"
    " order by due_on desc, key limit 1000",
)
ONE = Query(
    "returns",
    "select doc from {returns} where tenant = %(tenant)s and key = %(key)s limit 1",
)
ANY: Final[dict[str, Any]] = {"school": None, "status": None}
"""No filter: every return that was ever owed."""

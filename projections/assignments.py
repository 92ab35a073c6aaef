"""Assignments: who has which line of the queue."""

from datetime import datetime
from uuid import UUID

from domain.kernel.recorded import Told
from domain.shared.ids import SchoolId
from domain.work_task.events import TaskAssigned, TaskReleased
from projections.kit import ReadModel, Row, row_a_stream

_LISTENS = (TaskAssigned, TaskReleased)


class AssignmentRow(Row):
    """One task that somebody has. `line` is the queue's line that it is about."""

    line: str
    owner: str
    school_id: SchoolId
    since: datetime


def line_of(subject: UUID, stage: str) -> str:
    """Return the key of a line of the queue."""
    return f"{subject}:{stage}"


def evolve(row: AssignmentRow | None, fact: Told, key: str) -> AssignmentRow | None:  # noqa: ARG001  one row a stream
    """Keep who has it; a released task has no row."""
    match fact.event:
        case TaskAssigned() as a:
            line = line_of(a.subject, a.stage)
            return AssignmentRow(line, a.owner, a.school_id, fact.occurred_at)
        case TaskReleased():
            return None
        case _:
            return row


ASSIGNMENTS = ReadModel(
    "assignments",
    version=1,
    row=AssignmentRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("line", "owner"),
    indexes=("line",),
)

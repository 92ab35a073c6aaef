"""Lines of the queue for what stands in no other stream: tasks of their own."""

from typing import Final

from domain.kernel.recorded import Told
from domain.work_task.events import TaskRaised
from projections.queue_lines import Action, QueueStream

_CONTESTED: Final = "the source goes on saying otherwise than a person's correction of this day"


def raised(fact: Told, event: TaskRaised) -> QueueStream:
    """Ask a person about a day on which a source contests a correction."""
    row = QueueStream(
        subject=fact.stream,
        subject_kind="work_task",
        school_id=event.school_id,
        student_id=event.student_id,
    )
    return row.asking(
        Action.SETTLE_MARK,
        event.kind.value,
        fact.occurred_at,
        reasons=(_CONTESTED,),
        evaluated_on=event.on,
    )

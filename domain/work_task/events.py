"""Facts about tasks. What is to be done stands in the stream that the task is about."""

from uuid import UUID

from domain.kernel.facts import Event, fact
from domain.shared.ids import SchoolId, StudentId


@fact("work_task.assigned")
class TaskAssigned(Event):
    """A named person has the task. `subject` and `stage` are the queue's line that it is about."""

    subject: UUID
    stage: str
    school_id: SchoolId
    student_id: StudentId
    owner: str


@fact("work_task.released")
class TaskReleased(Event):
    """Nobody has the task; it waits for whoever comes first."""


WorkTaskEvent = TaskAssigned | TaskReleased

"""Facts about tasks. What is to be done stands in the stream that a task is about, or here."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.kernel.facts import Event, fact
from domain.shared.ids import SchoolId, StudentId


class TaskKind(StrEnum):
    """What a task of its own asks a person to do."""

    CONTESTED_MARK = "CONTESTED_MARK"  # a source goes on saying otherwise than a correction here


@fact("work_task.raised")
class TaskRaised(Event):
    """Something waits for a person that stands in no other stream. `on` is the day it is about."""

    kind: TaskKind
    school_id: SchoolId
    student_id: StudentId
    on: date


@fact("work_task.finished")
class TaskFinished(Event):
    """A named person saw to it. It is not raised again: it is about one day."""


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


WorkTaskEvent = TaskRaised | TaskFinished | TaskAssigned | TaskReleased

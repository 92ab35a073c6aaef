"""Facts about tasks. What is to be done stands in the stream that a task is about, or here."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.kernel.facts import Event, fact
from domain.shared.ids import RunId, SchoolId, StudentId


class TaskKind(StrEnum):
    """What a task of its own asks a person to do."""

    CONTESTED_MARK = "CONTESTED_MARK"  # a source goes on saying otherwise than a correction here
    PLAYBOOK_TASK = "PLAYBOOK_TASK"  # a playbook's step: its code says what is to be done
    ARRANGE_MEETING = "ARRANGE_MEETING"  # a playbook's step asks for a meeting with the family
    RUN_ESCALATED = "RUN_ESCALATED"  # nothing came of a run: a meeting is to be arranged
    DECIDE_RUNS = "DECIDE_RUNS"  # one guardian replied, and the runs of the others hold still
    ASK_WHO_MAY_KNOW = "ASK_WHO_MAY_KNOW"  # nobody has said whether a guardian may be told
    NOBODY_TO_TELL = "NOBODY_TO_TELL"  # no guardian is known who may be told


@fact("work_task.raised", version=2)
class TaskRaised(Event):
    """Something waits for a person that stands in no other stream. `on` is the day it is about.

    Version 2 added what a playbook's task says: `owner`, who is asked first (absent: anybody), the
    day it is `due_on` (absent: none), its `run_id` (absent: of no run) and `task`, a code out of
    the playbook (absent: the kind says it all).
    """

    kind: TaskKind
    school_id: SchoolId
    student_id: StudentId
    on: date
    owner: str | None = None
    due_on: date | None = None
    run_id: RunId | None = None
    task: str | None = None


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

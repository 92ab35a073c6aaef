"""What may be asked about a task."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import RunId, SchoolId, StudentId, derived_id
from domain.work_task.events import TaskKind


def task_id(subject: UUID, stage: str) -> UUID:
    """Return the natural key: one task for each line of the queue."""
    return derived_id("work_task", subject, stage)


def raised_id(kind: TaskKind, student: StudentId, on: date) -> UUID:
    """Return the natural key of a task about a day of a student: raised twice, it is one."""
    return derived_id("work_task", kind, student, on)


def run_task_id(kind: TaskKind, run: RunId, about: object) -> UUID:
    """Return the natural key of a task that a run raises about a step or a reply of it."""
    return derived_id("work_task", kind, run, about)


class WorkTaskCommandBase(Command):
    """Every command names its task."""

    kind: ClassVar[str] = "work_task"
    task: UUID

    @property
    def stream(self) -> UUID:
        """The task decides."""
        return self.task


class AssignTask(WorkTaskCommandBase):
    """Give a task to a named person, or take it. `take_over` is needed where somebody has it."""

    subject: UUID
    stage: str
    school_id: SchoolId
    student_id: StudentId
    owner: str
    take_over: bool = False


class ReleaseTask(WorkTaskCommandBase):
    """Put a task back."""


class RaiseTask(WorkTaskCommandBase):
    """Something waits for a person; whoever finds it may say so, also software."""

    kind_of_task: TaskKind
    school_id: SchoolId
    student_id: StudentId
    on: date
    owner: str | None = None
    due_on: date | None = None
    run_id: RunId | None = None
    task_code: str | None = None


class FinishTask(WorkTaskCommandBase):
    """A named person saw to what was raised."""


WorkTaskCommand = RaiseTask | FinishTask | AssignTask | ReleaseTask

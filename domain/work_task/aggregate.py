"""One task: nobody's, or a named person's."""

from collections.abc import Sequence
from typing import ClassVar, assert_never

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.work_task import refusals as r
from domain.work_task.commands import (
    AssignTask,
    FinishTask,
    RaiseTask,
    ReleaseTask,
    WorkTaskCommand,
)
from domain.work_task.events import (
    TaskAssigned,
    TaskFinished,
    TaskRaised,
    TaskReleased,
    WorkTaskEvent,
)

_STAFF = "staff:"


class WorkTask(Aggregate[WorkTaskCommand, WorkTaskEvent]):
    """Has one owner at a time, whom nobody takes it from by accident; raised once, done once."""

    kind: ClassVar[str] = "work_task"

    def __init__(self) -> None:
        self.known = False
        self.owner = ""
        self.raised = False
        self.finished = False

    def decide(self, command: WorkTaskCommand, world: World) -> Sequence[WorkTaskEvent]:
        """Return what follows."""
        if isinstance(command, RaiseTask):
            return self._raise(command)
        if not world.actor.startswith(_STAFF):
            raise r.TaskByPersonOnly
        match command:
            case FinishTask():
                if not self.raised:
                    raise r.TaskUnknown
                return [] if self.finished else [TaskFinished()]
            case AssignTask():
                return self._assign(command)
            case ReleaseTask():
                if not self.known:
                    raise r.TaskUnknown
                return [TaskReleased()] if self.owner else []
            case _:
                assert_never(command)

    def _raise(self, command: RaiseTask) -> list[WorkTaskEvent]:
        if self.raised:
            return []
        return [
            TaskRaised(
                kind=command.kind_of_task,
                school_id=command.school_id,
                student_id=command.student_id,
                on=command.on,
                owner=command.owner,
                due_on=command.due_on,
                run_id=command.run_id,
                task=command.task_code,
            )
        ]

    def _assign(self, command: AssignTask) -> list[WorkTaskEvent]:
        if not command.owner.startswith(_STAFF):
            raise r.OwnerNotAPerson
        if command.owner == self.owner:
            return []
        if self.owner and not command.take_over:
            raise r.TaskTaken
        return [
            TaskAssigned(
                subject=command.subject,
                stage=command.stage,
                school_id=command.school_id,
                student_id=command.student_id,
                owner=command.owner,
            )
        ]

    def evolve(self, event: WorkTaskEvent) -> None:
        """Remember who has it."""
        match event:
            case TaskAssigned(owner=owner):
                self.known, self.owner = True, owner
            case TaskReleased():
                self.owner = ""
            case TaskRaised():
                self.raised = True
            case TaskFinished():
                self.finished = True
            case _:
                assert_never(event)

"""A line of the queue has one owner at a time, and people take it on purpose."""

import pytest

from domain.work_task.aggregate import WorkTask
from domain.work_task.commands import AssignTask, FinishTask, RaiseTask, ReleaseTask
from domain.work_task.events import TaskAssigned, TaskFinished, TaskRaised, TaskReleased
from domain.work_task.refusals import OwnerNotAPerson, TaskByPersonOnly, TaskTaken, TaskUnknown
from tests.support.examples import but, example
from tests.support.scenario import STAFF, given, world

ASSIGN, RELEASE = example(AssignTask), example(ReleaseTask)
RAISE, FINISH = example(RaiseTask), example(FinishTask)
ASSIGNED = example(TaskAssigned)
BY_STAFF = world(actor=STAFF)


def test_a_task_is_taken_once() -> None:
    given(WorkTask, world=BY_STAFF).when(ASSIGN).then(ASSIGNED).when(ASSIGN).ignored()


def test_what_somebody_has_is_taken_over_on_purpose_only() -> None:
    other = but(AssignTask, owner="staff:8")
    given(WorkTask, ASSIGNED, world=BY_STAFF).when(other).refused(TaskTaken)
    over = but(AssignTask, owner="staff:8", take_over=True)
    given(WorkTask, ASSIGNED, world=BY_STAFF).when(over).then(but(TaskAssigned, owner="staff:8"))


def test_a_released_task_is_anybodys() -> None:
    free = given(WorkTask, ASSIGNED, world=BY_STAFF).when(RELEASE).then(TaskReleased())
    free.when(RELEASE).ignored()
    free.when(but(AssignTask, owner="staff:8")).then(but(TaskAssigned, owner="staff:8"))


def test_a_task_that_nobody_took_cannot_be_put_back() -> None:
    given(WorkTask, world=BY_STAFF).when(RELEASE).refused(TaskUnknown)


@pytest.mark.parametrize("command", [ASSIGN, RELEASE])
def test_software_takes_no_task(command: AssignTask | ReleaseTask) -> None:
    given(WorkTask, ASSIGNED).when(command).refused(TaskByPersonOnly)


def test_software_owns_no_task() -> None:
    given(WorkTask, world=BY_STAFF).when(but(AssignTask, owner="process:evaluate")).refused(
        OwnerNotAPerson
    )


def test_a_task_is_raised_once_also_by_software_and_finished_by_a_person() -> None:
    """D41: a source that contests a correction says so with every import."""
    raised = given(WorkTask).when(RAISE).then(example(TaskRaised))
    raised.when(RAISE).ignored()
    raised.when(FINISH).refused(TaskByPersonOnly)
    history = given(WorkTask, example(TaskRaised), world=BY_STAFF)
    done = history.when(FINISH).then(TaskFinished())
    done.when(FINISH).ignored()
    done.when(RAISE).ignored()


def test_what_was_never_raised_is_not_finished() -> None:
    given(WorkTask, world=BY_STAFF).when(FINISH).refused(TaskUnknown)

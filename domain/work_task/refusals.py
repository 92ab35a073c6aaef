"""Why a task may say no."""

from domain.kernel.refusals import Invalid, NotAllowed, NotFound, NotNow


class TaskUnknown(NotFound):
    """Nobody has taken this task, or it was never raised."""

    code = "task-unknown"


class TaskTaken(NotNow):
    """Somebody else has this task; take it over on purpose, or leave it with them."""

    code = "task-taken"


class TaskByPersonOnly(NotAllowed):
    """A task is given and taken by named persons."""

    code = "task-by-person-only"


class OwnerNotAPerson(Invalid):
    """The owner of a task is a member of staff."""

    code = "owner-not-a-person"

"""The queue: who waits for whom, and who has taken it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from api.bodies.queue import AssignBody, QueuePage
from api.bodies.shared import ReceiptBody
from api.dependencies import Code, GuardedRoute, PagingDep, PostDesk, ReadingDep
from api.pages import command, listed, paged
from api.queue_looks import around, line_at
from api.reading import SchoolNotKnown
from api.receipts import receipted
from domain.kernel.refusals import NotFound
from domain.work_task.commands import AssignTask, FinishTask, ReleaseTask, task_id
from domain.work_task.refusals import OwnerNotAPerson, TaskByPersonOnly, TaskTaken, TaskUnknown
from projections import queue
from projections.queue import Action

router = APIRouter(prefix="/api/interventions", tags=["queue"], route_class=GuardedRoute)
CODE = Query(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")
OWNER = Query(
    max_length=200, description="Who has it: `me`, a member of staff, or `nobody`.", examples=["me"]
)
YEAR = Query(max_length=40, description="Year group, as the school's system names it.")
SUBJECT = Path(description="`subject` of the line.")


class LineUnknown(NotFound):
    """There is no such line in your queue."""

    code = "queue-line-unknown"


@router.get(
    "/queue", summary="Today's queue", response_model=QueuePage, responses=paged(SchoolNotKnown)
)
async def list_queue(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    action: Action | None = None,
    stage: Annotated[str | None, CODE] = None,
    track: Annotated[str | None, CODE] = None,
    student: UUID | None = None,
    year_group: Annotated[str | None, YEAR] = None,
    owner: Annotated[str | None, OWNER] = None,
    due_until: date | None = None,
    past_due: bool | None = None,
) -> Response:
    """Everything that waits for a person, longest waiting first, with the reasons in words.

    `due_until` and `past_due` ask for lines with a clock of the law.
    """
    filters = {
        "action": action,
        "stage": stage,
        "track": track,
        "student": student,
        "year_group": year_group,
        "owner": owner,
        "due_until": due_until,
        "past_due": past_due,
    }
    more = await around(reading, year_group, owner)
    return await listed(reading, paging, queue.PAGE, "queue", filters, school, more)


@router.post(
    "/queue/{subject}/{stage}/assign",
    summary="Take a line of the queue, or give it to somebody",
    response_model=ReceiptBody,
    responses=command(LineUnknown, TaskTaken, TaskByPersonOnly, OwnerNotAPerson),
)
def assign_task(
    desk: PostDesk, subject: Annotated[UUID, SUBJECT], stage: Code, body: AssignBody
) -> Response:
    """Without an owner it is yours. What somebody else has is taken over on purpose only."""
    line = line_at(desk, subject, stage, LineUnknown)
    wish = AssignTask(
        task=task_id(subject, stage),
        subject=subject,
        stage=stage,
        school_id=line.school_id,
        student_id=line.student_id,
        owner=body.owner or desk.caller.actor,
        take_over=body.take_over,
    )
    return receipted(desk.execute(wish))


@router.post(
    "/queue/{subject}/{stage}/release",
    summary="Put a line of the queue back",
    response_model=ReceiptBody,
    responses=command(LineUnknown, TaskUnknown, TaskByPersonOnly),
)
def release_task(desk: PostDesk, subject: Annotated[UUID, SUBJECT], stage: Code) -> Response:
    """It waits for whoever comes first."""
    line_at(desk, subject, stage, LineUnknown)
    return receipted(desk.execute(ReleaseTask(task=task_id(subject, stage))))


@router.post(
    "/queue/{subject}/{stage}/finish",
    summary="Say that a task of the queue was done",
    response_model=ReceiptBody,
    responses=command(LineUnknown, TaskUnknown, TaskByPersonOnly),
)
def finish_task(desk: PostDesk, subject: Annotated[UUID, SUBJECT], stage: Code) -> Response:
    """Say in your name that you saw to it: SETTLE_MARK. Other lines end with what they ask for."""
    line = line_at(desk, subject, stage, LineUnknown)
    if line.subject_kind != "work_task":
        raise TaskUnknown
    return receipted(desk.execute(FinishTask(task=subject)))

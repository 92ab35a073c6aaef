"""The queue, decisions about stages, and what was done about one student."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api.bodies.interventions import DeclineBody, History, QueuePage
from api.bodies.shared import ReceiptBody
from api.dependencies import Code, GuardedRoute, PagingDep, PostDesk, ReadingDep, RightsDep
from api.looks import FACTS, INTERVENTIONS_OF_STUDENT, SCHOOL_OF_STUDENT
from api.pages import answered, command, listed, paged, query
from api.problems import OperationDenied
from api.reading import joined
from api.receipts import receipted
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import ApproveStage, DeclineStage
from domain.intervention.events import InterventionOpened
from domain.intervention.refusals import (
    ApprovalByPersonOnly,
    InterventionUnknown,
    StageForbidden,
    StageNotProposed,
    StageOutOfOrder,
    StageTooSoon,
)
from domain.kernel.refusals import NotFound
from domain.shared.ids import InterventionId, StudentId
from domain.shared.stages import Approval
from projections import queue
from projections.queue import Action

router = APIRouter(prefix="/api/interventions", tags=["interventions"], route_class=GuardedRoute)
HEAD = "approve_stage:HEAD"


class StudentUnknown(NotFound):
    """There is no such student in your schools."""

    code = "student-unknown"


@router.get("/queue", summary="Today's queue", response_model=QueuePage, responses=paged())
async def list_queue(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    action: Action | None = None,
    stage: Annotated[str | None, Query(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")] = None,
    student: UUID | None = None,
) -> Response:
    """Everything that waits for a person, longest waiting first, with the numbers that decided."""
    filters = {"action": action, "stage": stage, "student": student}
    return await listed(reading, paging, queue.PAGE, "queue", filters, school)


@router.get(
    "/students/{studentId}",
    summary="History of one student",
    response_model=History,
    responses=query(StudentUnknown),
)
async def student_history(
    reading: ReadingDep, student: Annotated[StudentId, Path(alias="studentId")]
) -> Response:
    """All interventions of a student with every fact of them, in order. The look is recorded."""
    await reading.caught_up(INTERVENTIONS_OF_STUDENT.model)
    async with reading.look() as look:
        scope = reading.caller.scope()
        rows = await look.rows(INTERVENTIONS_OF_STUDENT, student=student, school=scope)
        if not rows:
            seen = await look.rows(SCHOOL_OF_STUDENT, student=student)
            if not seen or not reading.caller.may_see(seen[0][0]):
                raise StudentUnknown
        facts = await look.rows(FACTS, streams=[key for _, key in rows])
        people = await look.people([student])
        await look.note("history", [student])
    return answered(
        {
            "student_id": msgspec.json.encode(student),
            "interventions": joined(doc for doc, _ in rows),
            "facts": joined(fact for (fact,) in facts),
            "people": msgspec.json.encode(people),
        }
    )


@router.post(
    "/{id}/stages/{stage}/approve",
    summary="Approve a proposed stage",
    response_model=ReceiptBody,
    responses=command(
        InterventionUnknown,
        StageNotProposed,
        StageForbidden,
        StageOutOfOrder,
        StageTooSoon,
        ApprovalByPersonOnly,
    ),
)
def approve_stage(
    desk: PostDesk,
    rights: RightsDep,
    intervention: Annotated[InterventionId, Path(alias="id")],
    stage: Code,
) -> Response:
    """Enter the stage in your name. What the head has to approve asks for the head's role."""
    opened = desk.founding(intervention, InterventionOpened, InterventionUnknown)
    proposed = desk.state(InterventionInstance, intervention).proposed.get(stage)
    by_head = proposed is not None and proposed.stage.approval is Approval.HEAD
    if by_head and not rights.allows(desk.caller.roles, HEAD):
        raise OperationDenied
    wish = ApproveStage(
        intervention_id=intervention,
        student_id=opened.student_id,
        school_id=opened.school_id,
        case_id=opened.case_id,
        stage=stage,
    )
    return receipted(desk.execute(wish))


@router.post(
    "/{id}/stages/{stage}/decline",
    summary="Decline a proposed stage",
    response_model=ReceiptBody,
    responses=command(InterventionUnknown, StageNotProposed, ApprovalByPersonOnly),
)
def decline_stage(
    desk: PostDesk,
    intervention: Annotated[InterventionId, Path(alias="id")],
    stage: Code,
    body: DeclineBody,
) -> Response:
    """Say no to a proposal in your name, with a reason."""
    desk.founding(intervention, InterventionOpened, InterventionUnknown)
    wish = DeclineStage(intervention_id=intervention, stage=stage, reason=body.reason)
    return receipted(desk.execute(wish))

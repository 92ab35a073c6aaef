"""What was done about one student, and what people say of it afterwards."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.interventions import History, ReviewBody, StopBody
from api.bodies.shared import ReceiptBody
from api.dependencies import Code, GuardedRoute, PostDesk, ReadingDep
from api.looks import EVENTS_OF_STUDENT, FACTS, INTERVENTIONS_OF_STUDENT, SCHOOL_OF_STUDENT
from api.pages import answered, command, query
from api.reading import joined
from api.receipts import receipted
from api.register_looks import StudentUnknown
from domain.intervention.commands import FulfilStage, ReviewCorrection, StopIntervention
from domain.intervention.events import InterventionOpened, StopReason
from domain.intervention.refusals import (
    ApprovalByPersonOnly,
    AttemptMissing,
    InterventionUnknown,
    NothingToReview,
    StageNotEntered,
)
from domain.shared.ids import InterventionId, StudentId
from infrastructure.register.totals import EVER
from infrastructure.register.totals import OF_STUDENT as TOTALS

router = APIRouter(prefix="/api/interventions", tags=["interventions"], route_class=GuardedRoute)


@router.get(
    "/students/{studentId}",
    summary="History of one student",
    response_model=History,
    responses=query(StudentUnknown),
)
async def student_history(
    reading: ReadingDep, student: Annotated[StudentId, Path(alias="studentId")]
) -> Response:
    """All interventions of a student, what happened in them, and every fact of them, in order.

    The look is recorded.
    """
    await reading.caught_up(INTERVENTIONS_OF_STUDENT.model)
    async with reading.look() as look:
        scope = reading.caller.scope()
        rows = await look.rows(INTERVENTIONS_OF_STUDENT, student=student, school=scope)
        if not rows:
            seen = await look.rows(SCHOOL_OF_STUDENT, student=student)
            if not seen or not reading.caller.may_see(seen[0][0]):
                raise StudentUnknown
        facts = await look.rows(FACTS, streams=[key for _, key in rows])
        events = await look.rows(EVENTS_OF_STUDENT, student=student, school=scope)
        totals = await look.rows(TOTALS, student=student, school=scope, **EVER)
        people = await look.people([student])
        await look.note("history", [student])
    return answered(
        {
            "student_id": msgspec.json.encode(student),
            "interventions": joined(doc for doc, _ in rows),
            "events": joined(event for (event,) in events),
            "facts": joined(fact for (fact,) in facts),
            "totals_of_other_systems": joined(total for (total,) in totals),
            "people": msgspec.json.encode(people),
        }
    )


@router.post(
    "/{id}/stages/{stage}/fulfil",
    summary="Say that a stage was done",
    response_model=ReceiptBody,
    responses=command(InterventionUnknown, StageNotEntered, AttemptMissing, ApprovalByPersonOnly),
)
def fulfil_stage(
    desk: PostDesk, intervention: Annotated[InterventionId, Path(alias="id")], stage: Code
) -> Response:
    """Say in your name that what the stage asks for was done: a notice, a call. Its clock stops."""
    opened = desk.founding(intervention, InterventionOpened, InterventionUnknown)
    wish = FulfilStage(intervention_id=intervention, stage=stage, school_id=opened.school_id)
    return receipted(desk.execute(wish))


@router.post(
    "/{id}/stages/{stage}/review",
    summary="Review a stage that lost its support",
    response_model=ReceiptBody,
    responses=command(InterventionUnknown, NothingToReview, ApprovalByPersonOnly),
)
def review_stage(
    desk: PostDesk,
    intervention: Annotated[InterventionId, Path(alias="id")],
    stage: Code,
    body: ReviewBody,
) -> Response:
    """Say in your name what you found: the register no longer supports what was done."""
    desk.founding(intervention, InterventionOpened, InterventionUnknown)
    wish = ReviewCorrection(intervention_id=intervention, stage=stage, outcome=body.outcome)
    return receipted(desk.execute(wish))


@router.post(
    "/{id}/stop",
    summary="Stop an intervention",
    response_model=ReceiptBody,
    responses=command(InterventionUnknown),
)
def stop_intervention(
    desk: PostDesk, intervention: Annotated[InterventionId, Path(alias="id")], body: StopBody
) -> Response:
    """End support in your name, because a guardian gave a reason that the school accepts.

    It goes on by itself when the child is absent again and a stage's condition holds.
    """
    desk.founding(intervention, InterventionOpened, InterventionUnknown)
    wish = StopIntervention(intervention_id=intervention, reason=StopReason(body.reason))
    return receipted(desk.execute(wish))

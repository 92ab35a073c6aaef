"""What people decide about stages: proposals of their own, approval with answers, attempts."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.interventions import DeclineBody
from api.bodies.shared import ReceiptBody
from api.bodies.stages import (
    ApproveBody,
    AttemptBody,
    GuardsOfStage,
    ProposalReceipt,
    ProposeBody,
)
from api.dependencies import Code, GuardedRoute, PostDesk, RightsDep
from api.pages import answered, command, query
from api.problems import OperationDenied
from api.receipts import Desk, founding, receipted
from api.register_looks import RegisterDep, StudentUnknown
from api.stage_views import guards_view
from domain.intervention import refusals as r
from domain.intervention.aggregate import InterventionInstance
from domain.intervention.commands import DeclineStage
from domain.intervention.events import InterventionOpened
from domain.shared.ids import InterventionId, StudentId, TenantId
from domain.shared.stages import Approval
from infrastructure.runtime.proposing_by_hand import NoRuleSet, NotAtSchool, StageUnknown
from infrastructure.vault.errors import SubjectErased
from infrastructure.wiring.stages_by_hand import Tried, Word

router = APIRouter(prefix="/api/interventions", tags=["interventions"], route_class=GuardedRoute)
HEAD = "approve_stage:HEAD"
NO_REASON, NO_ANSWERS = ProposeBody(), ApproveBody()


@router.post(
    "/students/{studentId}/stages/{stage}/propose",
    summary="Propose a stage that only a person decides",
    status_code=HTTPStatus.CREATED,
    response_model=ProposalReceipt,
    responses=command(
        StudentUnknown,
        StageUnknown,
        NoRuleSet,
        NotAtSchool,
        r.StageNotByHand,
        r.StageForbidden,
        r.StageOutOfOrder,
        r.StageTooSoon,
        r.StageNotArmed,
        r.GuardNotMet,
        r.ProposalReasonMissing,
        r.ApprovalByPersonOnly,
        SubjectErased,
    ),
)
def propose_stage(
    at: RegisterDep,
    desk: PostDesk,
    student: Annotated[StudentId, Path(alias="studentId")],
    stage: Code,
    body: ProposeBody = NO_REASON,
) -> Response:
    """Put a stage before whoever approves it, with the register's numbers of this moment.

    Order, gap, exemption and case decide as for the rules' own proposals. The look is recorded.
    """
    with at.look() as look:
        row, school = look.student(student)
        look.note("proposal", [row.student])
    receipt = _word(desk).propose(school, row.student, stage, body.reason)
    return receipted(receipt, HTTPStatus.CREATED, more={"stage": stage})


@router.post(
    "/{id}/stages/{stage}/approve",
    summary="Approve a proposed stage",
    response_model=ReceiptBody,
    responses=command(
        r.InterventionUnknown,
        r.StageNotProposed,
        r.StageForbidden,
        r.StageOutOfOrder,
        r.StageTooSoon,
        r.ApprovalByPersonOnly,
        r.SecondPersonNeeded,
        r.GuardsUnanswered,
        r.GuardUnknown,
        r.GuardDenied,
        r.GuardNotMet,
        SubjectErased,
    ),
)
def approve_stage(
    desk: PostDesk,
    rights: RightsDep,
    intervention: Annotated[InterventionId, Path(alias="id")],
    stage: Code,
    body: ApproveBody = NO_ANSWERS,
) -> Response:
    """Enter the stage in your name. What the head has to approve asks for the head's role.

    What only a person can know is answered here, by guard; what is missing is named with its
    question. Answers about a child's health or home go to the vault.
    """
    opened = desk.founding(intervention, InterventionOpened, r.InterventionUnknown)
    _head_for_head(desk, rights, intervention, stage)
    return receipted(_word(desk).approve(intervention, opened, stage, body.answers))


@router.post(
    "/{id}/stages/{stage}/decline",
    summary="Decline a proposed stage",
    response_model=ReceiptBody,
    responses=command(r.InterventionUnknown, r.StageNotProposed, r.ApprovalByPersonOnly),
)
def decline_stage(
    desk: PostDesk,
    rights: RightsDep,
    intervention: Annotated[InterventionId, Path(alias="id")],
    stage: Code,
    body: DeclineBody,
) -> Response:
    """Say no in your name, with a reason. What the head has to approve only the head declines."""
    desk.founding(intervention, InterventionOpened, r.InterventionUnknown)
    _head_for_head(desk, rights, intervention, stage)
    wish = DeclineStage(intervention_id=intervention, stage=stage, reason=body.reason)
    return receipted(desk.execute(wish))


@router.get(
    "/{id}/stages/{stage}/guards",
    summary="What has to hold before a stage is entered",
    response_model=GuardsOfStage,
    responses=query(r.InterventionUnknown, r.StageNotProposed),
)
def stage_guards(
    at: RegisterDep, intervention: Annotated[InterventionId, Path(alias="id")], stage: Code
) -> Response:
    """Each guard with its question or its numbers of now; of an entered stage, who vouched for it.

    The look is recorded.
    """
    with at.look() as look:
        opened = founding(look.conn, intervention, InterventionOpened)
        if opened is None or not at.caller.may_see(opened.school_id):
            raise r.InterventionUnknown
        state = at.house.ledger.load(look.conn, InterventionInstance, intervention)
        look.note("guards", [opened.student_id])
    word = Word(at.house, TenantId(at.caller.tenant), at.caller.actor, intervention)
    view = guards_view(word, opened, state, stage)
    return answered({name: msgspec.json.encode(part) for name, part in view.items()})


@router.post(
    "/{id}/stages/{stage}/attempts",
    summary="Log an attempt at a meeting",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=command(
        r.InterventionUnknown,
        r.StageNotEntered,
        r.AttemptInFuture,
        r.AttendeeUnknown,
        r.ApprovalByPersonOnly,
        SubjectErased,
    ),
)
def log_attempt(
    desk: PostDesk,
    intervention: Annotated[InterventionId, Path(alias="id")],
    stage: Code,
    body: AttemptBody,
) -> Response:
    """Say in your name how and when you tried to hold a meeting for a stage, and what came of it.

    Where a law asks for an attempt, it is this; what was said goes to the vault.
    """
    opened = desk.founding(intervention, InterventionOpened, r.InterventionUnknown)
    tried = Tried(body.way, body.outcome, body.made_on, body.invited, body.notes)
    receipt = _word(desk).log_attempt(intervention, opened, stage, tried)
    return receipted(receipt, HTTPStatus.CREATED)


def _word(desk: Desk) -> Word:
    who = desk.caller
    return Word(desk.house, TenantId(who.tenant), who.actor, desk.command_id, desk.correlation)


def _head_for_head(
    desk: PostDesk, rights: RightsDep, intervention: InterventionId, stage: Code
) -> None:
    """Refuse who may not decide, yes or no, about what the head has to approve."""
    proposed = desk.state(InterventionInstance, intervention).proposed.get(stage)
    by_head = proposed is not None and proposed.stage.approval is Approval.HEAD
    if by_head and not rights.allows(desk.caller.roles, HEAD):
        raise OperationDenied

"""Steps of a playbook, one by one: each change is a draft of the next version."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.bodies.playbook_steps import StepBody
from api.bodies.shared import ReceiptBody
from api.dependencies import GuardedRoute, PostSeenDesk, PutDesk
from api.pages import change, seen_command
from api.playbook_desk import changeable, step_of
from api.receipts import Desk, receipted
from domain.playbook import refusals as r
from domain.playbook.commands import RevisePlaybook
from domain.playbook.writing import with_step, with_step_changed, without_step
from domain.shared.ids import PlaybookId
from domain.shared.playbooks import Playbook
from infrastructure.store.ledger import Receipt

router = APIRouter(prefix="/api/playbooks/{id}/steps", tags=["playbooks"], route_class=GuardedRoute)


@router.post(
    "",
    summary="Add a step",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=seen_command(r.PlaybookUnknown, r.PlaybookFaulty, r.StepExists),
)
def add_step(
    desk: PostSeenDesk, playbook: Annotated[PlaybookId, Path(alias="id")], body: StepBody
) -> Response:
    """Put a step into the draft, by its order; the version in use stays as it is."""
    told = changeable(desk, playbook)
    receipt = desk.execute(_wish(with_step(told.newest, step_of(body))))
    location = f"/api/playbooks/{playbook}/steps/{body.step_id}"
    return receipted(receipt, HTTPStatus.CREATED, location=location)


@router.put(
    "/{stepId}",
    summary="Change a step",
    response_model=ReceiptBody,
    responses=change(r.PlaybookUnknown, r.PlaybookFaulty, r.StepNotThere, r.StepRenamed),
)
def change_step(
    desk: PutDesk,
    playbook: Annotated[PlaybookId, Path(alias="id")],
    step: Annotated[str, Path(alias="stepId", max_length=40)],
    body: StepBody,
) -> Response:
    """Write a step of the draft anew; its id stays."""
    told = changeable(desk, playbook)
    return receipted(_changed(desk, with_step_changed(told.newest, step, step_of(body))))


@router.delete(
    "/{stepId}",
    summary="Remove a step",
    response_model=ReceiptBody,
    responses=change(r.PlaybookUnknown, r.PlaybookFaulty, r.StepNotThere),
)
def remove_step(
    desk: PutDesk,
    playbook: Annotated[PlaybookId, Path(alias="id")],
    step: Annotated[str, Path(alias="stepId", max_length=40)],
) -> Response:
    """Take a step out of the draft; runs under way keep it."""
    told = changeable(desk, playbook)
    return receipted(_changed(desk, without_step(told.newest, step)))


def _wish(playbook: Playbook) -> RevisePlaybook:
    return RevisePlaybook(playbook=playbook)


def _changed(desk: Desk, playbook: Playbook) -> Receipt:
    wish = _wish(playbook)
    return desk.for_wish(wish).execute(wish)

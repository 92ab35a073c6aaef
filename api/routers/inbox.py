"""The inbox inside the product, and its read receipts."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response

from api.bodies.inbox import InboxPage
from api.bodies.shared import ReceiptBody
from api.dependencies import GuardedRoute, PagingDep, PostDesk, ReadingDep, RightsDep
from api.inbox import page_of, read_receipt, whose
from api.pages import command, paged
from api.receipts import receipted
from domain.message.refusals import MessageUnknown
from domain.shared.ids import MessageId

router = APIRouter(prefix="/api/inbox", tags=["inbox"], route_class=GuardedRoute)


@router.get(
    "",
    summary="What the school has written to a guardian",
    response_model=InboxPage,
    responses=paged(),
)
async def list_inbox(
    reading: ReadingDep,
    rights: RightsDep,
    paging: PagingDep,
    guardian: UUID | None = None,
    student: UUID | None = None,
    school: UUID | None = None,
    unread: bool = False,
) -> Response:
    """Messages in the product, newest first: a guardian's own, or by right of the staff any."""
    filters = {"guardian": whose(reading.caller, rights, guardian), "student": student}
    return await page_of(reading, paging, {**filters, "unread": unread}, school)


@router.post(
    "/{messageId}/read",
    summary="Say that a message was read",
    response_model=ReceiptBody,
    responses=command(MessageUnknown),
)
def mark_read(desk: PostDesk, message: Annotated[MessageId, Path(alias="messageId")]) -> Response:
    """A read receipt of the guardian's own. It is no reply: nobody has said anything."""
    return receipted(read_receipt(desk, message))

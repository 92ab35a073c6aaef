"""Messages: what became of each, what nobody knows, what did not go, and what is stuck."""

from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies import messages as b
from api.bodies.shared import ReceiptBody
from api.dependencies import GuardedRoute, PagingDep, PostDesk, ReadingDep
from api.pages import answered, command, listed, paged, query
from api.reading import SchoolNotKnown, about
from api.receipts import Desk, receipted
from domain.message import commands as c
from domain.message import refusals as r
from domain.message.events import MessageRequested
from domain.shared.contact import Channel
from domain.shared.ids import MessageId
from infrastructure.vault.entry import Entry
from infrastructure.vault.errors import SubjectErased
from projections import message_lists, messages

router = APIRouter(prefix="/api/messages", tags=["messages"], route_class=GuardedRoute)
NOTE = "message_note"


@router.get("", summary="Messages", response_model=b.MessagePage, responses=paged(SchoolNotKnown))
async def list_messages(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    student: UUID | None = None,
    guardian: UUID | None = None,
    channel: Channel | None = None,
    status: b.MessageStatus | None = None,
) -> Response:
    """All messages, the oldest first."""
    filters = {"student": student, "guardian": guardian, "channel": channel, "status": status}
    return await listed(reading, paging, message_lists.PAGE, "messages", filters, school)


@router.get(
    "/unknown",
    summary="Messages of which nobody knows whether they went",
    response_model=b.MessagePage,
    responses=paged(SchoolNotKnown),
)
async def list_unknown_messages(
    reading: ReadingDep, paging: PagingDep, school: UUID | None = None
) -> Response:
    """The longest waiting first. A callback or a person settles each; software never repeats it."""
    return await listed(reading, paging, message_lists.UNKNOWN, "messages", {}, school)


@router.get(
    "/dead",
    summary="Messages that did not go, with who has to see to each",
    response_model=b.MessagePage,
    responses=paged(SchoolNotKnown),
)
async def list_dead_messages(
    reading: ReadingDep, paging: PagingDep, school: UUID | None = None
) -> Response:
    """Failed for good, not delivered, or found not to have been sent: send again or abandon."""
    return await listed(reading, paging, message_lists.DEAD, "messages", {}, school)


@router.get(
    "/stuck",
    summary="Messages that nothing was heard of for too long",
    response_model=b.StuckPage,
    responses=paged(SchoolNotKnown),
)
async def list_stuck_messages(
    reading: ReadingDep, paging: PagingDep, school: UUID | None = None
) -> Response:
    """WAITING longer than `ANSEO_STUCK_AFTER_MINUTES`, or SILENT since its provider took it."""
    settings = reading.door.house.settings
    limits = {
        "waiting": 60 * settings.stuck_after_minutes,
        "silent": 60 * settings.silent_after_minutes,
        "never": list(message_lists.NEVER_REPORT),
    }
    return await listed(reading, paging, message_lists.STUCK, "messages", {}, school, limits)


@router.get(
    "/{id}",
    summary="One message with its whole story",
    response_model=b.MessageDetails,
    responses=query(r.MessageUnknown),
)
async def show_message(
    reading: ReadingDep, message: Annotated[MessageId, Path(alias="id")]
) -> Response:
    """Every attempt, report and decision, in order, each with who and when."""
    await reading.caught_up(messages.ONE.model)
    async with reading.look() as look:
        rows = await look.rows(messages.ONE, key=str(message), school=reading.caller.scope())
        if not rows:
            raise r.MessageUnknown
        document: str = rows[0][0]
        facts = await look.rows(message_lists.FACTS, message=message)
        seen = about([document])
        people = await look.people(
            [one for whom in seen for one in (whom.student_id, whom.guardian_id) if one is not None]
        )
        await look.note("message", [one.student_id for one in seen if one.student_id is not None])
    told = [{"name": n, "at": at, "actor": who, "fact": f} for n, at, who, f in facts]
    parts = {
        "message": document.encode(),
        "facts": msgspec.json.encode(told),
        "people": msgspec.json.encode(people),
    }
    return answered(parts, {"ETag": f'"{len(facts)}"'})


@router.post(
    "/{id}/settle",
    summary="Say what became of a message that nobody knew about",
    response_model=ReceiptBody,
    responses=command(r.MessageUnknown, r.OutcomeKnown, SubjectErased),
)
def settle_message(
    desk: PostDesk, message: Annotated[MessageId, Path(alias="id")], body: b.SettleBody
) -> Response:
    """SENT ends it. NOT_SENT puts it on the list of those that did not go; it may be sent again."""
    asked = desk.founding(message, MessageRequested, r.MessageUnknown)
    reference = _reference(desk, message, body.note)
    wish = c.SettleUnknown(
        message_id=message, finding=body.finding, reason=body.reason, note_ref=reference
    )
    return _put_down(desk, wish, asked, body.note)


@router.post(
    "/{id}/resend",
    summary="Let a message go once more",
    response_model=ReceiptBody,
    responses=command(
        r.MessageUnknown, r.OutcomeStillUnknown, r.MessageOnItsWay, r.MessageTaken, SubjectErased
    ),
)
def resend_message(
    desk: PostDesk, message: Annotated[MessageId, Path(alias="id")], body: b.ResendBody
) -> Response:
    """A new generation under the same key. Consent, exemption and case are looked at once more."""
    asked = desk.founding(message, MessageRequested, r.MessageUnknown)
    reference = _reference(desk, message, body.note)
    wish = c.ResendMessage(
        message_id=message, reason=body.reason, channel=body.channel, note_ref=reference
    )
    return _put_down(desk, wish, asked, body.note)


@router.post(
    "/{id}/abandon",
    summary="Take a message that did not go off the list",
    response_model=ReceiptBody,
    responses=command(
        r.MessageUnknown, r.OutcomeStillUnknown, r.MessageOnItsWay, r.MessageTaken, SubjectErased
    ),
)
def abandon_message(
    desk: PostDesk, message: Annotated[MessageId, Path(alias="id")], body: b.AbandonBody
) -> Response:
    """Nobody tries any more, and the reason stays."""
    asked = desk.founding(message, MessageRequested, r.MessageUnknown)
    reference = _reference(desk, message, body.note)
    wish = c.AbandonMessage(message_id=message, reason=body.reason, note_ref=reference)
    return _put_down(desk, wish, asked, body.note)


def _reference(desk: Desk, message: MessageId, note: str | None) -> UUID | None:
    return None if note is None else desk.reference(f"{NOTE}:{message}", note)


def _put_down(
    desk: Desk,
    wish: c.SettleUnknown | c.ResendMessage | c.AbandonMessage,
    asked: MessageRequested,
    note: str | None,
) -> Response:
    """Execute a wish; what was noted lies under the pupil's key, the fact holds a reference."""
    if note is None or wish.note_ref is None:
        return receipted(desk.execute(wish))
    entry = Entry(wish.note_ref, NOTE, {asked.student_id: {"note": note}})
    return receipted(desk.execute_with_text(wish, entry))

"""Whose inbox is read: a guardian's own by their own token, another's by a right of the staff."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec
from fastapi import Response

from api.dependencies import Paging, Reading
from api.pages import answered
from api.problems import OperationDenied
from api.receipts import Desk
from api.rights import Rights
from api.tokens import Caller
from domain.message.aggregate import Message
from domain.message.commands import RecordOpened
from domain.message.events import MessageRequested, Opening
from domain.message.refusals import MessageUnknown
from domain.shared.contact import Channel
from domain.shared.ids import MessageId
from infrastructure.store.ledger import Receipt
from projections import inbox
from projections.inbox import InboxRow

ANYBODY: Final = "list_inbox:ANYBODY"
SHOWN: Final = ("message_id", "guardian_id", "student_id", "school_id", "arrived_at", "read_at")
NOBODY: Final = UUID(int=0)  # whose inbox is empty


def whose(caller: Caller, rights: Rights, wanted: UUID | None) -> UUID | None:
    """Return the guardian whose inbox the caller may read; None for every guardian's.

    Raises:
        OperationDenied: the inbox is somebody else's.
    """
    if not caller.is_guardian and rights.allows(caller.roles, ANYBODY):
        return wanted
    own = _own(caller)
    if wanted not in {None, own}:
        raise OperationDenied
    return own or NOBODY


async def page_of(
    reading: Reading, paging: Paging, filters: dict[str, object], school: UUID | None
) -> Response:
    """Answer with one page, the words beside each message; the look is recorded."""
    place = paging.place(reading, named := {**filters, "school": school})
    await reading.caught_up(inbox.INBOX.name)
    async with reading.look() as look:
        rows = await look.rows(
            inbox.PAGE,
            **filters,
            school=reading.caller.scope(school),
            after_at=place.at if place else None,
            after_key=place.key if place else None,
            limit=paging.limit + 1,
        )
        page = rows[: paging.limit]
        found = [msgspec.json.decode(row[0], type=InboxRow) for row in page]
        words = await look.texts([one.words_id for one in found])
        await look.note("inbox", {one.student_id for one in found})
    items = [_item(one, words.get(one.words_id, {})) for one in found]
    last = (page[-1][1], page[-1][2]) if len(rows) > len(page) else None
    cursor, headers = paging.following(reading, named, last)
    parts = {"items": msgspec.json.encode(items), "next": msgspec.json.encode(cursor)}
    return answered(parts, headers)


def read_receipt(desk: Desk, message: MessageId) -> Receipt:
    """Record that the guardian whose message it is has read it.

    Raises:
        MessageUnknown: the same for one that is not there and one that is somebody else's.
    """
    requested = desk.founding(message, MessageRequested, MessageUnknown)
    mine = requested.guardian_id == _own(desk.caller)
    if not mine or desk.state(Message, message).past.channel is not Channel.IN_APP:
        raise MessageUnknown
    return desk.execute(RecordOpened(message_id=message, how=Opening.READ_IN_APP))


def _item(row: InboxRow, words: Mapping[str, object]) -> dict[str, object]:
    item: dict[str, object] = msgspec.to_builtins(row)
    shown = {name: item[name] for name in SHOWN}
    return shown | {part: words.get(part) for part in ("subject", "text")}


def _own(caller: Caller) -> UUID | None:
    """Return the guardian that a token is about: its subject is the id that the register has."""
    try:
        return UUID(caller.subject) if caller.is_guardian else None
    except ValueError:
        return None

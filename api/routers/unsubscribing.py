"""One click ends a school's e-mails (RFC 8058). The link is the proof; nobody logs in.

Looking changes nothing: mail scanners and previews open every link. Only the POST does, and it may
come any number of times. What the law asks for is posted from then on, and staff are told.
"""

import re
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Final
from uuid import UUID

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from api.dependencies import GuardedRoute, HouseDep, RawBody
from api.problems import (
    BodyTooLarge,
    DoorProblem,
    FormUnreadable,
    RequestInvalid,
    StoreAway,
    declared,
)
from domain.contact_choice.commands import SuppressChannel
from domain.contact_choice.events import SuppressionCause
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId
from infrastructure.runtime.one_voice import same_mailbox
from infrastructure.vault.unsubscribe_links import BadLink, opened
from infrastructure.wiring.house import House

router = APIRouter(prefix="/u", tags=["unsubscribing"], route_class=GuardedRoute)
ACTOR: Final = "guardian:link"
# Mail programs send the one field as a form of either kind (RFC 8058, 3.2).
_ONE_CLICK: Final = re.compile(
    rb'^List-Unsubscribe=One-Click$|name="List-Unsubscribe"\r?\n\r?\nOne-Click\r?\n'
)
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
}
_PAGE: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>E-mails from school</title>'
    '<meta name="viewport" content="width=device-width">{}</html>'
)
_ASK: Final = _PAGE.format(
    "<h1>E-mails from school</h1><p>End e-mails about attendance to this address? Letters that the"
    " law asks for still come by post.</p>"
    '<p lang="ga">Deireadh le ríomhphoist faoi thinreamh chuig an seoladh seo? Tagann litreacha'
    " dlíthiúla sa phost fós.</p>"
    '<form method="post"><input type="hidden" name="List-Unsubscribe" value="One-Click">'
    "<button>End the e-mails / Cuir deireadh leo</button></form>"
)
_DONE: Final = _PAGE.format(
    "<h1>The e-mails have ended</h1><p>To have them again, tell the school.</p>"
    '<p lang="ga">Tá deireadh leis na ríomhphoist. Abair leis an scoil más mian leat iad arís.</p>'
)


class LinkUnknown(DoorProblem):
    """This link is not one of ours, or not any more; the school can end the e-mails for you."""

    code: ClassVar[str] = "unsubscribe-link-unknown"
    status: ClassVar[HTTPStatus] = HTTPStatus.NOT_FOUND


Token = Annotated[str, Path(min_length=1, max_length=200)]
_REFUSED: Final = (LinkUnknown, RequestInvalid, StoreAway)


def _shown(page: str) -> dict[int | str, dict[str, Any]]:
    schema = {"schema": {"type": "string"}, "example": page}
    return {200: {"description": "A page for people.", "content": {"text/html": schema}}}


@router.get(
    "/{token}",
    summary="Ask whether e-mails are to end",
    response_class=HTMLResponse,
    responses=declared(*_REFUSED) | _shown(_ASK),
)
def unsubscribe_page(house: HouseDep, token: Token) -> HTMLResponse:
    """A page with one button, for people. Nothing changes by looking at it."""
    _whose(house, token)
    return HTMLResponse(_ASK, headers=_HEADERS)


@router.post(
    "/{token}",
    summary="End the e-mails",
    response_class=HTMLResponse,
    responses=declared(*_REFUSED, FormUnreadable, BodyTooLarge) | _shown(_DONE),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/x-www-form-urlencoded": {
                    "schema": {
                        "type": "object",
                        "properties": {"List-Unsubscribe": {"const": "One-Click"}},
                        "required": ["List-Unsubscribe"],
                    },
                    "example": {"List-Unsubscribe": "One-Click"},
                }
            },
        }
    },
)
def unsubscribe(house: HouseDep, token: Token, body: RawBody) -> HTMLResponse:
    """The one click of a mail program, or of the page. Said again, it is said already."""
    if not _ONE_CLICK.search(body):
        raise FormUnreadable
    tenant, guardian, channel = _whose(house, token)
    with house.database.worker() as conn:
        # Whoever reads this mailbox wants no more of them, in whichever parent's name they come.
        readers = same_mailbox(conn, house.vault, tenant, guardian)
    for one in readers:
        wish = SuppressChannel(guardian_id=one, channel=channel, cause=SuppressionCause.UNSUBSCRIBE)
        house.ledger.execute(wish, tenant=tenant, by=ACTOR)
    return HTMLResponse(_DONE, headers=_HEADERS)


def _whose(house: House, token: str) -> tuple[UUID, GuardianId, Channel]:
    """Return whose link it is. One refusal for all that are none: it tells nothing of anybody."""
    try:
        with house.database.worker() as conn:
            return opened(conn, house.vault, token)
    except BadLink:
        raise LinkUnknown from None

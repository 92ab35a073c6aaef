"""What providers call. No token: the signature, over our public address or their bytes, is it."""

from http import HTTPStatus
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from api.dependencies import GuardedRoute, HouseDep, RawBody
from api.inbound import Form, hear, record_status, signed_form
from api.mail_events import signed_events, take_in
from api.problems import (
    BodyMalformed,
    BodyTooLarge,
    FormUnreadable,
    RequestInvalid,
    SignatureWrong,
    StoreAway,
    declared,
)
from domain.message.refusals import MessageUnknown
from domain.shared.ids import MessageId

router = APIRouter(prefix="/api/webhooks", tags=["webhooks"], route_class=GuardedRoute)
STOP_HEARD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Message>'
    "No more texts will come from the school by this number. To have them again, reply START."
    " / Ní thiocfaidh aon téacs eile ón scoil. Freagair START chun iad a fháil arís."
    "</Message></Response>"
)
_CONFIRMED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "A STOP is confirmed, once.",
        "content": {"text/xml": {"schema": {"type": "string"}, "example": STOP_HEARD}},
    }
}
_REFUSED = (SignatureWrong, FormUnreadable, RequestInvalid, BodyTooLarge, StoreAway)


def _form(*fields: str) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in fields}
    example = {"MessageSid": "SM" + "0" * 32} | dict.fromkeys(fields[1:], "…")
    schema = {"type": "object", "properties": properties, "required": ["MessageSid"]}
    content = {"application/x-www-form-urlencoded": {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


async def _signed(request: Request, house: HouseDep, body: RawBody) -> Form:
    return signed_form(request, house.settings, body)


SignedForm = Annotated[Form, Depends(_signed)]


@router.post(
    "/twilio/status/{tenant}/{message}",
    summary="How far a text got",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=declared(*_REFUSED, MessageUnknown),
    openapi_extra=_form("MessageSid", "MessageStatus", "ErrorCode"),
)
def twilio_status(
    house: HouseDep,
    form: SignedForm,
    tenant: UUID,
    message: UUID,
    generation: Annotated[int, Query(ge=0, le=1000)] = 0,
) -> Response:
    """A status callback. Repeats and any order are harmless.

    `generation` stands in the address that we gave with a message that went once more.
    """
    record_status(house, tenant, MessageId(message), form, generation)
    return Response(None, HTTPStatus.NO_CONTENT)


@router.post(
    "/twilio/inbound/{tenant}",
    summary="What a family writes back",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=declared(*_REFUSED) | _CONFIRMED,
    openapi_extra=_form("MessageSid", "From", "To", "Body", "NumMedia", "OptOutType"),
)
def twilio_inbound(house: HouseDep, form: SignedForm, tenant: UUID) -> Response:
    """A text from a family: a STOP, a reply, or nothing of both.

    The one answer of ours is that a STOP was heard, in words that the provider does not know.
    """
    if hear(house, tenant, form):
        return Response(STOP_HEARD, HTTPStatus.OK, media_type="text/xml")
    return Response(None, HTTPStatus.NO_CONTENT)


_EVENT = {"event": "delivered", "sg_event_id": "…", "sg_message_id": "…"}
_EVENTS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"type": "array", "items": {"type": "object"}},
                "example": [_EVENT | {"anseo_tenant": "…", "anseo_message": "…"}],
            }
        },
    }
}


@router.post(
    "/sendgrid/events",
    summary="What became of e-mails",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=declared(SignatureWrong, BodyMalformed, RequestInvalid, BodyTooLarge, StoreAway),
    openapi_extra=_EVENTS,
)
def sendgrid_events(request: Request, house: HouseDep, body: RawBody) -> Response:
    """Signed events, several in a call. Repeats and any order are harmless."""
    take_in(house, signed_events(request, house, body))
    return Response(None, HTTPStatus.NO_CONTENT)

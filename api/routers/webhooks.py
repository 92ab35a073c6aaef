"""What the SMS provider calls. No token: the signature over our public address is the proof."""

from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from api.dependencies import GuardedRoute, HouseDep, RawBody
from api.inbound import Form, hear, record_status, signed_form
from api.problems import (
    BodyTooLarge,
    FormUnreadable,
    RequestInvalid,
    SignatureWrong,
    StoreAway,
    declared,
)
from domain.message.refusals import MessageUnknown
from domain.shared.ids import MessageId

router = APIRouter(prefix="/api/webhooks/twilio", tags=["webhooks"], route_class=GuardedRoute)
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
    "/status/{tenant}/{message}",
    summary="How far a text got",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=declared(*_REFUSED, MessageUnknown),
    openapi_extra=_form("MessageSid", "MessageStatus", "ErrorCode"),
)
def twilio_status(house: HouseDep, form: SignedForm, tenant: UUID, message: UUID) -> Response:
    """A status callback. Repeats and any order are harmless."""
    record_status(house, tenant, MessageId(message), form)
    return Response(None, HTTPStatus.NO_CONTENT)


@router.post(
    "/inbound/{tenant}",
    summary="What a family writes back",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses=declared(*_REFUSED),
    openapi_extra=_form("MessageSid", "From", "To", "Body", "NumMedia", "OptOutType"),
)
def twilio_inbound(house: HouseDep, form: SignedForm, tenant: UUID) -> Response:
    """A text from a family: a STOP, a reply, or nothing of both. It is never answered by us."""
    hear(house, tenant, form)
    return Response(None, HTTPStatus.NO_CONTENT)

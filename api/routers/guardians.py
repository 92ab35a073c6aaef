"""What a guardian chose: consent, preferences, channels that are stopped, and their history."""

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Response

from api import guardian_looks as looks
from api.bodies.guardians import (
    ChoiceHistory,
    ConsentBody,
    GuardianChoices,
    LiftingReason,
    NoticeEmailBody,
    PreferencesBody,
    SuppressionBody,
)
from api.bodies.shared import ReceiptBody
from api.dependencies import GuardedRoute, PostDesk, PutDesk
from api.guardian_looks import GuardianUnknown
from api.pages import JSON, change, command, query
from api.reading import note
from api.receipts import Desk, receipted
from api.register_looks import RegisterDep
from domain.contact_choice import commands as c
from domain.contact_choice.events import LiftReason, SuppressionCause
from domain.contact_choice.refusals import (
    LettersNeverOff,
    LiftedByPersonOnly,
    QuietAllDay,
    SafetyNeverOff,
)
from domain.shared.contact import Channel
from domain.shared.ids import GuardianId

router = APIRouter(
    prefix="/api/guardians/{guardianId}", tags=["guardians"], route_class=GuardedRoute
)
Guardian = Annotated[GuardianId, Path(alias="guardianId")]


@router.get(
    "/preferences",
    summary="What a guardian chose",
    response_model=GuardianChoices,
    responses=query(GuardianUnknown),
)
def show_preferences(at: RegisterDep, guardian: Guardian) -> Response:
    """Consent, preferences and stopped channels as they stand now. The look is recorded."""
    found = _told(at, guardian, "preferences", looks.choices)
    return _json(found, {"ETag": f'"{found["version"]}"'})


@router.get(
    "/history",
    summary="How a guardian's choices came about",
    response_model=ChoiceHistory,
    responses=query(GuardianUnknown),
)
def show_choice_history(at: RegisterDep, guardian: Guardian) -> Response:
    """Every change, the latest first: what, when, by whom. The look is recorded."""
    return _json(_told(at, guardian, "choice history", looks.history))


@router.put(
    "/preferences",
    summary="Set a guardian's preferences",
    response_model=ReceiptBody,
    responses=change(GuardianUnknown, SafetyNeverOff, QuietAllDay),
)
def set_preferences(desk: PutDesk, guardian: Guardian, body: PreferencesBody) -> Response:
    """All of them at once, at the version that you have seen."""
    wish = c.SetPreferences(
        guardian_id=guardian,
        language=body.language,
        channels=tuple(body.channels),
        quiet_from=body.quiet_from,
        quiet_until=body.quiet_until,
        off=tuple(body.off),
    )
    return _done(desk.for_wish(wish), guardian, wish)


@router.post(
    "/consents",
    summary="Record an answer about a channel",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=command(GuardianUnknown, SafetyNeverOff),
)
def record_consent(desk: PostDesk, guardian: Guardian, body: ConsentBody) -> Response:
    """A yes, or a withdrawal, for one purpose; it holds from the next look before a call."""
    wish = c.RecordConsent(
        guardian_id=guardian,
        channel=body.channel,
        given=body.given,
        source=str(body.source),
        purpose=body.purpose,
        basis=body.basis,
    )
    return _done(desk, guardian, wish, HTTPStatus.CREATED)


@router.post(
    "/notice-email",
    summary="Record whether legal notices may come by e-mail",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=command(GuardianUnknown),
)
def record_notice_email(desk: PostDesk, guardian: Guardian, body: NoticeEmailBody) -> Response:
    """Kept apart from all other answers. Without a yes, notices go by post."""
    wish = c.RecordNoticeEmail(guardian_id=guardian, given=body.given, source=str(body.source))
    return _done(desk, guardian, wish, HTTPStatus.CREATED)


@router.post(
    "/suppressions",
    summary="Stop a channel",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=command(GuardianUnknown, LettersNeverOff),
)
def suppress_channel(desk: PostDesk, guardian: Guardian, body: SuppressionBody) -> Response:
    """Nothing more goes out on it, at once; other channels and letters are left alone."""
    wish = c.SuppressChannel(guardian_id=guardian, channel=body.channel, cause=body.cause)
    return _done(desk, guardian, wish, HTTPStatus.CREATED)


@router.delete(
    "/suppressions/{channel}",
    summary="Let a stopped channel be used again",
    response_model=ReceiptBody,
    responses=change(GuardianUnknown, LiftedByPersonOnly),
)
def lift_suppression(
    desk: PutDesk,
    guardian: Guardian,
    channel: Channel,
    reason: LiftingReason,
    cause: Annotated[
        SuppressionCause | None, Query(description="Absent: whatever stands against it.")
    ] = None,
) -> Response:
    """By you, for a reason, at the version that you have seen."""
    wish = c.LiftSuppression(
        guardian_id=guardian, channel=channel, reason=LiftReason(reason.value), cause=cause
    )
    return _done(desk.for_wish(wish), guardian, wish)


def _told(at: RegisterDep, guardian: GuardianId, what: str, shown: Any) -> dict[str, Any]:
    with at.look() as look:
        looks.see_guardian(look.conn, at.caller, guardian)
        told = looks.facts_of(look.conn, at.house.ledger, guardian)
        note(look.conn, at.caller, at.route, what, guardian)
    found: dict[str, Any] = shown(guardian, told)
    return found


def _done(
    desk: Desk,
    guardian: GuardianId,
    wish: c.ContactChoiceCommand,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    with desk.house.database.tenant(desk.caller.tenant) as conn:
        looks.see_guardian(conn, desk.caller, guardian)
    return receipted(desk.execute(wish), status)


def _json(body: object, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(body), HTTPStatus.OK, headers, JSON)

"""The meeting diary."""

from http import HTTPStatus
from typing import Annotated, assert_never
from uuid import UUID

from fastapi import APIRouter, Body, Path, Response

from api.bodies import meetings as b
from api.bodies.shared import ReceiptBody
from api.dependencies import GuardedRoute, PagingDep, PostDesk, PutDesk, ReadingDep
from api.pages import change, command, listed, paged
from api.reading import SchoolNotKnown
from api.receipts import Desk, receipted
from domain.intervention.events import InterventionOpened
from domain.intervention.refusals import InterventionUnknown
from domain.meeting import commands as c
from domain.meeting import refusals as r
from domain.meeting.events import MeetingScheduled, Outcome
from domain.shared.ids import InterventionId, MeetingId, StudentId, anchored_id
from infrastructure.store.ledger import Receipt
from infrastructure.vault.entry import Entry
from infrastructure.vault.errors import SubjectErased
from projections import meeting_diary

router = APIRouter(prefix="/api/meetings", tags=["meetings"], route_class=GuardedRoute)
NOTES = "meeting_notes"


@router.get(
    "", summary="The meeting diary", response_model=b.MeetingPage, responses=paged(SchoolNotKnown)
)
async def list_meetings(
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID | None = None,
    student: UUID | None = None,
    status: b.MeetingStatus | None = None,
) -> Response:
    """Meetings by time."""
    filters = {"student": student, "status": status}
    return await listed(reading, paging, meeting_diary.PAGE, "meetings", filters, school)


@router.post(
    "",
    summary="Agree a meeting",
    status_code=HTTPStatus.CREATED,
    response_model=ReceiptBody,
    responses=command(InterventionUnknown, r.MeetingInThePast),
)
def schedule_meeting(desk: PostDesk, body: b.ScheduleBody) -> Response:
    """Put a time that was agreed with the family in the diary."""
    intervention = InterventionId(body.intervention_id)
    opened = desk.founding(intervention, InterventionOpened, InterventionUnknown)
    day = body.scheduled_at.date()
    meeting = MeetingId(anchored_id(day, "meeting", desk.caller.tenant, desk.command_id))
    wish = c.ScheduleMeeting(
        meeting_id=meeting,
        intervention_id=intervention,
        student_id=opened.student_id,
        school_id=opened.school_id,
        stage=body.stage,
        scheduled_at=body.scheduled_at,
        duration_minutes=body.duration_minutes,
    )
    receipt = desk.execute(wish)
    return receipted(receipt, HTTPStatus.CREATED, location=f"/api/meetings/{receipt.stream}")


@router.put(
    "/{id}",
    summary="Move, hold, miss, cancel or conclude a meeting",
    response_model=ReceiptBody,
    responses=change(
        r.MeetingUnknown,
        r.MeetingInThePast,
        r.MeetingOver,
        r.MeetingNotHeld,
        r.MeetingNotYet,
        SubjectErased,
    ),
)
def change_meeting(
    desk: PutDesk,
    meeting: Annotated[MeetingId, Path(alias="id")],
    body: Annotated[b.ChangeBody, Body()],
) -> Response:
    """Say what became of a meeting, at the version that you have seen."""
    scheduled = desk.founding(meeting, MeetingScheduled, r.MeetingUnknown)
    return receipted(_changed(desk, meeting, scheduled.student_id, body))


def _changed(desk: Desk, meeting: MeetingId, student: StudentId, body: b.ChangeBody) -> Receipt:
    match body:
        case b.MoveBody():
            wish: c.MeetingCommand = c.MoveMeeting(
                meeting_id=meeting, scheduled_at=body.scheduled_at
            )
        case b.HoldBody():
            wish = c.HoldMeeting(
                meeting_id=meeting, held_at=body.held_at, attendees=tuple(body.attendees)
            )
        case b.MissBody():
            wish = c.MissMeeting(meeting_id=meeting)
        case b.CancelBody():
            wish = c.CancelMeeting(meeting_id=meeting, reason=body.reason)
        case b.OutcomeBody(notes=notes):
            if notes is not None:
                return _concluded(desk, meeting, student, body.outcome, notes)
            wish = c.RecordOutcome(meeting_id=meeting, outcome=body.outcome)
        case _:
            assert_never(body)
    return desk.for_wish(wish).execute(wish)


def _concluded(
    desk: Desk, meeting: MeetingId, student: StudentId, outcome: Outcome, notes: str
) -> Receipt:
    """Keep the notes under the student's key; the fact holds a reference."""
    reference = desk.reference(f"{NOTES}:{meeting}", notes)
    wish = c.RecordOutcome(meeting_id=meeting, outcome=outcome, notes_ref=reference)
    entry = Entry(reference, NOTES, {student: {"notes": notes}})
    return desk.for_wish(wish).execute_with_text(wish, entry)

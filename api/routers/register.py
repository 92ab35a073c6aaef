"""A student's register with its history, what nobody has explained, and corrections by hand."""

from datetime import UTC, datetime, time
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.attendance import (
    CorrectionBody,
    CorrectionReceipt,
    RegisterView,
    UnexplainedPage,
)
from api.bodies.student_records import StudentRecord
from api.dependencies import GuardedRoute, PagingDep, PostDesk, ReadingDep
from api.pages import answered, command, paged, query
from api.reading import SchoolNotKnown
from api.receipts import receipted
from api.register_looks import (
    DaysTooMany,
    First,
    KnownAt,
    KnownOn,
    Last,
    RegisterDep,
    StudentUnknown,
    span_of,
)
from domain.register_batch.refusals import ChangedByPersonOnly
from domain.shared.ids import StudentId, TenantId
from infrastructure.clock import school_now
from infrastructure.register import summaries
from infrastructure.register.amendments import amendments, register_view
from infrastructure.register.calendar_view import year_of
from infrastructure.register.record import record_view
from infrastructure.vault.errors import SubjectErased
from infrastructure.wiring import by_hand

router = APIRouter(prefix="/api/attendance", tags=["attendance"], route_class=GuardedRoute)
WHAT = "register"


@router.get(
    "/students/{studentId}/register",
    summary="A student's register with its amendments",
    response_model=RegisterView,
    responses=query(StudentUnknown, DaysTooMany),
)
def show_register(
    at: RegisterDep,
    student: Annotated[UUID, Path(alias="studentId")],
    first: First = None,
    last: Last = None,
    known_on: KnownOn = None,
    known_at: KnownAt = None,
) -> Response:
    """As corrected by now, or as known then. The look is recorded, reasons come from the vault."""
    with at.look() as look:
        row, school = look.student(student)
        today = school_now(look.conn).date()
        usual = year_of(look.conn, look.tenant, school, first or today)
        span = span_of(first or usual[0], last or max(today, first or today))
        place = (look.conn, look.tenant)
        position = look.position(school, known_on, known_at)
        view = register_view(*place, school, row.student, span, position)
        found = amendments(*place, school.school, row.student, span, position)
        batches = [one.after.batch for one in found if one.by_hand]
        said = at.house.vault.get_many(look.conn, look.tenant, batches)
        view["amendments"] = [
            one.as_json(said.get(one.after.batch, {}).get("reason")) for one in found
        ]
        view["people"] = look.people([row.student])
        look.note(WHAT, [row.student])
    return answered({name: msgspec.json.encode(part) for name, part in view.items()})


@router.get(
    "/students/{studentId}/record",
    summary="A student's enrolment, household and guardians",
    response_model=StudentRecord,
    responses=query(StudentUnknown),
)
def show_record(
    at: RegisterDep,
    student: Annotated[UUID, Path(alias="studentId")],
    known_on: KnownOn = None,
    known_at: KnownAt = None,
) -> Response:
    """As known now, or as known then, with every version. The look is recorded."""
    with at.look() as look:
        row, school = look.student(student)
        position = look.position(school, known_on, known_at)
        view = record_view(look.conn, look.tenant, row.student, position)
        guardians = [one["guardian_id"] for one in view["guardians"]]
        view["people"] = look.people([row.student, *guardians])
        look.note("record", [row.student])
    return answered({name: msgspec.json.encode(part) for name, part in view.items()})


@router.get(
    "/unexplained",
    summary="Absences that nobody has explained",
    response_model=UnexplainedPage,
    responses=paged(SchoolNotKnown, DaysTooMany),
)
def list_unexplained(
    at: RegisterDep,
    reading: ReadingDep,
    paging: PagingDep,
    school: UUID,
    first: First = None,
    last: Last = None,
) -> Response:
    """Of one school, since the school year began if no days are named; the looks are recorded."""
    filters: dict[str, object] = {"school": school, "from": first, "to": last}
    place = paging.place(reading, filters)
    with at.look() as look:
        row = look.school(school)
        until = last or school_now(look.conn).date()
        span = span_of(first or year_of(look.conn, look.tenant, row, until)[0], until)
        position = look.position(row, None, None)
        known = summaries.register_of(look.conn, look.tenant, row, span, position)
        found = summaries.unexplained_in(known, span)
        keyed = [(f"{one['date']} {one['student_id']}", one) for one in found]
        rows = [(key, one) for key, one in keyed if place is None or key > place.key]
        page = [one for _, one in rows[: paging.limit]]
        students = {one["student_id"] for one in page}
        people = look.people(students)
        look.note("unexplained", students)
    more = len(rows) > len(page)
    after = (datetime.combine(until, time(), UTC), rows[paging.limit - 1][0]) if more else None
    cursor, headers = paging.following(reading, filters, after)
    parts = {"items": page, "people": people, "next": cursor}
    return answered({name: msgspec.json.encode(part) for name, part in parts.items()}, headers)


@router.post(
    "/corrections",
    summary="Correct a mark",
    status_code=HTTPStatus.CREATED,
    response_model=CorrectionReceipt,
    responses=command(
        StudentUnknown,
        by_hand.MarkUnknown,
        by_hand.CodeUnknown,
        by_hand.DayNotCome,
        by_hand.NotOnRoll,
        by_hand.SchoolClosed,
        by_hand.MarkedByHalves,
        ChangedByPersonOnly,
        SubjectErased,
    ),
)
def correct_mark(at: RegisterDep, desk: PostDesk, body: CorrectionBody) -> Response:
    """Correct one mark, or take it back, in your name and with a reason. Nothing is overwritten."""
    with at.look() as look:
        student, school = look.student(body.student_id)
    wish = by_hand.Correction(
        student=StudentId(body.student_id),
        on=body.date,
        session=body.session,
        code=body.code,
        minutes_late=body.minutes_late,
        reason=body.reason,
    )
    hand = by_hand.Hand(
        desk.house,
        TenantId(desk.caller.tenant),
        desk.caller.actor,
        desk.command_id,
        desk.correlation,
    )
    receipt = hand.correct(wish, student, school)
    return receipted(receipt, HTTPStatus.CREATED, more={"batch": str(hand.batch)})

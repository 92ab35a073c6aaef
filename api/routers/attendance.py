"""What the register says: summaries of days, a student's register with its amendments."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Query, Response

from api.bodies.attendance import SummaryPage
from api.bodies.records import Day
from api.dependencies import GuardedRoute, PagingDep, ReadingDep
from api.pages import answered, paged
from api.reading import SchoolNotKnown
from api.register_looks import (
    DaysTooMany,
    First,
    KnownAt,
    KnownOn,
    Last,
    RegisterDep,
    RegisterLook,
    StudentUnknown,
    span_of,
)
from domain.kernel.refusals import Invalid
from infrastructure.clock import machine_now, school_now
from infrastructure.register import summaries

router = APIRouter(prefix="/api/attendance", tags=["attendance"], route_class=GuardedRoute)
WHAT = "attendance"


class SummariesUnclear(Invalid):
    """Name a student, from a day to a day, or a school and a date."""

    code = "summaries-unclear"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose days are asked for, and as known when."""

    student: UUID | None
    first: date | None
    last: date | None
    school: UUID | None
    on: date | None
    known_on: date | None
    known_at: int | None

    @property
    def of_student(self) -> bool:
        """Whether one student's days are asked for, or one day of a school.

        Raises:
            SummariesUnclear: when it is neither, or both.
        """
        if self.student is not None and self.school is None and self.on is None:
            return True
        if self.school is not None and self.student is None and self.on is not None:
            return False
        raise SummariesUnclear


async def _wanted(
    student: UUID | None = None,
    first: First = None,
    last: Last = None,
    school: UUID | None = None,
    on: Annotated[Day | None, Query(alias="date", description="The day, with a school.")] = None,
    known_on: KnownOn = None,
    known_at: KnownAt = None,
) -> Wanted:
    return Wanted(student, first, last, school, on, known_on, known_at)


@router.get(
    "/summaries",
    summary="Summaries of school days",
    response_model=SummaryPage,
    responses=paged(SummariesUnclear, StudentUnknown, SchoolNotKnown, DaysTooMany),
)
def list_summaries(
    at: RegisterDep,
    reading: ReadingDep,
    paging: PagingDep,
    wanted: Annotated[Wanted, Depends(_wanted)],
) -> Response:
    """AttendanceDailySummary, as known now or then; each look at a child is recorded."""
    filters = asdict(wanted)
    place = paging.place(reading, filters)
    after = place.key if place else ""
    with at.look() as look:
        if wanted.of_student:
            rows = [row for row in _of_student(look, wanted) if row["date"].isoformat() > after]
        else:
            rows = _of_school(look, wanted, after, paging.limit)
        page = rows[: paging.limit]
        students = {row["student_id"] for row in page}
        people = look.people(students)
        look.note(WHAT, students)
    following = None
    if len(rows) > len(page):
        key = "date" if wanted.of_student else "student_id"
        following = datetime.combine(page[-1]["date"], time(), UTC), str(page[-1][key])
    cursor, headers = paging.following(reading, filters, following)
    parts = {"items": page, "people": people, "next": cursor}
    return answered({name: msgspec.json.encode(part) for name, part in parts.items()}, headers)


def _of_student(look: RegisterLook, wanted: Wanted) -> list[dict[str, Any]]:
    assert wanted.student is not None  # noqa: S101  `of_student` says so
    row, school = look.student(wanted.student)
    until = wanted.last or school_now(look.conn).date()
    days = span_of(wanted.first or until, until)
    position = look.position(school, wanted.known_on, wanted.known_at)
    known = summaries.register_of(look.conn, look.tenant, school, days, position)
    return summaries.of_students(known, [row.student], days, machine_now())


def _of_school(look: RegisterLook, wanted: Wanted, after: str, limit: int) -> list[dict[str, Any]]:
    assert wanted.school is not None  # noqa: S101  `of_student` says so
    assert wanted.on is not None  # noqa: S101  `of_student` says so
    row, days = look.school(wanted.school), (wanted.on, wanted.on)
    position = look.position(row, wanted.known_on, wanted.known_at)
    known = summaries.register_of(look.conn, look.tenant, row, days, position)
    there = [one for one in summaries.pupils_on(known, wanted.on) if str(one) > after]
    return summaries.of_students(known, there[: limit + 1], days, machine_now())

"""What was said to and about one person, in order: every fact of it, with its words."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.timelines import Timeline
from api.dependencies import GuardedRoute, Paging, PagingDep, Reading, ReadingDep
from api.guardian_looks import GuardianUnknown
from api.looks import SCHOOL_OF_STUDENT
from api.pages import answered, paged
from api.reading import Looking, joined
from api.register_looks import StudentUnknown
from api.timeline_looks import (
    FACTS_AFTER,
    MODELS,
    OF_GUARDIAN,
    OF_STUDENT,
    entries,
    place_of,
    references,
)
from domain.contact_choice.commands import contact_choice_id
from domain.shared.ids import GuardianId, StudentId

router = APIRouter(prefix="/api/timelines", tags=["records"], route_class=GuardedRoute)


@router.get(
    "/students/{studentId}",
    summary="All that was said about a pupil",
    response_model=Timeline,
    responses=paged(StudentUnknown),
)
async def student_timeline(
    reading: ReadingDep, paging: PagingDep, student: Annotated[StudentId, Path(alias="studentId")]
) -> Response:
    """Stages, letters, meetings, runs, messages and answers of one pupil, oldest first.

    The look is recorded.
    """
    for model in MODELS:
        await reading.caught_up(model)
    async with reading.look() as look:
        scope = reading.caller.scope()
        rows = await look.rows(OF_STUDENT, student=student, school=scope)
        if not rows:
            seen = await look.rows(SCHOOL_OF_STUDENT, student=student)
            if not seen or not reading.caller.may_see(seen[0][0]):
                raise StudentUnknown
        return await _told(reading, paging, look, [stream for stream, _ in rows], [student])


@router.get(
    "/guardians/{guardianId}",
    summary="All that was said to a guardian",
    response_model=Timeline,
    responses=paged(GuardianUnknown),
)
async def guardian_timeline(
    reading: ReadingDep,
    paging: PagingDep,
    guardian: Annotated[GuardianId, Path(alias="guardianId")],
) -> Response:
    """Runs, messages, answers and choices of one guardian, oldest first; of no other guardian.

    The look is recorded for each pupil that it was about.
    """
    for model in MODELS:
        await reading.caught_up(model)
    async with reading.look() as look:
        scope = reading.caller.scope()
        rows = await look.rows(OF_GUARDIAN, guardian=guardian, school=scope)
        if not rows:
            raise GuardianUnknown
        streams = [stream for stream, _ in rows]
        pupils = sorted({StudentId(student) for _, student in rows})
        return await _told(
            reading, paging, look, [*streams, str(contact_choice_id(guardian))], pupils, guardian
        )


async def _told(
    reading: Reading,
    paging: Paging,
    look: Looking,
    streams: list[str],
    pupils: list[StudentId],
    guardian: GuardianId | None = None,
) -> Response:
    about: dict[str, object] = {"of": guardian or pupils[0]}
    place = place_of(paging.place(reading, about))
    rows = await look.rows(FACTS_AFTER, streams=streams, after=place, limit=paging.limit + 1)
    page = rows[: paging.limit]
    texts = await look.texts(references(page))
    people = await look.people([*pupils, *([guardian] if guardian else [])])
    await look.note("timeline", pupils)
    last = (page[-1][2], str(page[-1][0])) if len(rows) > len(page) else None
    cursor, headers = paging.following(reading, about, last)
    parts: dict[str, Any] = {"people": people, "next": cursor}
    return answered(
        {"entries": joined(entries(page, texts))}
        | {name: msgspec.json.encode(part) for name, part in parts.items()},
        headers,
    )

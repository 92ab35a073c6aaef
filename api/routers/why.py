"""Why was nothing sent: from the register to the provider, in codes and words."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Response

from api.bodies.records import Day
from api.bodies.why import WhyAnswer
from api.dependencies import GuardedRoute
from api.pages import answered, query
from api.register_looks import RegisterDep, RegisterLook, StudentUnknown
from domain.kernel.refusals import Invalid
from domain.shared.ids import GuardianId, StudentId
from infrastructure.register import reads
from infrastructure.runtime.explaining import why
from projections.why import WENT, answer

router = APIRouter(prefix="/api/why", tags=["runs"], route_class=GuardedRoute)
CODE = Query(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")
ON = Query(description="The day at the school; without one, all that is known.")


class WhyUnclear(Invalid):
    """Name a pupil or a guardian."""

    code = "why-unclear"


@router.get(
    "",
    summary="Why nothing was sent",
    response_model=WhyAnswer,
    responses=query(StudentUnknown, WhyUnclear),
)
def why_nothing_was_sent(
    at_register: RegisterDep,
    student: UUID | None = None,
    guardian: UUID | None = None,
    on: Annotated[Day | None, ON] = None,
    stage: Annotated[str | None, CODE] = None,
) -> Response:
    """Walk from the register to the provider, for a pupil, a guardian or one of both.

    The look is recorded. Codes stay; words may be put better.
    """
    whom = None if guardian is None else GuardianId(guardian)
    with at_register.look() as look:
        answers = []
        for pupil in _pupils(look, student, whom):
            row, school = look.student(pupil)
            found = why(look.conn, look.tenant, row, school, on=on, stage=stage, guardian=whom)
            answers.append(_answered(pupil, found))
        seen = {UUID(str(one["student_id"])) for one in answers}
        guardians = {f.guardian_id for one in answers for f in one["findings"] if f.guardian_id}
        people = look.people(seen | guardians)
        look.note("why", seen)
    parts = {"answers": answers, "people": people}
    return answered({name: msgspec.json.encode(part) for name, part in parts.items()})


def _pupils(
    look: RegisterLook, student: UUID | None, guardian: GuardianId | None
) -> list[StudentId]:
    """Return whom it is asked about: the one named, or the guardian's pupils in scope.

    Raises:
        StudentUnknown: there is none in the caller's schools.
        WhyUnclear: nobody was named.
    """
    if student is not None:
        return [StudentId(student)]
    if guardian is None:
        raise WhyUnclear
    links = reads.students_of(look.conn, look.tenant, [guardian])[guardian]
    rows = reads.students(look.conn, look.tenant, students=[link.student for link in links])
    seen = [row.student for row in rows if row.school and look.caller.may_see(row.school)]
    if not seen:
        raise StudentUnknown
    return seen


def _answered(pupil: StudentId, found: list[Any]) -> dict[str, Any]:
    decides = answer(found)
    went = decides.code in WENT
    return {"student_id": pupil, "sent": went, "answer": decides, "findings": found}

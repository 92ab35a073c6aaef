"""Exemptions: granted, listed, ended. Kind and reason lie in the vault."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Path, Response

from api.bodies.records import ExemptionBody, ExemptionList, ExemptionReceipt
from api.bodies.shared import ReceiptBody
from api.dependencies import GuardedRoute, PostDesk, ReadingDep
from api.looks import SCHOOL_OF_STUDENT, ZONE_OF_SCHOOL
from api.pages import answered, command, query
from api.receipts import receipted
from api.register_looks import StudentUnknown
from domain.exemption.commands import EndExemption, GrantExemption
from domain.exemption.kinds import effect_of
from domain.exemption.refusals import ExemptionEndsBeforeStart, ExemptionUnknown
from domain.shared.ids import SchoolId, StudentId, derived_id
from infrastructure.vault.entry import Entry
from infrastructure.vault.errors import SubjectErased
from projections import exemptions
from projections.exemptions import ExemptionLine, ExemptionsRow

router = APIRouter(prefix="/api/exemptions", tags=["exemptions"], route_class=GuardedRoute)
REASON = "exemption_reason"


@router.post(
    "",
    summary="Grant an exemption",
    status_code=HTTPStatus.CREATED,
    response_model=ExemptionReceipt,
    responses=command(StudentUnknown, ExemptionEndsBeforeStart, SubjectErased),
)
def grant_exemption(desk: PostDesk, body: ExemptionBody) -> Response:
    """From a day on, rules leave this student alone. Kind and reason go to the vault.

    A child with a worker of its own is not left alone: the school is asked to tell the worker.
    """
    student = StudentId(body.student_id)
    school = desk.student(student, StudentUnknown)
    exemption = derived_id("exemption", desk.command_id)
    reference = desk.reference(REASON, f"{body.kind} {body.reason}")
    wish = GrantExemption(
        student_id=student,
        exemption=exemption,
        starts_on=body.starts_on,
        until=body.until,
        reason_ref=reference,
        effect=effect_of(body.kind),
        school_id=SchoolId(school),
    )
    entry = Entry(reference, REASON, {student: {"reason": body.reason, "kind": str(body.kind)}})
    receipt = desk.execute_with_text(wish, entry)
    return receipted(receipt, HTTPStatus.CREATED, more={"exemption": str(exemption)})


@router.get(
    "/students/{studentId}",
    summary="Exemptions of a student",
    response_model=ExemptionList,
    responses=query(StudentUnknown),
)
async def list_exemptions(
    reading: ReadingDep, student: Annotated[StudentId, Path(alias="studentId")]
) -> Response:
    """All exemptions, with kind and reason from the vault. The look is recorded."""
    await reading.caught_up("exemptions")
    async with reading.look() as look:
        seen = await look.rows(SCHOOL_OF_STUDENT, student=student)
        if not seen or not reading.caller.may_see(seen[0][0]):
            raise StudentUnknown
        zones = await look.rows(ZONE_OF_SCHOOL, school=seen[0][0])
        zone = ZoneInfo(zones[0][0] if zones else "UTC")
        today = (await look.school_now()).astimezone(zone).date()
        rows = await look.rows(exemptions.OF_STUDENTS, students=[student])
        lines = [
            x for (doc,) in rows for x in msgspec.json.decode(doc, type=ExemptionsRow).exemptions
        ]
        said = await look.texts(line.reason_ref for line in lines if line.reason_ref)
        people = await look.people([student])
        await look.note("exemptions", [student])
    items = [_item(line, holds=line.holds_on(today), said=said) for line in lines]
    return answered(
        {
            "student_id": msgspec.json.encode(student),
            "exemptions": msgspec.json.encode(items),
            "people": msgspec.json.encode(people),
        }
    )


def _item(
    line: ExemptionLine, *, holds: bool, said: dict[UUID, dict[str, str]]
) -> dict[str, object]:
    text = said.get(line.reason_ref, {}) if line.reason_ref else {}
    shown = {name: getattr(line, name) for name in line.__struct_fields__ if name != "reason_ref"}
    return {**shown, "holds": holds, "kind": text.get("kind"), "reason": text.get("reason")}


@router.post(
    "/students/{studentId}/{exemption}/end",
    summary="End an exemption",
    response_model=ReceiptBody,
    responses=command(StudentUnknown, ExemptionUnknown),
)
def end_exemption(
    desk: PostDesk, student: Annotated[StudentId, Path(alias="studentId")], exemption: UUID
) -> Response:
    """It holds no longer from today; the rules look again in the evening."""
    desk.student(student, StudentUnknown)
    return receipted(desk.execute(EndExemption(student_id=student, exemption=exemption)))

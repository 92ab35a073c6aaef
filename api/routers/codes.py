"""What the codes of a register mean."""

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from api.bodies.codes import CodeList
from api.dependencies import GuardedRoute, ReadingDep
from api.pages import answered, query
from domain.attendance.jurisdictions import JurisdictionUnknown, jurisdiction
from domain.kernel.refusals import Invalid

router = APIRouter(prefix="/api", tags=["codes"], route_class=GuardedRoute)


class JurisdictionNotKnown(Invalid):
    """The place is not known: write IE, GB-ENG, GB-WLS, GB-SCT, GB-NIR, US, or a state: US-CA."""

    code = "jurisdiction-unknown"


@router.get(
    "/codes",
    summary="What codes mean",
    response_model=CodeList,
    responses=query(JurisdictionNotKnown),
)
async def list_codes(
    reading: ReadingDep,
    place: Annotated[
        str, Query(alias="jurisdiction", max_length=20, examples=["GB-ENG", "IE", "US-CA"])
    ],
    on: Annotated[date | None, Query(alias="date", description="Today if left out.")] = None,
) -> Response:
    """Codes that may stand in a register of a day. Other codes are set aside at import."""
    try:
        found = jurisdiction(place)
    except JurisdictionUnknown:
        raise JurisdictionNotKnown from None
    if on is None:
        async with reading.look() as look:
            on = (await look.school_now()).date()
    table = found.table
    parts = {
        "jurisdiction": found.code,
        "date": on,
        "version": table.version,
        "completeness": table.completeness.value,
        "note": table.note,
        "authorised": table.words.authorised,
        "unauthorised": table.words.unauthorised,
        "items": [row.as_dict() for row in table.in_force(on)],
    }
    return answered({name: msgspec.json.encode(value) for name, value in parts.items()})

"""Pages of read models, and what OpenAPI says that queries and commands may answer with."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import msgspec
from fastapi import Response

from api import problems as p
from api.dependencies import Paging, Reading
from api.reading import about, assembled, joined
from domain.kernel.refusals import CommandReused, Conflict
from projections.kit import Query

JSON: Final = "application/json"
_GUARDED: Final = (p.TokenMissing, p.TokenRefused, p.OperationDenied, p.RequestInvalid, p.StoreAway)
_BODIED: Final = (p.BodyMalformed, p.BodyTooLarge, CommandReused)


def query(*more: p.Declared) -> dict[int | str, dict[str, Any]]:
    """Declare what a query may answer with besides its rows."""
    return p.declared(*_GUARDED, p.ReadModelBehind, *more)


def paged(*more: p.Declared) -> dict[int | str, dict[str, Any]]:
    """Declare what a list may answer with besides its page."""
    return query(p.CursorMalformed, *more)


def command(*more: p.Declared) -> dict[int | str, dict[str, Any]]:
    """Declare what a POST may answer with besides its receipt."""
    return p.declared(*_GUARDED, *_BODIED, p.KeyMissing, p.KeyMalformed, Conflict, *more)


def seen_command(*more: p.Declared) -> dict[int | str, dict[str, Any]]:
    """Declare what a POST may answer with that also names the version that was seen."""
    headers = (p.PreconditionMissing, p.PreconditionMalformed, p.VersionMoved)
    return command(*headers, *more)


def change(*more: p.Declared) -> dict[int | str, dict[str, Any]]:
    """Declare what a PUT may answer with besides its receipt."""
    headers = (p.PreconditionMissing, p.PreconditionMalformed, p.VersionMoved)
    return p.declared(*_GUARDED, *_BODIED, *headers, *more)


async def listed(
    reading: Reading,
    paging: Paging,
    rows_of: Query,
    what: str,
    filters: Mapping[str, object],
    school: UUID | None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """Answer with one page: documents as they are, names beside them, the look recorded.

    `more` is what the query asks for besides the filters, which a cursor belongs to.
    """
    place = paging.place(reading, named := {**filters, "school": school})
    await reading.caught_up(rows_of.model)
    async with reading.look() as look:
        rows = await look.rows(
            rows_of,
            **{**filters, **(more or {})},
            school=reading.caller.scope(school),
            after_at=place.at if place else None,
            after_key=place.key if place else None,
            limit=paging.limit + 1,
        )
        await look.known(school, found=bool(rows))
        page = rows[: paging.limit]
        seen = about(documents := [row[0] for row in page])
        people = await look.people(set().union(*(one.persons for one in seen)))
        await look.note(what, {one.student_id for one in seen if one.student_id is not None})
    last = (page[-1][1], page[-1][2]) if len(rows) > len(page) else None
    cursor, headers = paging.following(reading, named, last)
    return answered(
        {
            "items": joined(documents),
            "people": msgspec.json.encode(people),
            "next": msgspec.json.encode(cursor),
        },
        headers,
    )


def answered(parts: Mapping[str, bytes], headers: Mapping[str, str] | None = None) -> Response:
    """Return one JSON object of ready parts."""
    return Response(assembled(parts), HTTPStatus.OK, dict(headers or {}), JSON)

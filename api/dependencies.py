"""What routes are handed: the house, the caller, the id of a command, a look at read models."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Header, Path, Query, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from api.answers import correlation_of
from api.cursors import Cursors, Place
from api.metrics import Metrics
from api.problems import OperationDenied, TokenMissing
from api.reading import Looking, looking, wait_for
from api.receipts import Desk
from api.rights import Rights
from api.tokens import Caller, Tokens
from domain.shared.ids import derived_id
from infrastructure.store.database import AsyncPool
from infrastructure.wiring.house import House

VISIBLE: Final = r"^[\x21-\x7e]{1,255}$"
ETAG: Final = r'^"(0|[1-9][0-9]{0,17})"$'
LARGEST_POSITION: Final = 2**63 - 1
_BEARER: Final = "bearer "
_NUL: Final = "\0"
_NUL_IN_JSON: Final = rb"\u0000"


@dataclass(slots=True)
class Door:
    """What one application holds; the house stays the owner of everything below."""

    house: House
    tokens: Tokens
    rights: Rights
    cursors: Cursors
    metrics: Metrics
    pool: AsyncPool | None = None


def door_of(request: Request) -> Door:
    """Return the door that a request came through."""
    door: Door = request.app.state.door
    return door


class GuardedRoute(APIRoute):
    """A route that asks for a token and a right before it reads the body or anything else.

    It is the class of every route, so no route can forget to ask; operations without a token are
    named, with their reason, in the file of rights. A filter that no route knows is refused: a
    slip of the pen would otherwise answer with everything.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler behind the guard."""
        handle = super().get_route_handler()
        known = set(_asked_of(self.dependant))

        async def guarded(request: Request) -> Response:
            if not door_of(request).rights.is_open(self.name):
                request.state.caller = admitted(request, self.name)
                unknown = sorted({*request.query_params} - known)
                odd = [{"type": "extra_forbidden", "loc": ("query", one)} for one in unknown]
                odd += [{"type": "nul", "loc": place} for place in await _nul(request)]
                if odd:
                    raise RequestValidationError(odd)
            return await handle(request)

        return guarded


async def _nul(request: Request) -> list[tuple[str, ...]]:
    """Return where a request holds a NUL, which no text of the database can.

    A fact with one would hold up whoever reads it into a table.
    """
    found = [("query", name) for name, text in request.query_params.items() if _NUL in text]
    said = request.headers.get("content-type", "json")
    if "json" in said and _NUL_IN_JSON in await request.body():
        return [*found, ("body",)]
    return [*found]


def _asked_of(dependant: Dependant) -> Iterator[str]:
    """Yield the names of the query parameters that a route and its dependencies read."""
    yield from (one.alias for one in dependant.query_params)
    for below in dependant.dependencies:
        yield from _asked_of(below)


def admitted(request: Request, operation: str) -> Caller:
    """Return who asks.

    Raises:
        TokenMissing: without a bearer token.
        TokenRefused: with a bad one.
        OperationDenied: when no role of the caller may do this.
    """
    door = door_of(request)
    given = request.headers.get("authorization", "")
    if given[: len(_BEARER)].lower() != _BEARER:
        raise TokenMissing
    caller = door.tokens.verify(given[len(_BEARER) :].strip())
    if not door.rights.allows(caller.roles, operation):
        raise OperationDenied
    return caller


async def _door(request: Request) -> Door:
    return door_of(request)


async def _house(request: Request) -> House:
    return door_of(request).house


async def _caller(request: Request) -> Caller:
    caller: Caller = request.state.caller
    return caller


async def _rights(request: Request) -> Rights:
    return door_of(request).rights


DoorDep = Annotated[Door, Depends(_door)]
HouseDep = Annotated[House, Depends(_house)]
RightsDep = Annotated[Rights, Depends(_rights)]
CallerDep = Annotated[Caller, Depends(_caller)]


async def _posting(
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            pattern=VISIBLE,
            description="Send the same key to ask again: the same answer comes, for ever.",
            examples=["6d1f7a52-approve-letter-1"],
        ),
    ],
) -> Desk:
    command_id = derived_id("request", caller.tenant, caller.actor, _name(request), key)
    return Desk(house, caller, command_id, correlation_of(request))


Seen = Annotated[
    str,
    Header(
        alias="If-Match",
        pattern=ETAG,
        description="The ETag of what you have seen; a change meanwhile is answered by 412.",
        examples=['"3"'],
    ),
]


async def _changing(
    request: Request,
    house: HouseDep,
    caller: CallerDep,
    seen: Seen,
) -> Desk:
    # The receipt of a repeated PUT comes again: its id is made of the version and the wish.
    command_id = derived_id("request", caller.tenant, caller.actor, _name(request), seen)
    return Desk(house, caller, command_id, correlation_of(request), expecting=int(seen.strip('"')))


async def _posting_seen(
    desk: Annotated[Desk, Depends(_posting)],
    seen: Seen,
) -> Desk:
    return replace(desk, expecting=int(seen.strip('"')))


def _name(request: Request) -> str:
    route: APIRoute = request.scope["route"]
    return route.name


PostDesk = Annotated[Desk, Depends(_posting)]
PostSeenDesk = Annotated[Desk, Depends(_posting_seen)]
PutDesk = Annotated[Desk, Depends(_changing)]


@dataclass(frozen=True, slots=True)
class Reading:
    """A query of one caller."""

    request: Request
    door: Door
    caller: Caller
    after: int | None

    @property
    def route(self) -> str:
        """The route as the record of looks names it: its template, so that no id is in it twice."""
        route: APIRoute = self.request.scope["route"]
        return f"{self.request.method} {route.path}"

    @property
    def _pool(self) -> AsyncPool:
        if self.door.pool is None:
            raise RuntimeError("the application was not started")
        return self.door.pool

    def look(self) -> AbstractAsyncContextManager[Looking]:
        """Open a transaction for one look."""
        return looking(self._pool, self.door.house.vault, self.caller, self.route)

    async def caught_up(self, model: str) -> None:
        """Wait for the position that the client asked to see, if any."""
        await wait_for(self._pool, self.caller, model, self.after)


AfterParam = Annotated[
    int | None,
    Query(
        ge=0,
        le=LARGEST_POSITION,
        description="A position from a receipt: wait up to 2 s until it can be seen here.",
    ),
]


async def _reading(
    request: Request, door: DoorDep, caller: CallerDep, after: AfterParam = None
) -> Reading:
    return Reading(request, door, caller, after)


ReadingDep = Annotated[Reading, Depends(_reading)]


@dataclass(frozen=True, slots=True)
class Paging:
    """One page of a list: how long, and behind which place."""

    limit: int
    cursor: str | None

    def place(self, reading: Reading, filters: dict[str, object]) -> Place | None:
        """Return the place behind which to go on."""
        if self.cursor is None:
            return None
        return reading.door.cursors.read(self.cursor, _about(reading, filters))

    def following(
        self, reading: Reading, filters: dict[str, object], last: tuple[datetime, str] | None
    ) -> tuple[str | None, dict[str, str]]:
        """Return the cursor of the next page, and the Link header that leads there."""
        if last is None:
            return None, {}
        cursor = reading.door.cursors.write(Place(*last), _about(reading, filters))
        url = reading.request.url
        asked = [
            (name, value)
            for name, value in reading.request.query_params.multi_items()
            if name not in {"cursor", "after"}
        ]
        return cursor, {
            "Link": f'<{url.path}?{urlencode([*asked, ("cursor", cursor)])}>; rel="next"'
        }


def _about(reading: Reading, filters: dict[str, object]) -> dict[str, object]:
    return {"tenant": reading.caller.tenant, "route": reading.route, **filters}


async def _paging(
    limit: Annotated[int, Query(ge=1, le=200, description="Rows of a page.")] = 50,
    cursor: Annotated[
        str | None, Query(max_length=400, description="`next` of the page before.")
    ] = None,
) -> Paging:
    return Paging(limit, cursor)


PagingDep = Annotated[Paging, Depends(_paging)]
Code = Annotated[str, Path(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]


async def _raw_body(request: Request) -> bytes:
    return await request.body()


RawBody = Annotated[bytes, Depends(_raw_body)]

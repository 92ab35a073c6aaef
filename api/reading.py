"""The query side: one tenant's transaction, ready JSON, names beside it, each look recorded."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg.abc import QueryNoTemplate

from api.problems import ReadModelBehind
from api.tokens import Caller
from domain.kernel.refusals import NotFound
from infrastructure.clock import machine_now
from infrastructure.runtime.projecting import checkpoint_of
from infrastructure.store.database import AsyncConnection, AsyncPool, Connection, atenant
from infrastructure.store.reads import filled
from infrastructure.vault.vault import Vault
from projections.all import READ_MODELS
from projections.kit import Query

PATIENCE_SECONDS: Final = 2.0
_POLL_SECONDS: Final = 0.02
_CHECKPOINTS: Final = {model.name: checkpoint_of(model) for model in READ_MODELS}
_POSITION: Final = "select notification_id from follower_position where application_name = %s"
_CLOCK: Final = "select now from school_clock"
_SCHOOL: Final = (
    "select 1 from school join known_batch k using (tenant, batch)"
    " where tenant = %(tenant)s and school.school = %(school)s limit 1"
)
_LOOKED: Final[QueryNoTemplate] = (
    "insert into read_access (tenant, actor, what, subject, route)"
    " select %(tenant)s, %(actor)s, %(what)s, subject, %(route)s"
    " from unnest(%(subjects)s::uuid[]) as subject"
)


class SchoolNotKnown(NotFound):
    """No school that you may see has this id."""

    code = "school-unknown"


@dataclass(frozen=True, slots=True)
class Looking:
    """One look: what is read here is recorded here, in the same transaction."""

    conn: AsyncConnection
    vault: Vault
    caller: Caller
    route: str

    async def rows(self, query: Query | str, **asked: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query, which always filters by the caller's tenant."""
        text = filled(query) if isinstance(query, Query) else query.encode()
        cursor = await self.conn.execute(text, {"tenant": self.caller.tenant, **asked})
        return await cursor.fetchall()

    async def known(self, school: UUID | None, *, found: bool) -> None:
        """See that a school about which nothing was found is one: a wrong id is no empty list.

        Raises:
            SchoolNotKnown: the same for one that is not there and one that the caller may not see.
        """
        if school is None or found:
            return
        if not self.caller.may_see(school) or not await self.rows(_SCHOOL, school=school):
            raise SchoolNotKnown

    async def people(self, ids: Iterable[UUID]) -> dict[str, dict[str, str]]:
        """Return names by id, all in one query; an erased person has none."""
        wanted = sorted(set(ids))
        return names(await self.vault.get_many_async(self.conn, self.caller.tenant, wanted))

    async def texts(self, references: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
        """Return what the vault keeps under some references; what was erased is not in it."""
        wanted = sorted(set(references))
        return await self.vault.get_many_async(self.conn, self.caller.tenant, wanted)

    async def note(self, what: str, students: Iterable[UUID]) -> None:
        """Record that the caller looked at these children."""
        if asked := looked(self.caller, self.route, what, students):
            await self.conn.execute(_LOOKED, asked)

    async def school_now(self) -> datetime:
        """Return the school clock, as `infrastructure.clock.school_now` does."""
        row = await (await self.conn.execute(_CLOCK)).fetchone()
        return machine_now() if row is None else row[0].astimezone(UTC)


def names(found: Mapping[UUID, Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the names that vault records say, by id."""
    return {
        str(person): {"given": str(said["given"]), "family": str(said["family"])}
        for person, said in sorted(found.items())
        if "given" in said and "family" in said
    }


def looked(
    caller: Caller, route: str, what: str, students: Iterable[UUID]
) -> dict[str, object] | None:
    """Return the row of a look, nothing where nobody was looked at."""
    subjects = sorted(set(students))
    if not subjects:
        return None
    who = {"tenant": caller.tenant, "actor": caller.actor, "route": route}
    return {**who, "what": what, "subjects": subjects}


def note_by(
    conn: Connection, tenant: UUID, actor: str, route: str, what: str, student: UUID
) -> None:
    """Record a look of somebody at the command line."""
    who = {"tenant": tenant, "actor": actor, "route": route}
    conn.execute(_LOOKED, {**who, "what": what, "subjects": [student]})


def note(conn: Connection, caller: Caller, route: str, what: str, *students: UUID) -> None:
    """Record a look of a route that is `def`, in its own tenant's transaction."""
    if asked := looked(caller, route, what, students):
        conn.execute(_LOOKED, asked)


@asynccontextmanager
async def looking(
    pool: AsyncPool, vault: Vault, caller: Caller, route: str
) -> AsyncIterator[Looking]:
    """Open one transaction for one look."""
    async with atenant(pool, caller.tenant) as conn:
        yield Looking(conn, vault, caller, route)


async def wait_for(pool: AsyncPool, caller: Caller, model: str, after: int | None) -> None:
    """Wait until a read model has folded a position; no connection is held between the looks.

    Raises:
        ReadModelBehind: when it has not after two seconds.
    """
    if not after:
        return
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        async with atenant(pool, caller.tenant) as conn:
            row = await (await conn.execute(_POSITION, (_CHECKPOINTS[model],))).fetchone()
        if row is not None and row[0] >= after:
            return
        if time.monotonic() > deadline:
            raise ReadModelBehind
        await asyncio.sleep(_POLL_SECONDS)


class About(msgspec.Struct, frozen=True):
    """Whom a document is about. Nothing else of it is decoded on the way out."""

    student_id: UUID | None = None
    guardian_id: UUID | None = None

    @property
    def persons(self) -> set[UUID]:
        """Return whose names belong beside it."""
        return {one for one in (self.student_id, self.guardian_id) if one is not None}


def about(documents: Sequence[str]) -> list[About]:
    """Return whom documents are about."""
    return [msgspec.json.decode(document, type=About) for document in documents]


def joined(documents: Iterable[str]) -> bytes:
    """Return ready documents as one JSON array."""
    return b"[" + ",".join(documents).encode() + b"]"


def assembled(parts: Mapping[str, bytes]) -> bytes:
    """Return one JSON object of ready parts."""
    return b"{" + b",".join(f'"{name}":'.encode() + part for name, part in parts.items()) + b"}"

"""Parking: a stream that a follower cannot handle waits, whole and in order; the others go on."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec

from domain.kernel.facts import UnknownFact
from domain.kernel.recorded import Recorded, Told
from infrastructure.store import wholesale
from infrastructure.store.database import Connection
from infrastructure.store.recorder import COLUMNS, bound, open_row

_BEHIND: Final = (
    f"select {COLUMNS} from ledger where notification_id > %(after)s"
    " and notification_id <= %(until)s order by notification_id limit %(limit)s"
)
F = TypeVar("F", bound=Told)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored row that this release cannot open."""

    tenant: UUID
    stream: UUID
    position: int
    error: str


def open_all(rows: Sequence[tuple[Any, ...]]) -> tuple[list[Recorded], list[Unreadable]]:
    """Open stored rows; those that cannot be opened are told apart, never dropped."""
    facts: list[Recorded] = []
    bad: list[Unreadable] = []
    for row in rows:
        try:
            facts.append(open_row(row))
        except (UnknownFact, msgspec.MsgspecError) as error:
            bad.append(Unreadable(row[0], row[1], row[3], repr(error)))
    return facts, bad


@dataclass(frozen=True, slots=True)
class Batch(Generic[F]):
    """Facts of the one order behind a position, and those among them that cannot be opened."""

    after: int
    last: int
    count: int
    facts: Sequence[F]
    unreadable: Sequence[Unreadable] = ()


def read_batch(conn: Connection, after: int, limit: int) -> Batch[Recorded]:
    """Read on behind a position, never past the bound."""
    return _read(Recorded, conn, after, limit, bound(conn))


def read_told(conn: Connection, after: int, limit: int, until: int | None = None) -> Batch[Told]:
    """Read what a read model sees, never past the bound or a position that lies below it."""
    return _read(Told, conn, after, limit, bound(conn) if until is None else until)


def _read(kind: type[F], conn: Connection, after: int, limit: int, until: int) -> Batch[F]:
    if until <= after:
        return Batch(after, after, 0, ())
    values = {"after": after, "until": until, "limit": limit}
    facts = wholesale.read(kind, conn, _BEHIND, "notification_id", values)
    if facts is not None:
        return Batch(after, facts[-1].position if facts else after, len(facts), facts)
    rows = conn.execute(_BEHIND, values).fetchall()
    opened, bad = open_all(rows)
    return Batch(after, rows[-1][3], len(rows), [f for f in opened if isinstance(f, kind)], bad)


def ready(rows: Sequence[tuple[Any, ...]]) -> list[Recorded]:
    """Open what may be tried again: nothing that lies behind an unreadable fact of its stream."""
    facts, bad = open_all(rows)
    ends = {one.stream: one.position for one in reversed(bad)}
    return [f for f in facts if f.position < ends.get(f.stream, f.position + 1)]


def parked_streams(conn: Connection, follower: str) -> set[UUID]:
    """Return the streams that wait for a follower."""
    rows = conn.execute(
        "select distinct stream from parked_fact where follower = %s", (follower,)
    ).fetchall()
    return {row[0] for row in rows}


def all_parked_streams(conn: Connection) -> dict[str, set[UUID]]:
    """Return the streams that wait, by follower."""
    found: dict[str, set[UUID]] = defaultdict(set)
    for follower, stream in conn.execute("select distinct follower, stream from parked_fact"):
        found[follower].add(stream)
    return found


def waiting_for(parked: Iterable[UUID], unreadable: Iterable[Unreadable]) -> dict[int, int]:
    """Return from where on each stream waits: 0 where something of it is parked already."""
    waiting = {stream.int: 0 for stream in parked}
    for bad in unreadable:
        waiting.setdefault(bad.stream.int, bad.position)
    return waiting


def park(
    conn: Connection, follower: str, tenant: UUID, stream: UUID, position: int, error: str
) -> None:
    """Set a fact aside in the follower's own transaction."""
    conn.execute(
        "insert into parked_fact (tenant, follower, position, stream, error)"
        " values (%s, %s, %s, %s, %s) on conflict (tenant, follower, position)"
        " do update set attempts = parked_fact.attempts + 1, error = excluded.error",
        (tenant, follower, position, stream, error[:500]),
    )


def park_unreadable(conn: Connection, follower: str, bad: Iterable[Unreadable]) -> None:
    """Set aside what this release cannot open: whom it is for cannot be told."""
    for one in bad:
        park(conn, follower, one.tenant, one.stream, one.position, one.error)


def parked_rows(conn: Connection, follower: str) -> list[tuple[Any, ...]]:
    """Return the ledger's rows that wait for a follower, in order."""
    return conn.execute(
        f"select {COLUMNS} from ledger where notification_id in"
        " (select position from parked_fact where follower = %s) order by notification_id",
        (follower,),
    ).fetchall()


def parked_positions(conn: Connection, follower: str) -> set[int]:
    """Return the positions of the facts that wait for a follower."""
    rows = conn.execute(
        "select position from parked_fact where follower = %s", (follower,)
    ).fetchall()
    return {row[0] for row in rows}


def release(conn: Connection, follower: str, positions: Sequence[int]) -> None:
    """Take facts off the list."""
    conn.execute(
        "delete from parked_fact where follower = %s and position = any(%s)",
        (follower, list(positions)),
    )


def pass_over(conn: Connection, follower: str, position: int, by: str, reason: str) -> bool:
    """Take one fact off the list for good and write down who wanted it, and why."""
    done = conn.execute(
        "with gone as (delete from parked_fact where follower = %s and position = %s"
        " returning tenant, follower, position, stream, error, attempts, parked_at)"
        " insert into parked_release (tenant, follower, position, stream, error, attempts,"
        " parked_at, released_by, reason) select gone.*, %s, %s from gone",
        (follower, position, by, reason),
    )
    return done.rowcount > 0


def release_streams(conn: Connection, follower: str, streams: Collection[UUID]) -> None:
    """Take streams off the list with all their facts."""
    conn.execute(
        "delete from parked_fact where follower = %s and stream = any(%s)",
        (follower, list(streams)),
    )


def forget(conn: Connection, follower: str) -> None:
    """Empty a follower's list."""
    conn.execute("delete from parked_fact where follower = %s", (follower,))


def take_over(conn: Connection, rebuilt: str, live: str) -> None:
    """After a swap the rebuilt table's list is the live one's."""
    forget(conn, live)
    conn.execute("update parked_fact set follower = %s where follower = %s", (live, rebuilt))

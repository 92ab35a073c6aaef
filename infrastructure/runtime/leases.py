"""Leases: who works on what right now. The only state outside the log, and safe to lose."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from infrastructure.store.database import Connection

_TAKE: Final = (
    "insert into lease (tenant, work, kind, holder, until)"
    " select t, w, %s, %s, clock_timestamp() + make_interval(secs => %s)"
    " from unnest(%s::uuid[], %s::uuid[]) as u (t, w) on conflict (tenant, work)"
    " do update set holder = excluded.holder, until = excluded.until, kind = excluded.kind"
)


def claim(
    conn: Connection, work: Sequence[tuple[UUID, UUID]], kind: str, holder: str, seconds: float
) -> list[tuple[UUID, UUID]]:
    """Take of some work (tenant, id) what nobody holds a lease of, and return that, in its order.

    Who looked for work a moment before somebody else's claim was committed has seen no lease of it.
    """
    tenants, ids = [t for t, _ in work], [w for _, w in work]
    taken = conn.execute(
        f"{_TAKE} where lease.until < clock_timestamp() returning tenant, work",
        (kind, holder, seconds, tenants, ids),
    )
    mine = set(taken)
    return [one for one in work if one in mine]


def take(
    conn: Connection, work: Sequence[tuple[UUID, UUID]], kind: str, holder: str, seconds: float
) -> None:
    """Take work (tenant, id) for some seconds of machine time, whoever holds a lease of it."""
    conn.execute(_TAKE, (kind, holder, seconds, [t for t, _ in work], [w for _, w in work]))


def sweep(conn: Connection) -> None:
    """Remove leases that ended a while ago."""
    conn.execute("delete from lease where until < clock_timestamp() - interval '1 hour'")

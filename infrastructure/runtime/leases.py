"""Leases: who works on what right now. The only state outside the log, and safe to lose."""

from collections.abc import Sequence
from uuid import UUID

from infrastructure.store.database import Connection


def take(
    conn: Connection, work: Sequence[tuple[UUID, UUID]], kind: str, holder: str, seconds: float
) -> None:
    """Take work (tenant, id) for some seconds of machine time, over any lease that has ended."""
    conn.execute(
        "insert into lease (tenant, work, kind, holder, until)"
        " select t, w, %s, %s, clock_timestamp() + make_interval(secs => %s)"
        " from unnest(%s::uuid[], %s::uuid[]) as u (t, w) on conflict (tenant, work)"
        " do update set holder = excluded.holder, until = excluded.until, kind = excluded.kind",
        (kind, holder, seconds, [t for t, _ in work], [w for _, w in work]),
    )


def sweep(conn: Connection) -> None:
    """Remove leases that ended a while ago."""
    conn.execute("delete from lease where until < clock_timestamp() - interval '1 hour'")

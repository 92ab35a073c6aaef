"""Up to which ledger position the register was known at the end of a school day."""

from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from typing import Final
from zoneinfo import ZoneInfo

from psycopg.abc import QueryNoTemplate

from domain.shared.ids import TenantId
from infrastructure.store.database import Connection
from infrastructure.store.recorder import bound

# By the school clock, as facts have it: in a simulated year a day is a day of that year.
_KNOWN_BY: Final[QueryNoTemplate] = (
    "select coalesce(max(position), 0) from known_batch"
    " where tenant = %s and occurred_at < %s and position <= %s"
)
_KNOWN_AT: Final[QueryNoTemplate] = (
    "select coalesce(max(position), 0) from known_batch"
    " where tenant = %s and occurred_at <= %s and position <= %s"
)


def position_then(
    conn: Connection,
    tenant: TenantId,
    zone: str,
    *,
    on: date | None = None,
    position: int | None = None,
) -> int:
    """Return the position at which to read: as known at the end of a day at a school, or now.

    A position that was asked for is taken, as far as nothing can appear below it any more.
    """
    newest = bound(conn)
    if position is not None:
        return min(position, newest)
    if on is None:
        return newest
    ended = datetime.combine(on + timedelta(days=1), time_of_day(), ZoneInfo(zone))
    row = conn.execute(_KNOWN_BY, (tenant, ended, newest)).fetchone()
    return int(row[0]) if row else 0


def position_at(conn: Connection, tenant: TenantId, moment: datetime) -> int:
    """Return the position up to which the register was known at a moment of the school clock."""
    row = conn.execute(_KNOWN_AT, (tenant, moment, bound(conn))).fetchone()
    return int(row[0]) if row else 0

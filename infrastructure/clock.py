"""Two clocks, never mixed.

The school clock decides when school things happen and may be moved in a simulated profile, where
PostgreSQL holds it so that all roles see the same. The machine clock rules leases, time-outs,
tokens, retries and polling and is never moved.
"""

from datetime import UTC, datetime
from typing import Any

import psycopg


def machine_now() -> datetime:
    """Return the machine's time in UTC."""
    return datetime.now(UTC)


def school_now(conn: psycopg.Connection[Any]) -> datetime:
    """Return the school clock as PostgreSQL holds it; the machine's when it is not moved."""
    row = conn.execute("select now from school_clock").fetchone()
    return machine_now() if row is None else row[0].astimezone(UTC)


def move_school_clock(conn: psycopg.Connection[Any], to: datetime) -> None:
    """Set the school clock. It never goes back."""
    conn.execute(
        "insert into school_clock (now) values (%s) on conflict (single) do update"
        " set now = greatest(school_clock.now, excluded.now)",
        (to,),
    )

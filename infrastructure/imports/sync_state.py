"""How far each sync has read, and under which ids it knows marks."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from psycopg.abc import QueryNoTemplate

from domain.shared.ids import TenantId
from infrastructure.imports.wonde_marks import Known
from infrastructure.store.database import Connection

COMPARE_AFTER: Final = timedelta(days=7)  # deletions that a source does not tell are found then
_READ: Final[QueryNoTemplate] = (
    "select read_from, compared_at from sync_state"
    " where tenant = %s and source = %s and resource = %s"
)
_WRITE: Final[QueryNoTemplate] = (
    "insert into sync_state (tenant, source, resource, read_from, compared_at)"
    " values (%s, %s, %s, %s, %s) on conflict (tenant, source, resource) do update"
    " set read_from = excluded.read_from, compared_at = excluded.compared_at"
)
_ORIGINS: Final[QueryNoTemplate] = (
    "select distinct on (r.source_id) r.source_id, r.school, r.student, r.on_date, r.session"
    " from mark_origin r join known_batch k on k.tenant = r.tenant and k.batch = r.batch"
    " where r.tenant = %s and r.source = %s and r.source_id = any(%s)"
    " order by r.source_id, k.position desc"
)
_FORGET: Final[QueryNoTemplate] = "delete from mark_origin where tenant = %s and kept_at < %s"


class SyncState(NamedTuple):
    """What was read up to when, and when everything was last compared."""

    read_from: datetime
    compared_at: datetime


def since(state: SyncState | None, now: datetime) -> datetime | None:
    """Return from when on changes are to be read; None: everything has to be compared."""
    if state is None or now - state.compared_at > COMPARE_AFTER:
        return None
    return state.read_from


def state_of(conn: Connection, tenant: TenantId, source: str, resource: str) -> SyncState | None:
    """Return how far a source was read."""
    row = conn.execute(_READ, (tenant, source, resource)).fetchone()
    return None if row is None else SyncState(*row)


def keep_state(
    conn: Connection, tenant: TenantId, source: str, resource: str, state: SyncState
) -> None:
    """Remember how far a source was read."""
    conn.execute(_WRITE, (tenant, source, resource, *state))


def origins(conn: Connection, tenant: TenantId, source: str, source_ids: list[str]) -> Known:
    """Return which marks a source's own ids stood for, as far as its words are still kept."""
    rows = conn.execute(_ORIGINS, (tenant, source, source_ids)).fetchall()
    return {source_id: (school, student, on, half) for source_id, school, student, on, half in rows}


def forget_origins(conn: Connection, tenant: TenantId, before: datetime) -> int:
    """Forget under which ids a source knew marks that came before an instant; marks stay."""
    return conn.execute(_FORGET, (tenant, before)).rowcount

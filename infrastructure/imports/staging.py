"""Rows into the register's tables, thousands at a time, unseen until their fact is recorded."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

from psycopg.abc import QueryNoTemplate

from domain.shared.ids import BatchId, TenantId
from infrastructure.imports.prepared import (
    CalendarDay,
    Guardian,
    GuardianLink,
    Mark,
    Prepared,
    Replaces,
    Row,
    School,
    SchoolCode,
    SchoolTerm,
    Student,
)
from infrastructure.store.database import Connection

_CHUNK: Final = 20_000
_TYPES: Final = {
    "school": (School._fields, "uuid text text text text text text text"),
    "student": (Student._fields, "uuid text text uuid uuid text date date"),
    "guardian": (Guardian._fields, "uuid text text uuid"),
    "guardian_link": (GuardianLink._fields, "uuid uuid text int2 bool bool bool text date"),
    "calendar_day": (CalendarDay._fields, "uuid date text bool text text"),
    "school_term": (SchoolTerm._fields, "uuid text date date int2"),
    "school_code": (SchoolCode._fields, "uuid text date text text date bool"),
    "mark": (Mark._fields, "uuid uuid date text text text int2 int4 text"),
}
_QUARANTINE: Final[QueryNoTemplate] = (
    "insert into quarantined_row (tenant, batch, file, row_no, reason_code, reason, student,"
    " on_date, row_hash) select %s, %s, * from unnest(%b::text[], %b::int4[], %b::text[],"
    " %b::text[], %b::uuid[], %b::date[], %b::bytea[]) on conflict do nothing"
)
_FORGET: Final[QueryNoTemplate] = "delete from staged_batch where tenant = %s and batch = %s"
_POSITION: Final[QueryNoTemplate] = (
    "select position from known_batch where tenant = %s and batch = %s"
)
_KNOWN_MARKS: Final = (
    "with known as (select distinct on (m.school, m.student, m.on_date, m.session) m.*"
    " from mark m join known_batch k on k.tenant = m.tenant and k.batch = m.batch"
    " where m.tenant = %(tenant)s and k.source = %(source)s and m.school = any(%(schools)s)"
    " and m.on_date between %(first)s and %(last)s"
    " order by m.school, m.student, m.on_date, m.session, k.position desc) "
)
_COUNT: Final[QueryNoTemplate] = _KNOWN_MARKS + "select count(*) from known where status <> 'VOID'"
_TAKE_BACK: Final[QueryNoTemplate] = (
    _KNOWN_MARKS + "insert into mark (tenant, school, student, on_date, session, batch, code,"
    " status, row_no) select tenant, school, student, on_date, session, %(batch)s, '', 'VOID', 0"
    " from known where status <> 'VOID' and not exists (select from mark n"
    " where n.tenant = known.tenant and n.school = known.school and n.student = known.student"
    " and n.on_date = known.on_date and n.session = known.session and n.batch = %(batch)s)"
)


def position_of(conn: Connection, tenant: TenantId, batch: BatchId) -> int | None:
    """Return since when a batch is known, or None where it is not."""
    found = conn.execute(_POSITION, (tenant, batch)).fetchone()
    return None if found is None else int(found[0])


def known_marks(conn: Connection, tenant: TenantId, source: str, replaces: Replaces) -> int:
    """Count the marks of a source that the register knows in a range."""
    found = conn.execute(_COUNT, _asked(tenant, source, replaces)).fetchone()
    return int(found[0]) if found else 0


def stage(conn: Connection, prepared: Prepared) -> None:
    """Write the rows of a batch. What an earlier try staged and never recorded goes first.

    One writer at a time for one batch: a second one would remove what the first has just staged.
    """
    tenant, batch = prepared.tenant, prepared.batch
    conn.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (str(batch),))
    if conn.execute(_FORGET, (tenant, batch)).rowcount:
        for table in (*_TYPES, "quarantined_row"):
            conn.execute(f"delete from {table} where tenant = %s and batch = %s", (tenant, batch))
    conn.execute(
        "insert into staged_batch (tenant, batch, content, source, content_hash, code_table,"
        " school) values (%s, %s, %s, %s, %s, %s, %s)",
        (
            tenant,
            batch,
            prepared.content,
            prepared.source,
            prepared.sha256,
            prepared.code_table,
            prepared.school,
        ),
    )
    for table, rows in prepared.rows.items():
        _insert(conn, table, tenant, batch, rows)
    if prepared.replaces is not None:
        asked = _asked(tenant, prepared.source, prepared.replaces)
        conn.execute(_TAKE_BACK, {**asked, "batch": batch})
    _quarantine(conn, prepared)


def _insert(
    conn: Connection, table: str, tenant: TenantId, batch: BatchId, rows: Iterable[Row]
) -> None:
    # Not COPY: PostgreSQL refuses it for roles under row-level security.
    fields, kinds = _TYPES[table]
    names = ", ".join(fields)
    arrays = ", ".join(f"%b::{kind}[]" for kind in kinds.split())
    query: QueryNoTemplate = (
        f"insert into {table} (tenant, batch, {names}) select %s, %s, * from unnest({arrays})"
    )
    left = iter(rows)
    while chunk := list(islice(left, _CHUNK)):
        conn.execute(query, (tenant, batch, *_columns(chunk)))


def _quarantine(conn: Connection, prepared: Prepared) -> None:
    rows = [
        (
            one.file,
            one.row or 0,
            one.code,
            one.as_dict()["reason"],
            one.student,
            one.on,
            one.row_hash,
        )
        for one in prepared.set_aside
    ]
    if rows:
        conn.execute(_QUARANTINE, (prepared.tenant, prepared.batch, *_columns(rows)))


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _asked(tenant: TenantId, source: str, replaces: Replaces) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "source": source,
        "schools": list(replaces.schools),
        "first": replaces.first,
        "last": replaces.last,
    }

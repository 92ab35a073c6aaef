"""Rows into the register's tables, unseen until their fact is recorded, and only what is new.

The rows of an import go into passing tables by COPY, and from there, compared with what the
register knows, into the register's own: what it knows already is not written a second time.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from psycopg.abc import QueryNoTemplate

from domain.register_batch.commands import BY_HAND
from domain.shared.ids import BatchId, TenantId
from infrastructure.imports.packed_marks import packed_marks
from infrastructure.imports.prepared import (
    CalendarDay,
    Changes,
    Guardian,
    GuardianLink,
    Mark,
    Prepared,
    RegisterTimes,
    Replaces,
    School,
    SchoolCode,
    SchoolTerm,
    Student,
    StudentYears,
    Total,
)
from infrastructure.imports.standing_words import tell_what_stands
from infrastructure.store.database import Connection


class _Shape(NamedTuple):
    """Columns of a table with their types, and how many of them, from the left, are its key."""

    fields: tuple[str, ...]
    kinds: str
    keys: tuple[str, ...]


_SHAPES: Final = {
    "school": _Shape(School._fields, "uuid text text text text text text text", ("school",)),
    "student": _Shape(Student._fields, "uuid text text uuid uuid text date date", ("student",)),
    "student_years": _Shape(
        StudentYears._fields, "uuid date text date date text[] date[] date[]", ("student",)
    ),
    "guardian": _Shape(Guardian._fields, "uuid text text uuid", ("guardian",)),
    "guardian_link": _Shape(
        GuardianLink._fields,
        "uuid uuid text int2 bool bool bool text date bool",
        ("student", "guardian"),
    ),
    "calendar_day": _Shape(
        CalendarDay._fields,
        "uuid date text bool text text",
        ("school", "on_date", "part", "year_group"),
    ),
    "school_term": _Shape(SchoolTerm._fields, "uuid text date date int2", ("school", "term")),
    "register_hours": _Shape(
        RegisterTimes._fields,
        "uuid date date time time time time time bool",
        ("school", "first_on", "last_on"),
    ),
    "school_code": _Shape(
        SchoolCode._fields,
        "uuid text date text text date bool",
        ("school", "code", "effective_from"),
    ),
    "mark": _Shape(
        Mark._fields,
        "uuid uuid date text text text int2 int4 text",
        ("school", "student", "on_date", "session"),
    ),
    "attendance_total": _Shape(
        Total._fields,
        "uuid uuid date date int4 int4 int4 int4",
        ("school", "student", "first_on", "last_on"),
    ),
}
_PLACES: Final = frozenset({"row_no"})  # where a row stood says nothing about what it says
_ALL_TABLES: Final = (*_SHAPES, "quarantined_row", "mark_origin")
_QUARANTINE: Final[QueryNoTemplate] = (
    "insert into quarantined_row (tenant, batch, file, row_no, reason_code, reason, student,"
    " on_date, row_hash) select %s, %s, * from unnest(%b::text[], %b::int4[], %b::text[],"
    " %b::text[], %b::uuid[], %b::date[], %b::bytea[]) on conflict do nothing"
)
_ORIGINS: Final[QueryNoTemplate] = (
    "insert into mark_origin (tenant, batch, source, source_id, school, student, on_date, session)"
    " select %s, %s, %s, o.* from unnest(%b::text[], %b::uuid[], %b::uuid[], %b::date[],"
    " %b::text[]) o(source_id, school, student, on_date, session)"
    " join mark m on m.tenant = %s and m.batch = %s and m.school = o.school"
    " and m.student = o.student and m.on_date = o.on_date and m.session = o.session"
)
_FORGET: Final[QueryNoTemplate] = "delete from staged_batch where tenant = %s and batch = %s"
_STAGED: Final[QueryNoTemplate] = (
    "insert into staged_batch (tenant, batch, content, source, content_hash, code_table,"
    " school) values (%s, %s, %s, %s, %s, %s, %s)"
)
_POSITION: Final[QueryNoTemplate] = (
    "select position from known_batch where tenant = %s and batch = %s"
)
_NEWEST: Final[QueryNoTemplate] = (
    "select coalesce(max(position), 0) from known_batch where tenant = %s and source = %s"
)
_KNOWN_MARKS: Final = (
    "with known as (select distinct on (m.school, m.student, m.on_date, m.session) m.*, k.position"
    " from mark m join known_batch k on k.tenant = m.tenant and k.batch = m.batch"
    " where m.tenant = %(tenant)s and k.source = %(source)s and m.school = any(%(schools)s)"
    " and m.on_date between %(first)s and %(last)s"
    " order by m.school, m.student, m.on_date, m.session, k.position desc) "
)
_ANY_OF_DAYS: Final[QueryNoTemplate] = (
    "select exists (select from mark where tenant = %s and school = any(%s)"
    " and on_date between %s and %s)"
)
_BLOCKS_ONLY: Final[QueryNoTemplate] = (
    "select set_config('enable_indexonlyscan', %s, true), set_config('enable_indexscan', %s, true)"
)
_COUNT: Final[QueryNoTemplate] = _KNOWN_MARKS + "select count(*) from known where status <> 'VOID'"
_TAKE_BACK: Final[QueryNoTemplate] = (
    _KNOWN_MARKS + ", gone as materialized (select known.*, (select h.status from mark h"
    " join known_batch k on k.tenant = h.tenant and k.batch = h.batch where h.tenant = known.tenant"
    " and h.school = known.school and h.student = known.student and h.on_date = known.on_date"
    " and h.session = known.session and k.source = %(person)s and k.position > known.position"
    " order by k.position desc limit 1) as by_hand from known where status <> 'VOID'"
    " and not exists (select from passing_mark n where n.school = known.school"
    " and n.student = known.student and n.on_date = known.on_date and n.session = known.session)),"
    " written as (insert into mark (tenant, school, student, on_date, session, batch, code,"
    " status, row_no) select tenant, school, student, on_date, session, %(batch)s, '', 'VOID', 0"
    " from gone where by_hand is null returning 1)"
    " select (select count(*) from written), coalesce(jsonb_agg(jsonb_build_object("
    "'student', student, 'on_date', on_date)) filter (where by_hand <> 'VOID'), '[]') from gone"
)
_COUNTED: Final = (
    " select count(*) filter (where is_new), count(*) filter (where is_news and not by_hand),"
    " count(*) filter (where by_hand and differs and not is_news),"
    " coalesce(jsonb_agg(to_jsonb(compared)) filter (where by_hand and differs and is_news), '[]')"
    " from compared"
)
_PUPILS: Final[QueryNoTemplate] = (
    "select count(*) from (select distinct on (s.student) s.* from student s"
    " join known_batch k on k.tenant = s.tenant and k.batch = s.batch"
    " where s.tenant = %s and k.source = %s order by s.student, k.position desc) latest"
    " where not withdrawn and school = any(%s) and coalesce(left_on, 'infinity') >= %s"
)


def position_of(conn: Connection, tenant: TenantId, batch: BatchId) -> int | None:
    """Return since when a batch is known, or None where it is not."""
    found = conn.execute(_POSITION, (tenant, batch)).fetchone()
    return None if found is None else int(found[0])


def newest_of(conn: Connection, tenant: TenantId, source: str) -> int:
    """Return the position of the newest batch of a source; 0 where there is none."""
    found = conn.execute(_NEWEST, (tenant, source)).fetchone()
    return int(found[0]) if found else 0


def known_marks(conn: Connection, tenant: TenantId, source: str, replaces: Replaces) -> int:
    """Count the marks of a source that the register knows in a range."""
    found = conn.execute(_COUNT, _asked(tenant, source, replaces)).fetchone()
    return int(found[0]) if found else 0


def known_pupils(conn: Connection, prepared: Prepared) -> int:
    """Count the pupils of a source whom the register takes as being on a school's roll today."""
    asked = (prepared.tenant, prepared.source, list(prepared.whole_roll_of), prepared.today)
    found = conn.execute(_PUPILS, asked).fetchone()
    return int(found[0]) if found else 0


def stage(conn: Connection, prepared: Prepared) -> dict[str, Changes]:
    """Write what is new, and return what that is. What a try before this one left goes first.

    One writer at a time for one batch: a second one would remove what the first has just staged.
    """
    tenant, batch = prepared.tenant, prepared.batch
    conn.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (str(batch),))
    if conn.execute(_FORGET, (tenant, batch)).rowcount:
        for table in _ALL_TABLES:
            conn.execute(f"delete from {table} where tenant = %s and batch = %s", (tenant, batch))
    source, code_table, school = prepared.source, prepared.code_table, prepared.school
    staged = (tenant, batch, prepared.content, source, prepared.sha256, code_table, school)
    conn.execute(_STAGED, staged)
    tables = dict(prepared.rows)
    if prepared.replaces is not None:
        tables.setdefault("mark", [])
    changes = {table: _write(conn, prepared, table, rows) for table, rows in tables.items()}
    _quarantine(conn, prepared)
    if prepared.raw:
        columns = _columns([one[:5] for one in prepared.raw])
        conn.execute(_ORIGINS, (tenant, batch, source, *columns, tenant, batch))
    return changes


def _write(
    conn: Connection, prepared: Prepared, table: str, rows: Sequence[tuple[Any, ...]]
) -> Changes:
    shape = _SHAPES[table]
    names = ", ".join(shape.fields)
    passing = f"passing_{table}"
    # Not COPY into the table itself: PostgreSQL refuses it under row-level security.
    conn.execute(
        f"create temp table {passing} on commit drop as select {names} from {table} with no data"
    )
    _fill(conn, passing, shape, rows)
    asked: dict[str, Any] = {"tenant": prepared.tenant, "batch": prepared.batch}
    compared = table != "mark" or prepared.replaces is not None
    if not compared and not _knows_days(conn, prepared.tenant, rows):
        conn.execute(
            f"insert into mark (tenant, batch, {names}) select %(tenant)s, %(batch)s,"
            f" {names} from {passing}",
            asked,
        )
        return Changes(added=len(rows))
    asked |= {"source": prepared.source, "person": BY_HAND}
    found = conn.execute(_fresh(table, shape), asked).fetchone()
    added, written, kept, contested = found or (0, 0, 0, [])
    gone = 0
    if table == "mark" and prepared.replaces is not None:
        asked |= _asked(prepared.tenant, prepared.source, prepared.replaces)
        taken = conn.execute(_TAKE_BACK, asked).fetchone()
        gone, missed = taken or (0, [])
        contested += missed
    tell_what_stands(prepared, kept, contested)
    return Changes(added, written - added, gone, len(rows) - written)


def _knows_days(conn: Connection, tenant: TenantId, rows: Sequence[tuple[Any, ...]]) -> bool:
    """Say whether the register has any mark between the first and the last day of some.

    Of a new day it has none, and then there is nothing to compare. The answer comes from the days
    of blocks: a walk through all marks of a school would take longer than the comparison.
    """
    schools = {row[0].int: row[0] for row in rows}
    days = {row[2] for row in rows}
    if not days:
        return True
    conn.execute(_BLOCKS_ONLY, ("off", "off"))
    asked = (tenant, list(schools.values()), min(days), max(days))
    found = conn.execute(_ANY_OF_DAYS, asked).fetchone()
    conn.execute(_BLOCKS_ONLY, ("on", "on"))
    return bool(found and found[0])


def _fill(conn: Connection, passing: str, shape: _Shape, rows: Sequence[tuple[Any, ...]]) -> None:
    with conn.cursor().copy(f"copy {passing} from stdin (format binary)") as copy:
        if passing == "passing_mark":
            for block in packed_marks(rows):
                copy.write(block)
            return
        copy.set_types(shape.kinds.split())
        for row in rows:
            copy.write_row(row)


def _fresh(table: str, shape: _Shape) -> QueryNoTemplate:
    """Return the statement that writes what is news, counts it, and names what a person holds.

    A source that repeats its own last word says nothing new, whoever has spoken since; and where
    the newest word is a person's, no source overrules it (D41).
    """
    names = ", ".join(shape.fields)
    said = [name for name in shape.fields if name not in {*shape.keys, *_PLACES}]
    always = table in {"mark", "attendance_total"} or "withdrawn" in said

    def words(of: str) -> str:
        own = "false" if of == "p" else f"{of}.withdrawn"
        return ", ".join([f"{of}.{name}" for name in said] + ([] if always else [own]))

    keys = ", ".join(shape.keys)
    of_row = ", ".join(f"r.{name}" for name in shape.keys)
    last = f"select distinct on ({of_row}) r.*"
    newest = f"where r.tenant = %(tenant)s order by {of_row}, k.position desc"
    return (
        "with known as materialized (select batch, position, source as said_by from known_batch"
        f" where tenant = %(tenant)s), latest as ({last}, k.said_by from passing_{table} p"
        f" join {table} r using ({keys}) join known k using (batch) {newest}),"
        f" own as ({last} from latest l join {table} r using ({keys}) join known k"
        " on k.batch = r.batch and k.said_by = %(source)s and l.said_by <> %(source)s"
        f" {newest}),"
        " compared as materialized (select p.*, l.tenant is null as is_new,"
        " coalesce(l.said_by, '') = %(person)s as by_hand,"
        f" ({words('l')}) is distinct from ({words('p')}) as differs,"
        f" l.tenant is null or case when o.tenant is null then ({words('l')}) is distinct from"
        f" ({words('p')}) else ({words('o')}) is distinct from ({words('p')}) end as is_news"
        f" from passing_{table} p left join latest l using ({keys})"
        f" left join own o using ({keys})),"
        f" written as (insert into {table} (tenant, batch, {names})"
        f" select %(tenant)s, %(batch)s, {names} from compared where is_news and not by_hand)"
        + _COUNTED
    )


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

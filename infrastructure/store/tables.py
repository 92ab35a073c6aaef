"""Tables of read models, made from their row classes; never altered, only made anew."""

import types
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
from psycopg import sql

from infrastructure.store.database import Connection
from projections.kit import ReadModel, Row

_TYPES: Final[dict[type, str]] = {
    UUID: "uuid",
    datetime: "timestamptz",
    date: "date",
    bool: "boolean",
    int: "bigint",
    str: "text",
}
_LOCK: Final = 7_267_302
_WORTH_COPYING: Final = 200
_ENCODER: Final = msgspec.json.Encoder()
_FIXED: Final = ("tenant", "key", "doc")
Stored = tuple[Any, ...]


def column_type(annotation: Any) -> str:
    """Return PostgreSQL's type for a field that queries filter or sort by."""
    plain = _plain(annotation)
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        return "text"
    return _TYPES[plain]


def _plain(annotation: Any) -> Any:
    if get_origin(annotation) in {types.UnionType, Union}:
        annotation = next(a for a in get_args(annotation) if a is not type(None))
    while hasattr(annotation, "__supertype__"):  # a NewType stands for what it was made from
        annotation = annotation.__supertype__
    return annotation


@cache
def column_types(model: ReadModel[Any]) -> dict[str, str]:
    """Return the filter columns of a model with their types."""
    hints = get_type_hints(model.row)
    return {name: column_type(hints[name]) for name in model.columns}


def all_columns(model: ReadModel[Any]) -> dict[str, str]:
    """Return every column of a model's table with its type, in the table's order."""
    return dict(zip(_FIXED, ("uuid", "text", "text"), strict=True)) | column_types(model)


def create(conn: Connection, model: ReadModel[Any], table: str) -> None:
    """Make an empty table with key and indexes, protected like every tenant table."""
    create_bare(conn, model, table)
    for statement in indexes(model, table):
        conn.execute(statement)
    protect(conn, table)
    _let_autovacuum_in(conn, table)


def create_bare(conn: Connection, model: ReadModel[Any], table: str) -> None:
    """Make an empty table that nobody but its maker sees, without a key: rows can be copied in.

    PostgreSQL refuses COPY where row-level security is forced on the one who copies. Autovacuum
    keeps off: it would be in the way of the indexes and the swap, and has nothing to clear up yet.
    """
    columns = [
        sql.SQL("{} {}{}").format(
            sql.Identifier(name), sql.SQL(kind), sql.SQL(" not null" if name in _FIXED else "")
        )
        for name, kind in all_columns(model).items()
    ]
    name = sql.Identifier(table)
    conn.execute(
        sql.SQL("create table {} ({}) with (fillfactor = 80, autovacuum_enabled = off)").format(
            name, sql.SQL(", ").join(columns)
        )
    )
    conn.execute(sql.SQL("alter table {} enable row level security").format(name))


def indexes(model: ReadModel[Any], table: str) -> list[sql.Composed]:
    """Return the statements that index a table, in any order and on several connections at once.

    Tenant comes first, except where the machine asks for all tenants. What a killed rebuild has
    made already is left as it is.
    """
    wanted = {_key_of(table): ("unique index", "tenant, key")} | {
        f"{table}_{number}": (kind, columns) for number, (kind, columns) in enumerate(_asked(model))
    }
    return [
        sql.SQL("create {} if not exists {} on {} ({})").format(
            sql.SQL(kind), sql.Identifier(name), sql.Identifier(table), sql.SQL(columns)
        )
        for name, (kind, columns) in wanted.items()
    ]


def _asked(model: ReadModel[Any]) -> list[tuple[str, str]]:
    plain = [("index", columns) for columns in model.indexes]
    return plain + [("unique index", columns) for columns in model.unique]


def _key_of(table: str) -> str:
    return f"{table}_pkey"


def protect(conn: Connection, table: str) -> None:
    """Give an indexed table its key, and the policies and grants of every tenant table."""
    conn.execute(
        sql.SQL("alter table {} add primary key using index {}").format(
            sql.Identifier(table), sql.Identifier(_key_of(table))
        )
    )
    conn.execute("select protect(%s)", (table,))


def analyze(conn: Connection, model: ReadModel[Any], table: str) -> None:
    """Tell the planner what it asks for: of the documents, the widest by far, it asks nothing."""
    columns = sql.SQL(", ").join(sql.Identifier(c) for c in all_columns(model) if c != "doc")
    conn.execute(sql.SQL("analyze {} ({})").format(sql.Identifier(table), columns))


def _let_autovacuum_in(conn: Connection, table: str) -> None:
    conn.execute(sql.SQL("alter table {} reset (autovacuum_enabled)").format(sql.Identifier(table)))


def stored(model: ReadModel[Any], tenant: UUID, key: str, row: Row) -> Stored:
    """Return a row as its table holds it."""
    return (tenant, key, _written(row), *_filters(model.columns)(row))


def copy(conn: Connection, model: ReadModel[Any], table: str, rows: Iterable[Stored]) -> None:
    """Copy rows into a table; PostgreSQL does so only where no row-level security is forced."""
    types = all_columns(model)
    into = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, types))
    )
    with conn.cursor().copy(into) as copying:
        copying.set_types(list(types.values()))
        for row in rows:
            copying.write_row(row)


def upsert(conn: Connection, model: ReadModel[Any], table: str, rows: Sequence[Stored]) -> None:
    """Write rows in one statement.

    Many of them are copied into a passing table first: the driver writes arrays of documents one
    quotation mark at a time, which takes longer than all else.
    """
    if not rows:
        return
    types = all_columns(model)
    columns = sql.SQL(", ").join(map(sql.Identifier, types))
    updates = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
        for name in types
        if name not in {"tenant", "key"}
    )
    into = sql.SQL(
        "insert into {} ({}) select * from {{}} on conflict (tenant, key) do update set {}"
    )
    into = sql.SQL(into.format(sql.Identifier(table), columns, updates).as_string(conn))
    if len(rows) < _WORTH_COPYING:
        arrays = sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(k)) for k in types.values())
        source = sql.SQL("unnest({})").format(arrays)
        conn.execute(into.format(source), [list(column) for column in zip(*rows, strict=True)])
        return
    passing = sql.Identifier(f"{table}_passing")
    conn.execute(
        sql.SQL("create temp table {} on commit drop as select {} from {} limit 0").format(
            passing, columns, sql.Identifier(table)
        )
    )
    copy(conn, model, f"{table}_passing", rows)
    conn.execute(into.format(passing))
    conn.execute(sql.SQL("drop table {}").format(passing))


def _written(row: Row) -> str:
    return _ENCODER.encode(row).decode()


@cache
def _filters(columns: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
    """Return a reader of some fields; one field alone would not come as a tuple."""
    if not columns:
        return lambda _: ()
    if len(columns) == 1:
        return lambda row: (getattr(row, columns[0]),)
    return attrgetter(*columns)


@cache
def decoder_of(model: ReadModel[Any]) -> msgspec.json.Decoder[Row]:
    """Return the reader of a model's documents."""
    return msgspec.json.Decoder(model.row)


def ensure(conn: Connection, models: tuple[ReadModel[Any], ...]) -> None:
    """Make the tables that are missing; several processes may ask at once."""
    conn.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
    have = {row[0] for row in conn.execute("select tablename from pg_tables").fetchall()}
    for model in models:
        if model.table not in have:
            create(conn, model, model.table)


def swap(conn: Connection, model: ReadModel[Any], built: str) -> None:
    """Put a rebuilt table in the place of the live one; readers see the old or the new, whole."""
    live, old = sql.Identifier(model.table), sql.Identifier(f"{model.table}_old")
    conn.execute(sql.SQL("alter table {} rename to {}").format(live, old))
    conn.execute(sql.SQL("alter table {} rename to {}").format(sql.Identifier(built), live))
    conn.execute(sql.SQL("drop table {}").format(old))
    _let_autovacuum_in(conn, model.table)
    for number, _ in enumerate(_asked(model)):
        conn.execute(
            sql.SQL("alter index {} rename to {}").format(
                sql.Identifier(f"{built}_{number}"), sql.Identifier(f"{model.table}_{number}")
            )
        )
    conn.execute(
        sql.SQL("alter index {} rename to {}").format(
            sql.Identifier(_key_of(built)), sql.Identifier(_key_of(model.table))
        )
    )


def drop(conn: Connection, table: str) -> None:
    """Remove a half-built table."""
    conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(table)))

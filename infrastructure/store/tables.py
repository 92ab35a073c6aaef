"""Tables of read models, made from their row classes; never altered, only made anew."""

import types
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from psycopg import sql

from infrastructure.store.database import Connection
from projections.kit import ReadModel

_TYPES: Final[dict[type, str]] = {
    UUID: "uuid",
    datetime: "timestamptz",
    date: "date",
    bool: "boolean",
    int: "bigint",
    str: "text",
}
_LOCK: Final = 7_267_302


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


def column_types(model: ReadModel[Any]) -> dict[str, str]:
    """Return the filter columns of a model with their types."""
    hints = get_type_hints(model.row)
    return {name: column_type(hints[name]) for name in model.columns}


def create(conn: Connection, model: ReadModel[Any], table: str) -> None:
    """Make an empty table for a model, protected like every tenant table, without its indexes."""
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in column_types(model).items()
    ]
    fields = [
        sql.SQL("tenant uuid not null"),
        sql.SQL("key text not null"),
        sql.SQL("doc text not null"),
    ]
    conn.execute(
        sql.SQL("create table {} ({}, primary key (tenant, key)) with (fillfactor = 80)").format(
            sql.Identifier(table), sql.SQL(", ").join([*fields, *columns])
        )
    )
    conn.execute("select protect(%s)", (table,))


def index(conn: Connection, model: ReadModel[Any], table: str) -> None:
    """Make a table's indexes; tenant first, except where the machine asks for all tenants."""
    for number, columns in enumerate(model.indexes):
        conn.execute(
            sql.SQL("create index {} on {} ({})").format(
                sql.Identifier(f"{table}_{number}"),
                sql.Identifier(table),
                sql.SQL(columns),
            )
        )


def ensure(conn: Connection, models: tuple[ReadModel[Any], ...]) -> None:
    """Make the tables that are missing; several processes may ask at once."""
    conn.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
    have = {row[0] for row in conn.execute("select tablename from pg_tables").fetchall()}
    for model in models:
        if model.table not in have:
            create(conn, model, model.table)
            index(conn, model, model.table)


def swap(conn: Connection, model: ReadModel[Any], built: str) -> None:
    """Put a rebuilt table in the place of the live one; readers see the old or the new, whole."""
    live, old = sql.Identifier(model.table), sql.Identifier(f"{model.table}_old")
    conn.execute(sql.SQL("alter table {} rename to {}").format(live, old))
    conn.execute(sql.SQL("alter table {} rename to {}").format(sql.Identifier(built), live))
    conn.execute(sql.SQL("drop table {}").format(old))
    for number, _ in enumerate(model.indexes):
        conn.execute(
            sql.SQL("alter index {} rename to {}").format(
                sql.Identifier(f"{built}_{number}"), sql.Identifier(f"{model.table}_{number}")
            )
        )
    conn.execute(
        sql.SQL("alter index {} rename to {}").format(
            sql.Identifier(f"{built}_pkey"), sql.Identifier(f"{model.table}_pkey")
        )
    )


def drop(conn: Connection, table: str) -> None:
    """Remove a half-built table."""
    conn.execute(sql.SQL("drop table if exists {}").format(sql.Identifier(table)))

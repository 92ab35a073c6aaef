"""Reading read models: the SQL that stands beside the row, with its table's name filled in."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import msgspec
from psycopg import sql

from infrastructure.store.database import Connection
from projections.all import READ_MODELS
from projections.kit import Query, Row

R = TypeVar("R", bound=Row)
_TABLES: Final = {model.name: sql.Identifier(model.table) for model in READ_MODELS}


def filled(query: Query) -> sql.Composed:
    """Return a query with the names of live tables; nothing else is formatted into it."""
    return sql.SQL(query.sql).format(**_TABLES)


def fetch(conn: Connection, query: Query, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a query."""
    return conn.execute(filled(query), parameters).fetchall()


def documents(
    conn: Connection, query: Query, row: type[R], parameters: Mapping[str, Any]
) -> list[R]:
    """Return the typed rows of a query whose first column is the document."""
    rows = fetch(conn, query, parameters)
    return [msgspec.json.decode(found[0], type=row) for found in rows]


def count(conn: Connection, query: Query, parameters: Mapping[str, Any]) -> int:
    """Return the number that a counting query gives."""
    return int(fetch(conn, query, parameters)[0][0])

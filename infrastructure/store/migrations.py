"""Numbered SQL files, each run once in one transaction under one advisory lock."""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import psycopg

from infrastructure.store.errors import SchemaMismatch

FOLDER: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 7_267_301


def files() -> list[Path]:
    """Return the migrations in the order of their numbers."""
    return sorted(FOLDER.glob("[0-9]*.sql"))


def migrate(conn: psycopg.Connection[Any]) -> list[str]:
    """Bring the database to this release and return the names of the steps just run.

    Raises:
        SchemaMismatch: when a step that was run has been edited since.
    """
    conn.execute("select pg_advisory_lock(%s)", (_LOCK,))
    try:
        conn.execute(
            "create table if not exists schema_step (name text primary key, sha256 text not null,"
            " ran_at timestamptz not null default clock_timestamp())"
        )
        conn.commit()
        done = dict(conn.execute("select name, sha256 from schema_step").fetchall())
        conn.commit()
        return [path.name for path in files() if _run(conn, path, done)]
    finally:
        conn.rollback()
        conn.execute("select pg_advisory_unlock(%s)", (_LOCK,))
        conn.commit()


def _run(conn: psycopg.Connection[Any], path: Path, done: dict[str, str]) -> bool:
    text = path.read_bytes()
    digest = sha256(text).hexdigest()
    if path.name in done:
        if done[path.name] != digest:
            raise SchemaMismatch(f"{path.name} was edited after it ran here: add a new step")
        return False
    with conn.transaction():
        conn.execute(text)
        conn.execute("insert into schema_step (name, sha256) values (%s, %s)", (path.name, digest))
    conn.commit()
    return True

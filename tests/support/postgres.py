"""A migrated, throw-away database for each test, on the same server that the demo uses."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import conninfo

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.store.database import Database
from infrastructure.store.migrations import migrate


@contextmanager
def server() -> Iterator[str]:
    """Start (or take) PostgreSQL and give its address with a migrated template in it."""
    given = os.environ.get("ANSEO_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="anseo-test-", ignore_cleanup_errors=True) as home:
        postgres = EmbeddedPostgres(Path(home))
        url = postgres.ensure()
        try:
            yield url
        finally:
            postgres.remove()


def make_template(url: str) -> str:
    """Migrate an empty database once and return its name."""
    name = f"template_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"create database {name}")
    with psycopg.connect(conninfo.make_conninfo(url, dbname=name)) as conn:
        migrate(conn)
    return name


@contextmanager
def throw_away(url: str, template: str) -> Iterator[Database]:
    """Give a database of one test's own."""
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"create database {name} template {template}")
    database = Database(conninfo.make_conninfo(url, dbname=name))
    try:
        yield database
    finally:
        database.close()
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(f"drop database {name} with (force)")

"""Locks by name that die with the session which holds them, so that no crash leaves one behind."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from infrastructure.store.database import Connection


@contextmanager
def holding(session: Connection, name: str, family: int) -> Iterator[bool]:
    """Try to take a lock on a session of its own, and say whether nobody else has it.

    It is given back by word: a session that was closed lives on in the server for a moment, in
    which the next one to ask would be told that somebody is at work. `family` keeps names apart.
    """
    row = session.execute(
        "select pg_try_advisory_lock(hashtextextended(%s, %s))", (name, family)
    ).fetchone()
    try:
        yield row is not None and bool(row[0])
    finally:
        with suppress(psycopg.Error):  # a session that broke holds nothing any more
            session.execute("select pg_advisory_unlock_all()")

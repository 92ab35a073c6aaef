"""One active relay, any number that stand by."""

import contextlib
from typing import Final

import psycopg

from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import Unavailable

_TAG: Final = 7267


class Standby:
    """An advisory lock by name, held as long as its session lives."""

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self._name = name
        self._session: Connection | None = None
        self._held = False

    def holds(self) -> bool:
        """Take the lock, or see that the session which holds it still lives.

        Raises:
            Unavailable: PostgreSQL is away, and the lock with it.
        """
        try:
            if self._session is None:
                self._session = self._database.session()
            if self._held:
                self._session.execute("select 1")
                return True
            row = self._session.execute(
                "select pg_try_advisory_lock(hashtextextended(%s, %s))", (self._name, _TAG)
            ).fetchone()
        except psycopg.Error as error:
            self.let_go()
            raise Unavailable("the session that holds the relay's lock ended") from error
        self._held = row is not None and bool(row[0])
        return self._held

    def let_go(self) -> None:
        """Leave the lock to another."""
        if self._session is not None:
            # Said aloud, because the server notices a closed session only a moment later.
            with contextlib.suppress(psycopg.Error):
                self._session.execute("select pg_advisory_unlock_all()")
            self._session.close()
        self._session, self._held = None, False

"""The servers that several commands share: the first one starts them, the last one stops them.

Each user holds a shared lock on `users.lock` for as long as it uses the servers. Whoever leaves
tries to take that lock alone: if that works nobody is left, and nobody can come before the servers
are stopped. A user that is killed lets go of its lock as well, so the next one to leave tidies up.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from infrastructure.embedded.broker import EmbeddedBroker
from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.files import make_home, open_lock
from infrastructure.embedded.postgres import EmbeddedPostgres


class EmbeddedServers:
    """A database and, where wanted and possible, a broker, for as long as the block runs.

    What has an address already is used as it is, and nothing is started for it. With `keep`, the
    servers stay after the last user, until another one leaves or `stop_unless_used` is called.
    """

    def __init__(
        self,
        home: Path,
        *,
        database_url: str | None = None,
        kafka_bootstrap: str | None = None,
        kafka: bool = True,
        keep: bool = False,
    ) -> None:
        self.home = home
        self.keep = keep
        self._given_database = database_url
        self._given_kafka = kafka_bootstrap
        self._kafka_wanted = kafka
        self._database: str | None = None
        self._kafka: str | None = None
        self._lock: int | None = None

    @property
    def database_url(self) -> str:
        """The address with its password: never to be logged."""
        if self._database is None:
            raise EmbeddedServerError(
                "The servers are not in use.", where=self.home, do="ask inside the `with` block"
            )
        return self._database

    @property
    def kafka_bootstrap(self) -> str | None:
        """The broker's address; nothing when none is wanted or none can run here."""
        return self._kafka

    def __enter__(self) -> Self:
        starts_postgres = self._given_database is None
        starts_kafka = self._given_kafka is None and self._kafka_wanted
        if starts_postgres or starts_kafka:
            self._lock = open_lock(make_home(self.home) / "users.lock")
            fcntl.flock(self._lock, fcntl.LOCK_SH)
        try:
            self._database = self._given_database or EmbeddedPostgres(self.home).ensure()
            self._kafka = self._given_kafka
            if starts_kafka:
                self._kafka = EmbeddedBroker(self.home).ensure()
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._leave()

    def stop_unless_used(self) -> bool:
        """Stop both servers now; false, and nothing stopped, while a command uses them."""
        if not self.home.exists():
            return True
        lock = open_lock(make_home(self.home) / "users.lock")
        try:
            return self._stop_if_alone(lock)
        finally:
            os.close(lock)

    def _leave(self) -> None:
        self._database = self._kafka = None
        lock, self._lock = self._lock, None
        if lock is None:
            return
        try:
            # Let go first: two that leave at once and both still hold it would both stay behind.
            fcntl.flock(lock, fcntl.LOCK_UN)
            if not self.keep:
                self._stop_if_alone(lock)
        finally:
            os.close(lock)

    def _stop_if_alone(self, lock: int) -> bool:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        EmbeddedBroker(self.home).stop()
        EmbeddedPostgres(self.home).stop()
        return True

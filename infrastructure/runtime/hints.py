"""Wakes other processes by NOTIFY after a commit: a hint only, polling stays the truth.

NOTIFY inside an append would halve appends, because it takes a lock of the whole cluster until the
log is on disk. So it is sent behind the commit, by a thread and a session of its own, at most once
in five milliseconds and without waiting for the disk. A hint that is lost costs one poll interval.
"""

import threading
from collections.abc import Callable, Collection
from typing import Final

import psycopg
import structlog

from infrastructure.runtime.pace import Bell
from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import Unavailable

log = structlog.get_logger()
CHANNEL: Final = "anseo"
_PAUSE_SECONDS: Final = 0.005
_AGAIN_SECONDS: Final = 1.0
_LISTEN_SECONDS: Final = 0.5


class Hints:
    """Two threads of one process: one tells others, one listens and rings the process's bell."""

    def __init__(self, database: Database, bell: Bell, here: Collection[str]) -> None:
        self._database = database
        self._bell = bell
        self._here = frozenset(here)
        self._stop = threading.Event()
        self._waiting = threading.Event()
        self._lock = threading.Lock()
        self._roles: set[str] = set()
        self._threads = [
            threading.Thread(target=self._outlive, args=(work,), name=name, daemon=True)
            for name, work in (("hints-tell", self._tell), ("hints-listen", self._listen))
        ]

    def start(self) -> None:
        """Begin: from now on a ring for a role that is not of this process goes out."""
        self._bell.outward = self.tell
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End both threads."""
        self._bell.outward = None
        self._stop.set()
        self._waiting.set()
        for thread in self._threads:
            thread.join(5)

    def tell(self, roles: Collection[str]) -> None:
        """Note down whom to wake elsewhere; returns at once."""
        elsewhere = set(roles) - self._here
        if elsewhere:
            with self._lock:
                self._roles |= elsewhere
            self._waiting.set()

    def _outlive(self, work: Callable[[Connection], None]) -> None:
        while not self._stop.is_set():
            try:
                with self._database.session() as conn:
                    work(conn)
            except (Unavailable, psycopg.Error) as error:
                log.info("no hints for a moment", error=type(error).__name__)
                self._stop.wait(_AGAIN_SECONDS)

    def _tell(self, conn: Connection) -> None:
        conn.execute("set synchronous_commit = off")
        while not self._stop.is_set():
            self._waiting.wait()
            self._waiting.clear()
            with self._lock:
                roles, self._roles = self._roles, set()
            if roles:
                conn.execute("select pg_notify(%s, %s)", (CHANNEL, ",".join(sorted(roles))))
            self._stop.wait(_PAUSE_SECONDS)

    def _listen(self, conn: Connection) -> None:
        conn.execute(f"listen {CHANNEL}")
        while not self._stop.is_set():
            for note in conn.notifies(timeout=_LISTEN_SECONDS, stop_after=1):
                self._bell.ring_here(*note.payload.split(","))

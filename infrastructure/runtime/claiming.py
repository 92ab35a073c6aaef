"""What is to be sent next: claimed for all sender threads of a process together.

Threads that claim for themselves look at the same rows at the same moment, because a lease is seen
only when it is committed; and each would ask for what a larger claim asks once.
"""

import threading
from collections import deque
from typing import Final

from domain.shared.ids import TenantId
from infrastructure.runtime import leases
from infrastructure.runtime.last_look import About, LastLook
from infrastructure.runtime.leaving import Leaving, leaving
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from projections import outbox

CLAIM: Final = 4
"""Messages for each thread."""


class Claims:
    """The messages that a process has taken a lease of, until its threads take them one by one."""

    def __init__(
        self, database: Database, ledger: Ledger, last_look: LastLook, seconds: float, threads: int
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._last_look = last_look
        self._seconds = seconds
        self._most = CLAIM * threads
        self._lock = threading.Lock()
        self._ready: deque[tuple[TenantId, Leaving]] = deque()

    def take(self, holder: str) -> list[tuple[TenantId, Leaving]]:
        """Return some messages for one thread; none where there is nothing to send."""
        with self._lock:
            if not self._ready:
                self._ready.extend(self._claim(holder))
            return [self._ready.popleft() for _ in range(min(CLAIM, len(self._ready)))]

    def _claim(self, holder: str) -> list[tuple[TenantId, Leaving]]:
        with self._database.worker() as conn:
            rows = reads.fetch(conn, outbox.CLAIM, {"limit": self._most})
            work = [(TenantId(tenant), message) for tenant, message in rows]
            if not work:
                return []
            leases.take(conn, work, "send", holder, self._seconds)
            found = leaving(self._ledger, conn, (message for _, message in work))
        ready = [(tenant, found[message]) for tenant, message in work]
        self._last_look.before(About(t, row.school_id, row.student_id) for t, row in ready)
        return ready

"""What is to be sent next: claimed and composed for all sender threads of a process together.

Threads that claim for themselves look at the same rows at the same moment, because a lease is seen
only when it is committed; and each would ask for what a larger claim asks once.
"""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

import psycopg
import structlog

from domain.kernel.refusals import Refusal
from domain.shared.ids import MessageId, TenantId
from infrastructure.runtime import leases
from infrastructure.runtime.composing import Composed, Composer
from infrastructure.runtime.last_look import About, LastLook
from infrastructure.runtime.leaving import Leaving, leaving
from infrastructure.store import reads
from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import Unavailable
from infrastructure.vault.errors import VaultDamaged
from projections import outbox

CLAIM: Final = 4
"""Messages that a thread takes at once, and messages of a claim for each thread."""
FRESH: Final = 3.0
"""Seconds. A message that waited longer for its thread is composed anew: an address may have
changed meanwhile, and somebody may have been erased."""

log = structlog.get_logger()


class Work(NamedTuple):
    """A message that one thread is to send; `composed` is absent where it has yet to be written."""

    tenant: TenantId
    row: Leaving
    composed: Composed | None
    at: float

    @property
    def fresh(self) -> Composed | None:
        """What was written just now."""
        return self.composed if time.monotonic() - self.at < FRESH else None


class Claims:
    """The messages that a process has taken a lease of, until its threads take them one by one."""

    def __init__(
        self, database: Database, composer: Composer, last_look: LastLook, threads: int
    ) -> None:
        self._database = database
        self._composer = composer
        self._last_look = last_look
        self._seconds = composer.settings.lease_seconds
        self._most = CLAIM * threads
        self._lock = threading.Lock()
        self._claiming = threading.Lock()
        self._few = max(self._most // 2, 1)
        self._all = False
        self._ready: deque[Work] = deque()

    def take(self, holder: str, goes: Callable[[Leaving], bool]) -> list[Work]:
        """Return some messages for one thread; none where there is nothing to send.

        `goes` says which of them are to be written at once: the others do not leave now.
        """
        if len(self._ready) < self._few:
            self._refill(holder, goes)
        with self._lock:
            return [self._ready.popleft() for _ in range(min(CLAIM, len(self._ready)))]

    def _refill(self, holder: str, goes: Callable[[Leaving], bool]) -> None:
        """Claim more, one thread at a time: as long as something is left the others go on."""
        if not self._claiming.acquire(blocking=not self._ready):
            return
        try:
            # Where the last claim was all there is, the next one waits until that is used up.
            if not self._ready or (len(self._ready) < self._few and not self._all):
                self._ready.extend(self._claim(holder, goes))
        finally:
            self._claiming.release()

    def _claim(self, holder: str, goes: Callable[[Leaving], bool]) -> list[Work]:
        with self._database.worker() as conn:
            work = self._leased(conn, holder)
            if not work:
                return []
            found = leaving(self._composer.ledger, conn, (message for _, message in work))
        ready = [(TenantId(tenant), found[message]) for tenant, message in work]
        self._last_look.before(About(t, row.school_id, row.student_id) for t, row in ready)
        going: dict[TenantId, list[Leaving]] = defaultdict(list)
        for tenant, row in ready:
            if goes(row):
                going[tenant].append(row)
        now = time.monotonic()
        written: dict[MessageId, Composed] = {}
        for tenant, some in going.items():
            written |= self._composed(tenant, some)
        return [Work(tenant, row, written.get(row.message_id), now) for tenant, row in ready]

    def _leased(self, conn: Connection, holder: str) -> Sequence[tuple[UUID, UUID]]:
        """Take leases; where another process was faster with all that was found, look again."""
        while True:
            rows: list[Any] = reads.fetch(conn, outbox.CLAIM, {"limit": self._most})
            self._all = len(rows) < self._most
            work = leases.claim(conn, rows, "send", holder, self._seconds) if rows else []
            if work or not rows:
                return work

    def _composed(self, tenant: TenantId, rows: Sequence[Leaving]) -> dict[MessageId, Composed]:
        """Write all in one transaction; where that fails, each thread writes its own and sees."""
        try:
            with self._database.worker() as conn:
                return self._composer.messages(conn, tenant, rows)
        except (Refusal, ValueError, VaultDamaged, Unavailable, psycopg.Error) as error:
            log.warning("written one by one", error=type(error).__name__)
            return {}

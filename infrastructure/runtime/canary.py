"""Re-reads what was read: a fact that appears below the mark was skipped by every follower.

It follows the ledger as all followers do and keeps which positions it saw, by thousands. Every few
seconds it reads the last ten thousand positions again. A position that was not there the first time
means that the bound did not hold; one that is gone means that somebody changed the ledger. Either
is an alarm that stays until a person has settled it.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from infrastructure.store import hazards
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import LedgerRecorder, bound

log = structlog.get_logger()
FOLLOWER: Final = "canary"
WINDOW: Final = 10_000
PAGE: Final = 1_000
LATE: Final = "fact-appeared-late"
GONE: Final = "fact-disappeared"
_BATCH: Final = 10_000
_LOOK_SECONDS: Final = 2.0
_READ: Final = (
    "select notification_id from ledger where notification_id > %s and notification_id <= %s"
    " order by notification_id limit %s"
)
_BEGIN: Final = "insert into canary_page (page, seen) values (%s, '{}') on conflict do nothing"
_KEEP: Final = (
    "insert into canary_page as p (page, seen)"
    " select page, array_agg(seen order by seen) from unnest(%s::bigint[], %s::bigint[])"
    " as u (page, seen) group by page"
    " on conflict (page) do update set seen = p.seen || excluded.seen"
)
_WHO: Final = (
    "select originator_id, originator_version, (select string_agg(application_name, ', '"
    " order by application_name) from follower_position f"
    " where f.notification_id >= l.notification_id)"
    " from ledger l where notification_id = %s"
)


class Canary:
    """A follower named "canary"."""

    name = FOLLOWER
    exclusive: str | None = FOLLOWER

    def __init__(
        self,
        database: Database,
        recorder: LedgerRecorder,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._monotonic = monotonic
        self._look_at = 0.0

    def step(self) -> int:
        """Read on, and from time to time read again; return how many facts were new."""
        with self._database.worker() as conn:
            done = self._read(conn)
        if self._monotonic() >= self._look_at:
            self.look_again()
            self._look_at = self._monotonic() + _LOOK_SECONDS
        return done

    def look_again(self) -> list[tuple[str, int]]:
        """Compare what is there with what was seen; return kind and position of each difference."""
        with self._database.worker() as conn:
            pages = conn.execute("select page, seen from canary_page order by page").fetchall()
            mark = self._recorder.position_of(conn, FOLLOWER) or 0
            if not pages:
                return []
            seen = {position for _, positions in pages for position in positions}
            first = pages[0][0] * PAGE
            there = {row[0] for row in conn.execute(_READ, (first, mark, None)).fetchall()}
            found = [
                *((LATE, position) for position in sorted(there - seen)),
                *((GONE, position) for position in sorted(seen - there)),
            ]
            for kind, position in found:
                self._alarm(conn, kind, position)
        return found

    def _read(self, conn: Connection) -> int:
        until = bound(conn)
        mark = self._recorder.position_of(conn, FOLLOWER)
        if mark is None:
            mark = max((until - WINDOW) // PAGE, 0) * PAGE
            conn.execute(_BEGIN, (mark // PAGE,))
        if until <= mark:
            return 0
        rows = [row[0] for row in conn.execute(_READ, (mark, until, _BATCH)).fetchall()]
        mark = rows[-1] if len(rows) == _BATCH else until
        self._keep(conn, rows, mark)
        return len(rows)

    def _keep(self, conn: Connection, rows: Sequence[int], mark: int) -> None:
        """Keep what was seen together with how far it goes, and forget what lies far behind."""
        conn.execute(_KEEP, ([(position - 1) // PAGE for position in rows], list(rows)))
        conn.execute("delete from canary_page where page < %s", ((mark - WINDOW) // PAGE,))
        self._recorder.track(conn, FOLLOWER, mark)

    @staticmethod
    def _alarm(conn: Connection, kind: str, position: int) -> None:
        row = conn.execute(_WHO, (position,)).fetchone()
        stream, version, passed = row or ("unknown", 0, None)
        detail = f"stream {stream}, version {version}; passed by {passed or 'nobody'}"
        if kind == GONE:
            detail = "it was read before and is no longer in the ledger"
        if hazards.raise_alarm(conn, kind, position, detail):
            log.error(kind, position=position, stream=str(stream), passed=passed)

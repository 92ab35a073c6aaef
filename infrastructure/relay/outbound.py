"""The relay: reads the one order, publishes it to Kafka, then stores how far it has come.

At least once: a stop between the acknowledgements and the position publishes a batch again, and
consumers de-duplicate by `ce_id`. The position never runs ahead of an acknowledgement.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import structlog

from infrastructure.crash_points import crash_point
from infrastructure.relay import choices, pages, state
from infrastructure.relay.choices import Choice
from infrastructure.relay.link import Link, Waiting
from infrastructure.relay.pages import Batch, Page
from infrastructure.relay.publishing import EARLIER, BrokerAway
from infrastructure.relay.standby import Standby
from infrastructure.relay.state import FOLLOWER, Parked
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import LedgerRecorder

log = structlog.get_logger()
_FIRST_BACK_OFF: Final = 0.1
_LONGEST_BACK_OFF: Final = 5.0
_ASK_AGAIN: Final = 1.0
_LONGEST_POLL_FACTOR: Final = 5


@dataclass(frozen=True, slots=True)
class RelayHealth:
    """What the relay says of itself. `state`: starting, active, standby, waiting or parked."""

    state: str = "starting"
    position: int = 0
    head: int = 0
    lag: int = 0
    published: int = 0
    parked_streams: int = 0
    last_error: str = ""
    parked_reason: str = ""


class Relay:
    """A follower named "relay". One thread takes its steps."""

    name = FOLLOWER
    exclusive: str | None = None  # it holds its lock itself, also when a test drives it

    def __init__(
        self,
        database: Database,
        recorder: LedgerRecorder,
        bootstrap: str | None,
        prefix: str = "anseo",
        *,
        partitions: int = 6,
        batch: int = 5_000,
        max_record_bytes: int = 1_000_000,
        patience_seconds: float = 10.0,
        republish_when_forgotten: bool = False,
        poll_seconds: float = 0.02,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._prefix = prefix
        self._limit = batch
        self._poll = poll_seconds
        self._monotonic = monotonic
        self._standby = Standby(database, FOLLOWER)
        self._link = bootstrap and Link(
            database,
            recorder,
            bootstrap,
            prefix,
            partitions=partitions,
            max_record_bytes=max_record_bytes,
            patience=patience_seconds,
            republish=republish_when_forgotten,
            monotonic=monotonic,
        )
        self._health = RelayHealth()
        self._ahead: Page | None = None
        self._not_before = 0.0
        self._back_off = _FIRST_BACK_OFF

    @property
    def behind(self) -> bool:
        """Whether the next page is read already: there is no time for a rest."""
        return self._ahead is not None

    def health(self) -> RelayHealth:
        """Return the relay's own account, for /readyz."""
        return self._health

    def run(self, stop: threading.Event) -> None:
        """Step until told to stop; nothing that happens to store or broker ends this loop."""
        wait = self._poll
        while not stop.is_set():
            try:
                done = self.step()
                wait = self._poll if done else min(wait * 1.5, self._poll * _LONGEST_POLL_FACTOR)
            except Exception as error:  # noqa: BLE001  the follower loop outlives any fault of a batch
                log.warning("relay step failed", error=type(error).__name__)
                self._say(state="waiting", last_error=type(error).__name__)
                self.close()
                done, wait = 0, _LONGEST_BACK_OFF
            if not done:
                stop.wait(wait)
        self.close()

    def close(self) -> None:
        """Let go of broker and lock."""
        if self._link:
            self._link.close()
        self._standby.let_go()

    def step(self) -> int:
        """Handle one batch and return how many facts it held; 0 when there was nothing to do.

        Raises:
            Unavailable: PostgreSQL is away. A broker that is away is waited for, not raised.
        """
        if not self._link:
            self._say(state="parked", parked_reason="no broker is configured")
            return 0
        if self._monotonic() < self._not_before:
            return 0
        if not self._standby.holds():
            self._not_before = self._monotonic() + _ASK_AGAIN
            self._say(state="standby")
            return 0
        try:
            self._link.open()
            done = self._turn(self._link)
        except Waiting as waiting:
            self._not_before = self._monotonic() + _ASK_AGAIN
            self._say(state="parked", parked_reason=str(waiting))
            return 0
        except BrokerAway as error:
            self._away(self._link, error)
            return 0
        self._back_off = _FIRST_BACK_OFF
        return done

    def restart_from(self, position: int, *, by: str, reason: str) -> Choice:
        """Publish again everything behind a position, to whichever broker answers now.

        May be called in any process: an active relay notices when it stores its next batch.

        Raises:
            NoSuchPosition: the ledger does not reach so far.
        """
        with self._database.worker() as conn:
            choice = choices.restart(conn, self._recorder, position, by=by, reason=reason)
        if self._link:
            self._link.close()
        self._not_before = 0.0
        return choice

    def retry_parked(self) -> int:
        """Publish parked facts in order and return how many are no longer parked.

        Raises:
            BrokerAway: nothing has changed.
            Waiting: nothing is published before an operator has said from where.
        """
        if not self._link:
            return 0
        self._link.open()
        with self._database.worker() as conn:
            # The position is held meanwhile, so that no batch adds to a stream that is going out.
            state.position_locked(conn)
            rows = state.parked_rows(conn)
            if not rows:
                return 0
            batch = pages.sort(pages.opened(rows, self._prefix), set())
            failed = self._publish(self._link, batch)
            stuck = {parked.position for parked in failed}
            done = [row[3] for row in rows if row[3] not in stuck]
            state.release(conn, done)
            state.park(conn, failed)
            state.remember(conn, self._link.known)
        return len(done)

    def _turn(self, link: Link) -> int:
        with self._database.worker() as conn:
            before = self._recorder.position_of(conn, FOLLOWER) or 0
            waiting = state.parked_streams(conn)
            page = self._page(conn, before)
        if not page.lines:
            self._say(state="active", position=before, head=page.head, lag=0, last_error="")
            link.look_again()
            return 0
        batch = pages.sort(page.lines, waiting)
        failed = self._publish(link, batch, lambda: self._read_ahead(page))
        crash_point("relay.after_publish")
        if not self._store(link, batch, failed, before, page.last):
            return 0
        crash_point("relay.after_position")
        sent = len(batch.records) + len(batch.parked) - len(failed)
        self._say(
            state="active",
            position=page.last,
            head=page.head,
            lag=page.head - page.last,
            published=self._health.published + sent,
            parked_streams=len(waiting | {parked.stream for parked in failed}),
            last_error="",
        )
        return len(page.lines)

    def _page(self, conn: Connection, after: int) -> Page:
        """Return what was read ahead, if it is what lies behind this position, or read it now."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.after == after:
            return ahead
        return pages.read(conn, after, self._limit, self._prefix)

    def _read_ahead(self, page: Page) -> None:
        """Prepare the next page while the broker works on this one; a full one has a next."""
        if len(page.lines) == self._limit:
            with self._database.worker() as conn:
                self._ahead = pages.read(conn, page.last, self._limit, self._prefix)

    @staticmethod
    def _publish(
        link: Link, batch: Batch, meanwhile: Callable[[], None] = lambda: None
    ) -> list[Parked]:
        """Publish a batch and return what is to be parked of it."""
        published = link.publish(batch.records, meanwhile)
        failed = list(batch.parked)
        stuck: set[UUID] = set()
        for index, line in enumerate(batch.lines) if published.refused else ():
            error = published.refused.get(index, EARLIER if line.stream in stuck else "")
            if error:
                stuck.add(line.stream)
                failed.append(Parked(line.tenant, line.stream, line.position, error))
        return failed

    def _store(
        self, link: Link, batch: Batch, failed: Sequence[Parked], before: int, last: int
    ) -> bool:
        """Store the position behind the acknowledgements; False when it was moved meanwhile."""
        with self._database.worker() as conn:
            moved = state.position_locked(conn) != before
            if not moved:
                state.park(conn, failed)
                self._recorder.track(conn, FOLLOWER, last)
                if batch.records:
                    state.remember(conn, link.known)
        if moved:
            link.close()
            return False
        for parked in failed:
            log.error("parked", follower=FOLLOWER, position=parked.position, error=parked.error)
        return True

    def _away(self, link: Link, error: BrokerAway) -> None:
        log.warning("broker away", again_in=self._back_off, error=str(error))
        link.close()
        self._say(state="waiting", last_error=str(error))
        self._not_before = self._monotonic() + self._back_off
        self._back_off = min(self._back_off * 2, _LONGEST_BACK_OFF)

    def _say(self, **changes: Any) -> None:
        reason = changes.pop("parked_reason", "")
        self._health = replace(self._health, parked_reason=reason, **changes)

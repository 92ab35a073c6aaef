"""One role's loop: stands by behind a lock, steps, waits, and outlives a store that was away."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import psycopg
import structlog

from infrastructure.clock import machine_now
from infrastructure.runtime.pace import Bell, Pace
from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import Unavailable, is_connection_loss

log = structlog.get_logger()
_FIRST_BACK_OFF: Final = 0.1
_LONGEST_BACK_OFF: Final = 5.0
_STANDBY_SECONDS: Final = 1.0


class Worker(Protocol):
    """What a role runs. `exclusive` is the name of the lock that lets only one be active."""

    name: str
    exclusive: str | None

    def step(self) -> int:
        """Do one batch and return how much was done; 0 means nothing was waiting."""
        ...


@dataclass(slots=True)
class Health:
    """What a role says of itself."""

    state: str = "starting"
    last_step_at: datetime | None = None
    last_error: str = ""
    done: int = 0
    extra: dict[str, object] = field(default_factory=dict)


class Role:
    """Runs one worker on a thread of its own; `before` may refuse each batch by raising."""

    def __init__(
        self,
        worker: Worker,
        database: Database,
        bell: Bell,
        poll: float,
        rest: float = 0.0,
        before: Callable[[], None] | None = None,
    ) -> None:
        self.worker = worker
        self.health = Health()
        self._database = database
        self._pace = Pace(bell, worker.name.partition("-")[0], poll)
        self._look_again = 0.0
        self._rest = rest
        self._before = before
        self._stop = threading.Event()
        self._session: Connection | None = None
        self._thread = threading.Thread(target=self._run, name=worker.name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the loop to end after the batch in hand, and a long batch to be given up."""
        self._stop.set()
        interrupt = getattr(self.worker, "interrupt", None)
        if interrupt is not None:
            interrupt()

    def join(self, seconds: float) -> bool:
        """Wait for the end; False when the batch in hand takes longer."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        back_off = _FIRST_BACK_OFF
        while not self._stop.is_set():
            try:
                back_off = self._turn(back_off)
            except Exception as error:  # noqa: BLE001  the one loop that must outlive any fault of a batch
                self._failed(error, back_off)
                self._stop.wait(back_off)
                back_off = min(back_off * 2, _LONGEST_BACK_OFF)
        self._let_go()

    def _turn(self, back_off: float) -> float:
        if not self._holds_lock():
            self.health.state = "standby"
            self._stop.wait(_STANDBY_SECONDS)
            return back_off
        if self._before is not None:
            self._before()
        done = self.worker.step()
        self.health.state = "active"
        self.health.last_step_at = machine_now()
        self.health.last_error = ""
        self.health.done += done
        if done:
            self._pace.busy()
            if not getattr(self.worker, "behind", False):  # its batches are as full as can be
                self._stop.wait(self._rest)
        else:
            self._pace.idle()
        return _FIRST_BACK_OFF

    def _holds_lock(self) -> bool:
        """Take the lock, or see that the session which holds it still lives."""
        if self.worker.exclusive is None:
            return True
        if self._session is not None:
            if time.monotonic() > self._look_again:
                self._session.execute("select 1")
                self._look_again = time.monotonic() + _STANDBY_SECONDS
            return True
        session = self._database.session()
        row = session.execute(
            "select pg_try_advisory_lock(hashtextextended(%s, 7267))", (self.worker.exclusive,)
        ).fetchone()
        if row is not None and row[0]:
            self._session = session
            return True
        session.close()
        return False

    def _failed(self, error: Exception, back_off: float) -> None:
        self._let_go()
        self.health.state = "waiting"
        self.health.last_error = f"{type(error).__name__}"
        away = isinstance(error, Unavailable | psycopg.Error) and (
            isinstance(error, Unavailable) or is_connection_loss(error)
        )
        if away:
            log.warning("store away", role=self.worker.name, again_in=back_off)
        else:
            log.error("step failed", role=self.worker.name, error=repr(error), exc_info=error)

    def _let_go(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def wait_until(reached: Callable[[], bool], seconds: float, poll: float = 0.005) -> bool:
    """Poll until something is so; False when the time is over first."""
    deadline = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(poll)
    return True

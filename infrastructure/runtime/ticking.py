"""The clock of due steps: claims what is due and lets each run decide. Doubles are harmless."""

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog

from domain.kernel.commands import Command
from domain.kernel.refusals import CommandReused, Refusal
from domain.playbook_run.commands import EscalateRun, TakeStep
from domain.shared.ids import TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.crash_points import crash_point
from infrastructure.runtime import parking
from infrastructure.runtime.alone import all_but_the_bad
from infrastructure.runtime.folding import unhurried
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import positions
from infrastructure.runtime.reaching import members
from infrastructure.store import reads
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Intent, Ledger, Outcome, Receipt
from infrastructure.vault.vault import Vault
from projections import due_steps
from projections.due_steps import DUE_STEPS, DueRow

log = structlog.get_logger()
# Each step locks its run and consults three streams: no transaction holds more than 1,600 locks.
BATCH: Final = 400
STRETCH: Final = 4  # batches of a lane in one step: a role that is to end waits for no more
FOLLOWER: Final = "tick"
_NEWEST: Final = "select max(notification_id) from ledger where originator_id = %s"


@dataclass(frozen=True, slots=True)
class Due:
    """A claimed row of the diary."""

    tenant: TenantId
    due_at: datetime
    key: str
    row: DueRow


@dataclass(slots=True)
class _Walk:
    """One walk over all that was due at its beginning; where it stands, for each tenant."""

    now: datetime
    ends: dict[UUID, tuple[datetime, str]] = field(default_factory=dict)
    claiming: threading.Lock = field(default_factory=threading.Lock)


class ClockWentBack(Exception):
    """Decisions saw an earlier time than the claim: kept, their "not yet" would be for ever."""


class Ticker:
    """Takes due steps in the order of their times, each tenant its share of every batch.

    What it did shows in the table a moment later. So it walks: each batch begins behind the last
    one, nothing is claimed twice in a walk, and the next walk begins when the read model has
    folded what this one appended. The walk lives in memory only; who takes over begins anew, and
    the command ids answer for what was done already.

    One ticker is active and others stand by: sharing a walk would take a durable mark for each
    step, as dear as the step's own fact. Two at once (a lock's session was lost) pass over each
    other's rows by SKIP LOCKED, and what both take is answered once.
    """

    name = "tick"
    exclusive: str | None = "tick"

    def __init__(
        self,
        database: Database,
        ledger: Ledger,
        bell: Bell,
        batch: int = BATCH,
        vault: Vault | None = None,
    ) -> None:
        self._vault = vault
        self._database = database
        self._ledger = ledger
        self._bell = bell
        self._size = batch
        self._last = 0
        self._walk: _Walk | None = None
        self._lane = ThreadPoolExecutor(1, "tick-lane")

    def step(self) -> int:
        """Take due steps: one batch, or in a rush a stretch of them; 0 at the end of a walk."""
        walk = self._walk or self._begin()
        if walk is None:
            return 0
        self._walk = replace(walk, ends=dict(walk.ends))  # from here again, should a batch fail
        taken = self._batch(walk)
        if taken >= self._size:
            # Two lanes: while PostgreSQL loads and stores for one, this process decides for the
            # other. Their batches follow each other in the walk and share no row.
            other = self._lane.submit(self._stretch, walk)
            try:
                taken += self._stretch(walk)
            finally:
                taken += other.result()
        self._walk = walk if taken else None
        return taken

    def _stretch(self, walk: _Walk) -> int:
        taken = 0
        for _ in range(STRETCH):
            some = self._batch(walk)
            taken += some
            if some < self._size:
                break
        return taken

    def _batch(self, walk: _Walk) -> int:
        """Take one batch in one transaction."""
        with unhurried(), self._database.worker() as conn:
            with walk.claiming:
                claimed = self._claim(conn, walk)
                walk.ends.update({one.tenant: (one.due_at, one.key) for one in claimed})
            done = self._take(conn, claimed) if claimed else []
            if claimed and school_now(conn) < walk.now:
                raise ClockWentBack
            crash_point("tick.before_commit")
        crash_point("tick.after_commit")
        with walk.claiming:
            places = (o.position for _, o in done if isinstance(o, Receipt))
            self._last = max([self._last, *places])
        if claimed:
            self._bell.ring("project")
        return len(claimed)

    def _begin(self) -> _Walk | None:
        with self._database.worker() as conn:
            if min(positions(conn, (DUE_STEPS,)).values()) < self._last:
                return None
            return _Walk(school_now(conn))

    def _claim(self, conn: Connection, walk: _Walk) -> list[Due]:
        asked = {
            "now": walk.now,
            "limit": self._size,
            "parked": [str(run) for run in parking.parked_streams(conn, FOLLOWER)],
            "tenants": list(walk.ends),
            "ats": [at for at, _ in walk.ends.values()],
            "keys": [key for _, key in walk.ends.values()],
        }
        return _opened(reads.fetch(conn, due_steps.CLAIM, asked))

    def _take(self, conn: Connection, claimed: Sequence[Due]) -> list[tuple[Due, Outcome]]:
        """Let every run decide; a step that cannot be decided is parked, not tried hot for ever."""

        def decide(some: Sequence[Due]) -> list[tuple[Due, Outcome]]:
            outcomes = self._ledger.within(conn, [self._intent(conn, one) for one in some])
            return list(zip(some, outcomes, strict=True))

        def failed(one: Due, error: Exception) -> None:
            log.error("parked", follower=FOLLOWER, run=one.key, error=repr(error))
            _park(conn, one, repr(error))

        done: list[tuple[Due, Outcome]] = []
        for one, outcome in chain.from_iterable(all_but_the_bad(conn, claimed, decide, failed)):
            # An id that is known under other words: this step was answered by another release.
            if isinstance(outcome, Refusal) and not isinstance(outcome, CommandReused):
                log.error("parked", follower=FOLLOWER, run=one.key, code=outcome.code)
                _park(conn, one, f"refused: {outcome.code}")
            else:
                done.append((one, outcome))
        return done

    def _intent(self, conn: Connection, one: Due) -> Intent:
        row = one.row
        place = (row.run_id, row.school_id, row.case_id, row.student_id, row.guardian_id)
        if row.escalates:
            command: Command = EscalateRun(*place)
            key = derived_id("tick", row.run_id, "escalate", row.entry)
        else:
            home = members(conn, self._vault, one.tenant, row.members)
            command = TakeStep(*place, step_id=row.step_id, contact_on=row.contact_on, members=home)
            key = derived_id("tick", row.run_id, row.step_id, row.entry)
        return Intent(one.tenant, command, "process:tick", key)

    def retry(self) -> int:
        """Take parked steps again, those that are still due; return how many no longer wait."""
        with self._database.worker() as conn:
            waiting = parking.parked_streams(conn, FOLLOWER)
            asked = {"now": school_now(conn), "keys": [str(run) for run in waiting]}
            claimed = _opened(reads.fetch(conn, due_steps.OF_RUNS, asked))
            done = {one.row.run_id for one, _ in self._take(conn, claimed)}
            stuck = {one.row.run_id for one in claimed} - done
            parking.release_streams(conn, FOLLOWER, waiting - stuck)
        self._bell.ring("project", "tick")
        return len(waiting - stuck)


def _park(conn: Connection, one: Due, error: str) -> None:
    """Park a run at its newest fact, which is what put the step into the diary."""
    newest = conn.execute(_NEWEST, (one.row.run_id,)).fetchone()
    position = int(newest[0] or 0) if newest else 0
    parking.park(conn, FOLLOWER, one.tenant, one.row.run_id, position, error)


def _opened(rows: Iterable[tuple[Any, ...]]) -> list[Due]:
    return [
        Due(tenant, at, key, msgspec.json.decode(doc, type=DueRow)) for tenant, at, key, doc in rows
    ]

"""Rebuilds a read model beside the live table and swaps it in when it has caught up."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg import sql

from infrastructure.crash_points import crash_point
from infrastructure.runtime import folding, parking, refill_helper, refilling
from infrastructure.runtime.projecting import FULL_BATCH, checkpoint_of, hold, positions
from infrastructure.runtime.refilling import Filling
from infrastructure.store import tables
from infrastructure.store.database import Connection, Database
from infrastructure.store.errors import Unavailable
from infrastructure.store.locks import holding
from infrastructure.store.recorder import LedgerRecorder
from projections.kit import ReadModel

Progress = Callable[[int, int], None]
# The most facts that are left for the moment in which the live table is held.
_LITTLE: Final = 500
_SWAP_ATTEMPTS: Final = 60
_CONNECTIONS: Final = 2
_FAMILY: Final = 7267
_Rows = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: `same` says that the new rows equal the live ones at one position.

    `held_ms` is how long nobody else could fold into the model while the tables changed places.
    """

    name: str
    facts: int
    rows: int
    position: int
    same: bool
    held_ms: float


class RebuildRunning(Exception):
    """Somebody else is rebuilding this read model."""


def rebuild(
    database: Database,
    recorder: LedgerRecorder,
    model: ReadModel[Any],
    progress: Progress | None = None,
    *,
    resume: bool = False,
) -> Rebuilt:
    """Build a table from position 0 up to the live table's, compare the two, and swap.

    It may be killed at any moment: readers see the live table until the swap. The next rebuild
    begins anew or, with `resume`, goes on where one of the same code was killed while filling.

    Raises:
        RebuildRunning: for a second rebuild of one model at a time.
    """
    building = _Building(database, recorder, model, progress or _nobody_looks)
    with _alone(database, model):
        with _undisturbed(database, model.table):
            building.fill(resume=resume)
            same, rows = building.complete()
        held_ms = building.swap()
    return Rebuilt(model.name, building.facts, rows, building.position, same, held_ms)


class _Building:
    """One rebuild on its way; `position` is up to where the new table has been folded."""

    def __init__(
        self,
        database: Database,
        recorder: LedgerRecorder,
        model: ReadModel[Any],
        progress: Progress,
    ) -> None:
        self.facts = self.position = 0
        self._database = database
        self._recorder = recorder
        self._model = model
        self._filling = Filling(model)
        self._progress = progress

    def fill(self, *, resume: bool) -> None:
        """Fill the table stream by stream."""
        filling = self._filling
        with self._database.worker() as conn:
            _unlimited(conn)
            until = refilling.can_go_on(conn, filling) if resume else None
            if until is None:
                until = self._live(conn)
                refilling.begin(conn, filling, until)
            count = refilling.progress(conn, filling)[1]
        with refill_helper.helped(self._database, filling, count):
            self._fill_up(until)
        self._fill_up(until, last=True)
        self.position = 0 if self._model.gathers else until

    def _fill_up(self, until: int, *, last: bool = False) -> None:
        while refilling.fill_one(self._database, self._filling, last=last):
            with self._database.worker() as conn:
                done, all_of_them, _ = refilling.progress(conn, self._filling)
            self._progress(until * done // all_of_them, until)

    def complete(self) -> tuple[bool, int]:
        """Make it a table like the others; say whether its rows are the live ones, and how many.

        Two connections share the work, one for each core of a small machine. A snapshot shows the
        live rows and their checkpoint as of one moment, so nobody is held.
        """
        table = self._filling.table
        with ThreadPoolExecutor(_CONNECTIONS) as hands:
            live_rows = hands.submit(self._live_rows)
            for made in [hands.submit(self._make, i) for i in tables.indexes(self._model, table)]:
                made.result()
            self._protect()
            at, live = live_rows.result()
            self._catch_up(at)
            analyzed = hands.submit(self._analyze)
            built = self._built_rows()
            analyzed.result()
        return live == built, built[0]

    def _live_rows(self) -> tuple[int, _Rows]:
        with self._database.worker() as conn:
            conn.execute("set transaction isolation level repeatable read, read only")
            _unlimited(conn)
            return self._live(conn), _fingerprint(conn, self._model.table)

    def _built_rows(self) -> _Rows:
        with self._database.worker() as conn:
            _unlimited(conn)
            return _fingerprint(conn, self._filling.table)

    def _make(self, index: sql.Composed) -> None:
        with self._database.worker() as conn:
            _unlimited(conn)
            conn.execute(index)
        crash_point("rebuild.after_index")

    def _protect(self) -> None:
        with self._database.worker() as conn:
            self.facts = refilling.progress(conn, self._filling)[2]
            refilling.forget(conn, self._filling)
            tables.protect(conn, self._filling.table)

    def _analyze(self) -> None:
        with self._database.worker() as conn:
            _unlimited(conn)
            tables.analyze(conn, self._model, self._filling.table)

    def _catch_up(self, until: int) -> None:
        """Fold what the live table has seen and the new one has not."""
        while self.position < until:
            with folding.unhurried(), self._database.worker() as conn:
                self.position, count = self._fold(conn, self.position, until)
                self.facts += count
                crash_point("rebuild.before_commit")
            self._progress(self.position, until)

    def swap(self) -> float:
        """Hold the live checkpoint, fold the last facts, let the tables change places.

        Who reads for long keeps the tables from it: then everybody is let go, and it tries again.
        """
        for left in reversed(range(_SWAP_ATTEMPTS)):
            self._catch_up_but_for_a_little()
            try:
                return self._swap()
            except Unavailable as error:
                if not left or not isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                    raise
        raise AssertionError("unreachable")

    def _catch_up_but_for_a_little(self) -> None:
        while True:
            with self._database.worker() as conn:
                live = self._live(conn)
            if live - self.position <= _LITTLE:
                return
            self._catch_up(live)

    def _swap(self) -> float:
        with self._database.worker() as conn:
            # Longer than the second after which PostgreSQL sends its own autovacuum away.
            conn.execute("set local lock_timeout = '2s'")
            live = hold(conn, self._recorder, (self._model,))[checkpoint_of(self._model)]
            began = time.monotonic()
            count = self._fold_to(conn, live)
            tables.swap(conn, self._model, self._filling.table)
            parking.take_over(conn, self._filling.follower, self._filling.live)
            crash_point("rebuild.before_swap")
        held = (time.monotonic() - began) * 1000
        crash_point("rebuild.after_swap")
        self.position, self.facts = live, self.facts + count
        return round(held, 1)

    def _live(self, conn: Connection) -> int:
        return positions(conn, (self._model,))[checkpoint_of(self._model)]

    def _fold_to(self, conn: Connection, until: int) -> int:
        facts, position = 0, self.position
        while position < until:
            position, count = self._fold(conn, position, until)
            facts += count
        return facts

    def _fold(self, conn: Connection, position: int, until: int) -> tuple[int, int]:
        """Fold one batch, never past the live table's position: so the two can be compared."""
        follower = self._filling.follower
        batch = parking.read_told(conn, position, FULL_BATCH, until)
        parking.park_unreadable(conn, follower, batch.unreadable)
        waiting = parking.waiting_for(parking.parked_streams(conn, follower), batch.unreadable)
        folding.fold_into(conn, self._model, self._filling.table, batch.facts, waiting, follower)
        return (batch.last if batch.count == FULL_BATCH else until), batch.count


def _nobody_looks(done: int, head: int) -> None:
    del done, head


@contextmanager
def _alone(database: Database, model: ReadModel[Any]) -> Iterator[None]:
    """Hold a lock that dies with this process."""
    name = f"rebuild:{model.table}"
    with database.session() as session, holding(session, name, _FAMILY) as alone:
        if not alone:
            raise RebuildRunning(model.name)
        yield


@contextmanager
def _undisturbed(database: Database, table: str) -> Iterator[None]:
    """Keep autovacuum from the live table, for which the swap would have to wait.

    PostgreSQL sends away one that is at it, a second later. Nobody who reads or writes is held up.
    """
    with database.session() as session, ThreadPoolExecutor(1) as aside, session.transaction():
        _unlimited(session)
        asked = aside.submit(_ask_for, session, table)
        yield
        asked.result()


def _ask_for(session: Connection, table: str) -> None:
    name = sql.Identifier(table)
    with suppress(psycopg.errors.LockNotAvailable), session.transaction():
        session.execute(sql.SQL("lock table {} in share update exclusive mode").format(name))


def _unlimited(conn: Connection) -> None:
    """Let this transaction take as long as it takes: an index, a hash of all rows."""
    conn.execute(
        "select set_config(name, '0', true) from pg_settings where name in"
        " ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')"
    )


def _fingerprint(conn: Connection, table: str) -> _Rows:
    """Return how many rows there are, and a hash of every column of all of them in any order."""
    row = conn.execute(
        sql.SQL(
            "select count(*), coalesce(sum(hash_record_extended(t, 0)), 0) from {} as t"
        ).format(sql.Identifier(table))
    ).fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))

"""Runs read models: load the touched rows, fold a batch, write rows and checkpoint together."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import psycopg

from domain.kernel.facts import Event
from domain.kernel.recorded import Told
from infrastructure.crash_points import crash_point
from infrastructure.runtime import folding, parking
from infrastructure.runtime.pace import Bell
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import LedgerRecorder
from projections.kit import ReadModel

BATCH: Final = 2_000
# Who is far behind gains by fuller batches: a row that is touched five times is written once.
FULL_BATCH: Final = 10_000
# Whose work a table holds: they are woken when it was touched.
_WORK: Final = {"due_steps": "tick", "outbox": "send", "letter_work": "letters"}


# Folds a model's facts: connection, model, table, facts, what waits, under which name.
Folding = Callable[
    [Connection, ReadModel[Any], str, Sequence[Told], folding.Waiting, str],
    bool,
]


def checkpoint_of(model: ReadModel[Any]) -> str:
    """Return the name under which a model's position is kept; a new version starts at zero."""
    return f"project:{model.table}"


class Projector:
    """All read models in one pass over the log, each with a checkpoint of its own."""

    name = "project"
    exclusive: str | None = "project"

    def __init__(
        self,
        database: Database,
        recorder: LedgerRecorder,
        models: Sequence[ReadModel[Any]],
        bell: Bell,
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._models = models
        self._bell = bell
        self._reader = ThreadPoolExecutor(1, "project-reader")
        self._ahead: tuple[int, Future[parking.Batch[Told]]] | None = None
        self._heard: dict[type[Event], list[int]] = {}
        for number, model in enumerate(models):
            for kind in model.listens:
                self._heard.setdefault(kind, []).append(number)

    def step(self) -> int:
        """Fold one batch into every model that has not seen it."""
        try:
            return self._step(folding.fold_into)
        except psycopg.DataError:  # a row that no table can hold must not hold up all others
            return self._step(folding.fold_carefully)

    def _step(self, fold: Folding) -> int:
        with folding.unhurried(), self._database.worker() as conn:
            places = positions(conn, self._models)
            batch = self._read(conn, min(places.values()))
            if not batch.count:
                return 0
            places = hold(conn, self._recorder, self._models)
            touched = self._fold(conn, fold, batch, places)
            self._recorder.track_all(conn, list(places), batch.last)
            crash_point("project.before_commit")
        crash_point("project.after_commit")
        self._bell.ring("react", *(role for name, role in _WORK.items() if name in touched))
        return batch.count

    def _read(self, conn: Connection, after: int) -> parking.Batch[Told]:
        """Read a batch, or take the one that was read ahead; when it is full, read ahead again.

        What lies below the bound never changes, so it may be read in another transaction: while
        PostgreSQL writes the rows of one batch, this process opens the facts of the next.
        """
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead[0] == after:
            batch, limit = ahead[1].result(), FULL_BATCH
        else:
            batch, limit = parking.read_told(conn, after, BATCH), BATCH
        if batch.count == limit:
            self._ahead = (batch.last, self._reader.submit(self._read_ahead, batch.last))
        return batch

    def _read_ahead(self, after: int) -> parking.Batch[Told]:
        with self._database.worker() as conn:
            return parking.read_told(conn, after, FULL_BATCH)

    def _fold(
        self,
        conn: Connection,
        fold: Folding,
        batch: parking.Batch[Told],
        places: Mapping[str, int],
    ) -> set[str]:
        """Fold a batch into each model; return the names of those that it was for."""
        parked = parking.all_parked_streams(conn)
        heard: list[list[Told]] = [[] for _ in self._models]
        for fact in batch.facts:
            for number in self._heard.get(type(fact.event), ()):
                heard[number].append(fact)
        touched = set()
        for model, facts in zip(self._models, heard, strict=True):
            follower = checkpoint_of(model)
            seen = places[follower]
            bad = [one for one in batch.unreadable if one.position > seen]
            parking.park_unreadable(conn, follower, bad)
            waiting = parking.waiting_for(parked.get(follower, ()), bad)
            fresh = facts if seen <= batch.after else [f for f in facts if f.position > seen]
            if fold(conn, model, model.table, fresh, waiting, follower):
                touched.add(model.name)
        return touched

    def retry(self, model: ReadModel[Any]) -> int:
        """Fold a model's parked facts again, in order; return how many are no longer parked."""
        follower = checkpoint_of(model)
        with self._database.worker() as conn:
            hold(conn, self._recorder, (model,))
            facts = parking.ready(parking.parked_rows(conn, follower))
            parking.release(conn, follower, [fact.position for fact in facts])
            folding.fold_carefully(conn, model, model.table, facts, {}, follower)
            left = parking.parked_streams(conn, follower)
            return sum(fact.stream not in left for fact in facts)


def all_positions(conn: Connection) -> dict[str, int]:
    """Return how far every follower has come."""
    return dict(
        conn.execute("select application_name, notification_id from follower_position").fetchall()
    )


def positions(conn: Connection, models: Sequence[ReadModel[Any]]) -> dict[str, int]:
    """Return the checkpoint of each model, 0 where it has not begun."""
    known = all_positions(conn)
    return {name: known.get(name, 0) for name in map(checkpoint_of, models)}


def hold(
    conn: Connection, recorder: LedgerRecorder, models: Sequence[ReadModel[Any]]
) -> dict[str, int]:
    """Return the checkpoints, and keep everybody else from folding until this transaction ends.

    The role's lock lives on a session of its own, which can be lost while a batch is in hand; and
    a retry runs in another process. A row loaded by two of them would count a fact twice, or lose
    one.
    """
    names = [checkpoint_of(model) for model in models]
    found = _locked(conn, names)
    if len(found) < len(names):
        recorder.track_all(conn, names, 0)
        found = _locked(conn, names)
    return found


def _locked(conn: Connection, names: Sequence[str]) -> dict[str, int]:
    return dict(
        conn.execute(
            "select application_name, notification_id from follower_position"
            " where application_name = any(%s) order by application_name for update",
            (list(names),),
        ).fetchall()
    )

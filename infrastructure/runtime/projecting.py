"""Runs read models: load the touched rows, fold a batch, write rows and checkpoint together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import msgspec
import structlog
from psycopg import sql

from domain.kernel.recorded import Recorded
from infrastructure.crash_points import crash_point
from infrastructure.runtime import parking
from infrastructure.runtime.pace import Bell
from infrastructure.store import tables
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import LedgerRecorder, read_after
from projections.kit import ReadModel, Row

log = structlog.get_logger()
BATCH: Final = 2_000
# Whose work a table holds: they are woken when it was touched.
_WORK: Final = {"due_steps": "tick", "outbox": "send", "letter_work": "letters"}
RowKey = tuple[UUID, str]


def checkpoint_of(model: ReadModel[Any]) -> str:
    """Return the name under which a model's position is kept; a new version starts at zero."""
    return f"project:{model.table}"


@dataclass(slots=True)
class Fold:
    """The rows that a batch touches: as loaded, as they are now, and what could not be folded."""

    model: ReadModel[Any]
    rows: dict[RowKey, Row | None]
    touched: set[RowKey] = field(default_factory=set)
    failed: list[tuple[Recorded, str]] = field(default_factory=list)

    def add(self, fact: Recorded, keys: Iterable[str]) -> None:
        """Fold one fact into its rows, all of them or none."""
        after: dict[RowKey, Row | None] = {}
        try:
            for key in keys:
                before = self.rows.get((fact.tenant, key))
                after[fact.tenant, key] = self.model.evolve(before, fact, key)
        except Exception as error:  # noqa: BLE001  a fault parks the stream and the fold goes on
            self.failed.append((fact, repr(error)))
            return
        self.rows.update(after)
        self.touched.update(after)


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

    def step(self) -> int:
        """Fold one batch into every model that has not seen it."""
        with self._database.worker() as conn:
            places = positions(conn, self._models)
            rows = read_after(conn, min(places.values()), BATCH)
            if not rows:
                return 0
            places = hold(conn, self._recorder, self._models)
            facts, unreadable = parking.open_all(rows)
            parked = parking.all_parked_streams(conn)
            touched = {
                model.name
                for model in self._models
                if self._fold(conn, model, facts, unreadable, places[checkpoint_of(model)], parked)
            }
            self._recorder.track_all(conn, list(places), rows[-1][3])
            crash_point("project.before_commit")
        crash_point("project.after_commit")
        self._bell.ring("react", *(role for name, role in _WORK.items() if name in touched))
        return len(rows)

    def _fold(
        self,
        conn: Connection,
        model: ReadModel[Any],
        facts: Sequence[Recorded],
        unreadable: Sequence[parking.Unreadable],
        seen: int,
        parked: Mapping[str, set[UUID]],
    ) -> bool:
        follower = checkpoint_of(model)
        waiting = parked.get(follower, set())
        for bad in unreadable:
            if bad.position > seen:
                parking.park(conn, follower, bad.tenant, bad.stream, bad.position, bad.error)
                waiting.add(bad.stream)
        fresh = [fact for fact in facts if fact.position > seen]
        return fold_into(conn, model, model.table, fresh, waiting)

    def retry(self, model: ReadModel[Any]) -> int:
        """Fold a model's parked facts again, in order; return how many are no longer parked."""
        follower = checkpoint_of(model)
        with self._database.worker() as conn:
            hold(conn, self._recorder, (model,))
            facts = parking.ready(parking.parked_rows(conn, follower))
            parking.release(conn, follower, [fact.position for fact in facts])
            fold_into(conn, model, model.table, facts, set())
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


def fold_into(
    conn: Connection,
    model: ReadModel[Any],
    table: str,
    facts: Sequence[Recorded],
    parked: set[UUID],
    follower: str | None = None,
) -> bool:
    """Fold facts into a table's rows; facts of parked streams are parked behind the first one.

    Returns whether any fact was for this model.
    """
    follower = follower or checkpoint_of(model)
    work = [(fact, model.keys(fact)) for fact in facts]
    work = [(fact, keys) for fact, keys in work if keys]
    if not work:
        return False
    wanted: set[RowKey] = {(fact.tenant, key) for fact, keys in work for key in keys}
    fold = Fold(model, load(conn, model, table, wanted))
    for fact, keys in work:
        if fact.stream in parked:
            cause = "an earlier fact of this stream is parked"
            parking.park(conn, follower, fact.tenant, fact.stream, fact.position, cause)
            continue
        fold.add(fact, keys)
        if fold.failed:
            bad, error = fold.failed.pop()
            log.error("parked", follower=follower, position=bad.position, error=error)
            parking.park(conn, follower, bad.tenant, bad.stream, bad.position, error)
            parked.add(bad.stream)
    save(conn, model, table, fold.rows, fold.touched)
    return True


def load(
    conn: Connection, model: ReadModel[Any], table: str, wanted: set[RowKey]
) -> dict[RowKey, Row | None]:
    """Return the present rows under some keys."""
    found = conn.execute(
        sql.SQL(
            "select t.tenant, t.key, t.doc from {} as t join"
            " unnest(%s::uuid[], %s::text[]) as w (tenant, key) using (tenant, key)"
        ).format(sql.Identifier(table)),
        ([tenant for tenant, _ in wanted], [key for _, key in wanted]),
    ).fetchall()
    return {(tenant, key): msgspec.json.decode(doc, type=model.row) for tenant, key, doc in found}


def save(
    conn: Connection,
    model: ReadModel[Any],
    table: str,
    rows: Mapping[RowKey, Row | None],
    touched: set[RowKey],
) -> None:
    """Write the touched rows in one statement, and remove those that are no more."""
    name = sql.Identifier(table)
    gone = [key for key in touched if rows[key] is None]
    if gone:
        conn.execute(
            sql.SQL(
                "delete from {} as t using unnest(%s::uuid[], %s::text[]) as g (tenant, key)"
                " where t.tenant = g.tenant and t.key = g.key"
            ).format(name),
            ([tenant for tenant, _ in gone], [key for _, key in gone]),
        )
    kept = [(key, row) for key in sorted(touched) if (row := rows[key]) is not None]
    if not kept:
        return
    types = {"tenant": "uuid", "key": "text", "doc": "text"} | tables.column_types(model)
    columns = sql.SQL(", ").join(map(sql.Identifier, types))
    arrays = sql.SQL(", ").join(
        sql.SQL("%s::{}[]").format(sql.SQL(kind)) for kind in types.values()
    )
    updates = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column))
        for column in types
        if column not in {"tenant", "key"}
    )
    conn.execute(
        sql.SQL(
            "insert into {} ({}) select * from unnest({})"
            " on conflict (tenant, key) do update set {}"
        ).format(name, columns, arrays, updates),
        _columns(kept, model),
    )


def _columns(kept: list[tuple[RowKey, Row]], model: ReadModel[Any]) -> list[list[Any]]:
    values: list[list[Any]] = [
        [tenant for (tenant, _), _ in kept],
        [key for (_, key), _ in kept],
        [msgspec.json.encode(row).decode() for _, row in kept],
    ]
    values += [[getattr(row, column) for _, row in kept] for column in model.columns]
    return values

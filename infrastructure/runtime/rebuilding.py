"""Rebuilds a read model beside the live table and swaps it in when it has caught up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from infrastructure.runtime import parking
from infrastructure.runtime.folding import fold_into
from infrastructure.runtime.projecting import BATCH, checkpoint_of, positions
from infrastructure.store import tables
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import LedgerRecorder, read_after
from projections.kit import ReadModel


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found: `same` says that the new rows equal the live ones at one position."""

    name: str
    facts: int
    rows: int
    position: int
    same: bool


def rebuild(
    database: Database,
    recorder: LedgerRecorder,
    model: ReadModel[Any],
    progress: Callable[[int, int], None] | None = None,
) -> Rebuilt:
    """Build a table from position 0 up to the live table's, compare the two, and swap.

    The last stretch and the swap hold the live checkpoint's row, so no fact falls between.
    """
    built = f"{model.table}_rebuild"
    with database.worker() as conn:
        tables.drop(conn, built)
        parking.forget(conn, f"project:{built}")
        tables.create(conn, model, built)
    facts, position = 0, 0
    while True:
        with database.worker() as conn:
            live = positions(conn, (model,))[checkpoint_of(model)]
            done, position = _fold_until(conn, model, built, position, live)
            facts += done
        if progress is not None:
            progress(position, live)
        if position >= live or not done:
            break
    with database.worker() as conn:
        tables.index(conn, model, built)
        live = _hold_live(conn, recorder, model)
        while position < live:
            done, position = _fold_until(conn, model, built, position, live)
            facts += done
        same = _same(conn, model.table, built)
        rows = _count(conn, built)
        tables.swap(conn, model, built)
        parking.take_over(conn, f"project:{built}", checkpoint_of(model))
    return Rebuilt(model.name, facts, rows, position, same)


def _fold_until(
    conn: Connection, model: ReadModel[Any], built: str, position: int, live: int
) -> tuple[int, int]:
    """Fold one batch, never past the live table's position: so the two can be compared."""
    rows = [row for row in read_after(conn, position, BATCH) if row[3] <= live]
    if not rows:
        return 0, live
    follower = f"project:{built}"
    opened, bad = parking.open_all(rows)
    for one in bad:
        parking.park(conn, follower, one.tenant, one.stream, one.position, one.error)
    parked = parking.parked_streams(conn, follower)
    fold_into(conn, model, built, opened, parked, follower)
    return len(rows), rows[-1][3]


def _hold_live(conn: Connection, recorder: LedgerRecorder, model: ReadModel[Any]) -> int:
    """Lock the live checkpoint, so that the projector waits for the swap."""
    name = checkpoint_of(model)
    conn.execute("select 1 from follower_position where application_name = %s for update", (name,))
    return recorder.position_of(conn, name) or 0


def _same(conn: Connection, live: str, built: str) -> bool:
    row = conn.execute(
        sql.SQL(
            "select count(*) from (select tenant, key, doc from {0} except all"
            " select tenant, key, doc from {1}) as a full join (select tenant, key, doc from {1}"
            " except all select tenant, key, doc from {0}) as b using (tenant, key)"
        ).format(sql.Identifier(live), sql.Identifier(built))
    ).fetchone()
    return row is not None and row[0] == 0


def _count(conn: Connection, table: str) -> int:
    row = conn.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
    return 0 if row is None else int(row[0])

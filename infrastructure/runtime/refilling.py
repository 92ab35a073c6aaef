"""Fills a fresh table stream by stream: each row is written once, when its stream is over.

The ledger is cut into stretches of streams, a few thousand facts each, listed in a table beside
the one that is built. Whoever fills takes a stretch, copies its rows and ticks it off in one
transaction: so two processes share the work, each has memory for one stretch, and who is killed
leaves nothing half done.
"""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from psycopg import sql

from domain.kernel import facts
from domain.kernel.recorded import Told
from infrastructure.crash_points import crash_point
from infrastructure.runtime import folding, parking
from infrastructure.store import tables, wholesale
from infrastructure.store.database import Connection, Database
from infrastructure.store.recorder import COLUMNS
from projections.kit import ReadModel, RowAStream, stream_key

STRETCH: Final = 10_000
_SMALL: Final = 200_000
Failed = list[tuple[Told, str]]
_LAST: Final = UUID(int=(1 << 128) - 1)
# Facts whose name nobody knows, and streams of which something is parked, are for everybody.
_WANTED: Final = (
    "originator_id between %(low)s and %(high)s and notification_id <= %(until)s"
    " and (topic = any(%(listens)s) or topic <> all(%(known)s) or originator_id = any(%(parked)s))"
)
_STREAMS: Final = wholesale.streams_of(_WANTED)
_ONE_BY_ONE: Final = (
    f"select {COLUMNS} from ledger where originator_id = any(%(closed)s) and {_WANTED}"
    " order by originator_id, originator_version"
)


@dataclass(frozen=True, slots=True)
class Filling:
    """A table that is being filled for a model, and what belongs to it while it is."""

    model: ReadModel[Any]

    @property
    def live(self) -> str:
        """The name of the live table's checkpoint, and of what is parked for it."""
        return f"project:{self.model.table}"

    @property
    def table(self) -> str:
        """The table that is built."""
        return f"{self.model.table}_rebuild"

    @property
    def stretches(self) -> str:
        """The list of what has to be read for it."""
        return f"{self.table}_stretch"

    @property
    def follower(self) -> str:
        """The name under which its facts are parked until the swap."""
        return f"project:{self.table}"

    @property
    def code(self) -> str:
        """A fingerprint of what folds: rows of two releases must not stand in one table."""
        return _code_of(self.model)


@cache
def _code_of(model: ReadModel[Any]) -> str:
    source = inspect.getsource(inspect.getmodule(model.evolve) or model.evolve)
    return sha256(source.encode()).hexdigest()


def begin(conn: Connection, filling: Filling, until: int) -> None:
    """Make the table and the list of stretches anew, in one transaction."""
    forget(conn, filling)
    parking.forget(conn, filling.follower)
    tables.drop(conn, filling.table)
    tables.create_bare(conn, filling.model, filling.table)
    stretches = [] if filling.model.gathers else list(_stretches(conn, until))
    name = sql.Identifier(filling.stretches)
    conn.execute(
        sql.SQL(
            "create table {} (low uuid, high uuid, until bigint, code text, facts bigint)"
        ).format(name)
    )
    conn.execute(
        sql.SQL(
            "insert into {} select l, h, %s, %s from unnest(%s::uuid[], %s::uuid[]) as u (l, h)"
        ).format(name),
        (until, filling.code, [low for low, _ in stretches], [high for _, high in stretches]),
    )


def _stretches(conn: Connection, until: int) -> Iterator[tuple[UUID, UUID]]:
    """Cut the streams where a sample of the ledger says that about so many facts lie between."""
    percent = 1 if until > _SMALL else 10
    rows = conn.execute(
        f"select originator_id from ledger tablesample system ({percent}) order by 1"
    ).fetchall()
    step = STRETCH * percent // 100
    low = 0
    for cut in dict.fromkeys(row[0].int for row in rows[step::step]):
        yield UUID(int=low), UUID(int=cut - 1)
        low = cut
    yield UUID(int=low), _LAST


def can_go_on(conn: Connection, filling: Filling) -> int | None:
    """Return up to where a killed rebuild of the same code was filling, if there is one."""
    found = conn.execute("select to_regclass(%s)", (filling.stretches,)).fetchone()
    if found is None or found[0] is None:
        return None
    row = conn.execute(
        sql.SQL("select max(until), min(code), max(code) from {}").format(
            sql.Identifier(filling.stretches)
        )
    ).fetchone()
    return int(row[0]) if row is not None and row[1] == row[2] == filling.code else None


def forget(conn: Connection, filling: Filling) -> None:
    """Drop the list of stretches."""
    tables.drop(conn, filling.stretches)


def progress(conn: Connection, filling: Filling) -> tuple[int, int, int]:
    """Return how many stretches are done, how many there are, and how many facts were folded."""
    row = conn.execute(
        sql.SQL("select count(facts), count(*), coalesce(sum(facts), 0)::bigint from {}").format(
            sql.Identifier(filling.stretches)
        )
    ).fetchone()
    return (0, 0, 0) if row is None else (row[0], row[1], row[2])


def fill_one(database: Database, filling: Filling, *, last: bool = False) -> bool:
    """Take one stretch, copy its rows, tick it off; False when none is left to take.

    What somebody else is filling is passed over, but at `last` waited for: whoever was killed over
    it gives it back as soon as PostgreSQL notices. Nobody takes what another release has listed.
    """
    name = sql.Identifier(filling.stretches)
    with folding.unhurried(), database.worker() as conn:
        # A power cut may take back the last stretches, rows and ticks together; the swap's own
        # commit makes all of them last.
        conn.execute("set local synchronous_commit = off")
        taken = conn.execute(
            sql.SQL(
                "select low, high, until from {} where facts is null and code = %s"
                " order by low limit 1 for update" + ("" if last else " skip locked")
            ).format(name),
            (filling.code,),
        ).fetchone()
        if taken is None:
            return False
        done = _fill(conn, filling, *taken)
        conn.execute(
            sql.SQL("update {} set facts = %s where low = %s").format(name), (done, taken[0])
        )
        crash_point("rebuild.before_commit")
    crash_point("rebuild.after_commit")
    return True


def _fill(conn: Connection, filling: Filling, low: UUID, high: UUID, until: int) -> int:
    """Fold the streams of one stretch and copy their rows; return how many facts were read."""
    model = filling.model
    values = {
        "low": low,
        "high": high,
        "until": until,
        "listens": [facts.name_of(kind) for kind in model.listens],
        "known": list(facts.known_names()),
        "parked": list(parking.parked_streams(conn, filling.live)),
    }
    streams = wholesale.streams(conn, _STREAMS, values)
    closed: list[UUID] = []
    failed: Failed = []
    read = 0

    def rows() -> Iterator[tables.Stored]:
        nonlocal read
        for stream, tenant, count, found in streams:
            read += count
            if found is None:
                closed.append(stream)
            else:
                yield from _rows_of_stream(model, tenant, found, failed)

    tables.copy(conn, model, filling.table, rows())
    if closed:
        _fill_one_by_one(conn, filling, values | {"closed": closed}, failed)
    folding.park_all(conn, filling.follower, failed)
    return read


def _fill_one_by_one(
    conn: Connection, filling: Filling, values: dict[str, Any], failed: Failed
) -> None:
    """Open the facts of some streams each by itself, and park those that do not open."""
    found, bad = parking.open_all(conn.execute(_ONE_BY_ONE, values).fetchall())
    parking.park_unreadable(conn, filling.follower, bad)
    tenants = {fact.tenant.int: fact.tenant for fact in found}
    rows = _rows_of(filling.model, tenants, found, parking.waiting_for((), bad), failed)
    tables.copy(conn, filling.model, filling.table, rows)


def _rows_of_stream(
    model: ReadModel[Any], tenant: UUID, found: Sequence[Told], failed: Failed
) -> Iterator[tables.Stored]:
    if not isinstance(model.keys, RowAStream):
        yield from _rows_of(model, {tenant.int: tenant}, found, {}, failed)
        return
    heard = model.keys.heard
    found = [fact for fact in found if type(fact.event) in heard]
    key = stream_key(found[0]) if found else ""
    row = folding.fold_stream(model, key, found, failed)
    if row is not None:
        yield tables.stored(model, tenant, key, row)


def _rows_of(
    model: ReadModel[Any],
    tenants: Mapping[int, UUID],
    found: Sequence[Told],
    waiting: folding.Waiting,
    failed: Failed,
) -> Iterator[tables.Stored]:
    """Fold whole streams into rows as the table holds them."""
    work = [(fact, keys) for fact in found if (keys := model.keys(fact))]
    rows: folding.Rows = {}
    failed += folding.fold(model, work, rows, waiting)
    for (tenant, key), row in rows.items():
        if row is not None:
            yield tables.stored(model, tenants[tenant], key, row)

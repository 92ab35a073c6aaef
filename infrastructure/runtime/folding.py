"""Folds facts into the rows of a read model: load what is touched, fold in memory, write once."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import structlog
from psycopg import sql

from domain.kernel.recorded import Recorded
from infrastructure.runtime import parking
from infrastructure.store import tables
from infrastructure.store.database import Connection
from projections.kit import ReadModel, Row

log = structlog.get_logger()
BEHIND: Final = "an earlier fact of this stream is parked"
# A tenant as a number: hashing an id object takes longer than folding a fact.
Place = tuple[int, str]
Rows = dict[Place, Row | None]


@contextmanager
def unhurried() -> Iterator[None]:
    """Let the garbage collector rest for a batch.

    A batch makes a hundred thousand ids and no cycle, and is let go whole; walked by the collector
    every 700 of them it takes four times as long.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def fold_into(
    conn: Connection,
    model: ReadModel[Any],
    table: str,
    facts: Sequence[Recorded],
    parked: set[UUID],
    follower: str,
) -> bool:
    """Fold facts into a table's rows; facts of parked streams are parked behind the first one.

    Returns whether any fact was for this model.
    """
    work = [(fact, keys) for fact in facts if (keys := model.keys(fact))]
    if not work:
        return False
    wanted: dict[Place, UUID] = {
        (fact.tenant.int, key): fact.tenant for fact, keys in work for key in keys
    }
    before = load(conn, model, table, wanted)
    rows: Rows = dict(before)
    for fact, error in fold(model, work, rows, parked):
        parking.park(conn, follower, fact.tenant, fact.stream, fact.position, error)
        if error is not BEHIND:
            log.error("parked", follower=follower, position=fact.position, error=error)
    changed = {place: row for place, row in rows.items() if row is not before.get(place)}
    save(conn, model, table, changed, wanted)
    return True


def fold(
    model: ReadModel[Any],
    work: Sequence[tuple[Recorded, tuple[str, ...]]],
    rows: Rows,
    parked: set[UUID],
) -> list[tuple[Recorded, str]]:
    """Fold each fact into all of its rows or none; return the facts to be parked, and why.

    A stream waits from its first fault on, or from the start when it is parked.
    """
    evolve, waiting = model.evolve, {stream.int for stream in parked}
    failed: list[tuple[Recorded, str]] = []
    for fact, keys in work:
        if waiting and fact.stream.int in waiting:
            failed.append((fact, BEHIND))
            continue
        tenant = fact.tenant.int
        try:
            after = [evolve(rows.get((tenant, key)), fact, key) for key in keys]
        except Exception as error:  # noqa: BLE001  a fault parks the stream and the fold goes on
            failed.append((fact, repr(error)))
            waiting.add(fact.stream.int)
            parked.add(fact.stream)
            continue
        for key, row in zip(keys, after, strict=True):
            rows[tenant, key] = row
    return failed


def load(
    conn: Connection, model: ReadModel[Any], table: str, wanted: Mapping[Place, UUID]
) -> dict[Place, Row | None]:
    """Return the present rows in some places."""
    tenants = list(dict.fromkeys(wanted.values()))
    number = {tenant.int: n for n, tenant in enumerate(tenants, 1)}
    query = sql.SQL(
        "select t.tenant, t.key, t.doc from unnest(%s::int[], %s::text[]) as w (tenant, key)"
        " join {} as t on t.tenant = (%s::uuid[])[w.tenant] and t.key = w.key"
    ).format(sql.Identifier(table))
    values = [number[tenant] for tenant, _ in wanted], [key for _, key in wanted], tenants
    read = tables.decoder_of(model).decode
    return {
        (tenant.int, key): read(doc)
        for tenant, key, doc in conn.cursor(binary=True).execute(query, values)
    }


def save(
    conn: Connection,
    model: ReadModel[Any],
    table: str,
    changed: Mapping[Place, Row | None],
    tenants: Mapping[Place, UUID],
) -> None:
    """Write the changed rows in one statement, and remove those that are no more."""
    gone = [place for place, row in changed.items() if row is None]
    if gone:
        conn.execute(
            sql.SQL(
                "delete from {} as t using unnest(%s::uuid[], %s::text[]) as g (tenant, key)"
                " where t.tenant = g.tenant and t.key = g.key"
            ).format(sql.Identifier(table)),
            ([tenants[place] for place in gone], [key for _, key in gone]),
        )
    kept = [
        tables.stored(model, tenants[place], place[1], row)
        for place, row in sorted(changed.items())
        if row is not None
    ]
    tables.upsert(conn, model, table, kept)

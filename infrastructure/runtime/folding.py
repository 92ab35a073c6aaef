"""Folds facts into the rows of a read model: load what is touched, fold in memory, write once."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

import structlog
from psycopg import sql

from domain.kernel.recorded import Told
from infrastructure.runtime import parking
from infrastructure.runtime.alone import all_but_the_bad
from infrastructure.store import tables
from infrastructure.store.database import Connection
from projections.kit import ReadModel, Row

log = structlog.get_logger()
BEHIND: Final = "an earlier fact of this stream is parked"
# A tenant as a number: hashing an id object takes longer than folding a fact.
Place = tuple[int, str]
Rows = dict[Place, Row | None]
# A fact and the keys of the rows that it is for.
Work = tuple[Told, tuple[str, ...]]
# Streams that wait, each as a number, with the position of what it waits for.
Waiting = dict[int, int]


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
    facts: Sequence[Told],
    waiting: Waiting,
    follower: str,
) -> bool:
    """Fold facts into a table's rows, and park what cannot be folded.

    Returns whether any fact was for this model.
    """
    work = [(fact, keys) for fact in facts if (keys := model.keys(fact))]
    if not work:
        return False
    park_all(conn, follower, _fold_rows(conn, model, table, work, waiting))
    return True


def fold_carefully(
    conn: Connection,
    model: ReadModel[Any],
    table: str,
    facts: Sequence[Told],
    waiting: Waiting,
    follower: str,
) -> bool:
    """Do the same where some row is refused by PostgreSQL: the stream of its fact is parked.

    A savepoint for each half costs round trips, so this is for batches that have failed.
    """
    work = [(fact, keys) for fact in facts if (keys := model.keys(fact))]
    failed: list[tuple[Told, str]] = []

    def refused(one: Work, error: Exception) -> None:
        failed.append((one[0], repr(error)))
        waiting[one[0].stream.int] = one[0].position

    def do(some: Sequence[Work]) -> list[tuple[Told, str]]:
        return _fold_rows(conn, model, table, some, waiting)

    for some in all_but_the_bad(conn, work, do, refused) if work else ():
        failed += some
    park_all(conn, follower, failed)
    return bool(work)


def _fold_rows(
    conn: Connection,
    model: ReadModel[Any],
    table: str,
    work: Sequence[Work],
    waiting: Waiting,
) -> list[tuple[Told, str]]:
    """Load, fold and write the rows of some facts; return the facts to be parked, and why."""
    wanted: dict[Place, UUID] = {
        (fact.tenant.int, key): fact.tenant for fact, keys in work for key in keys
    }
    before = load(conn, model, table, wanted)
    rows: Rows = dict(before)
    failed = fold(model, work, rows, waiting)
    changed = {place: row for place, row in rows.items() if row is not before.get(place)}
    save(conn, model, table, changed, wanted)
    return failed


def fold(
    model: ReadModel[Any],
    work: Sequence[Work],
    rows: Rows,
    waiting: Waiting,
) -> list[tuple[Told, str]]:
    """Fold each fact into all of its rows or none; return the facts to be parked, and why.

    What lies behind the fact from which on a stream waits is parked as well.
    """
    evolve = model.evolve
    failed: list[tuple[Told, str]] = []
    for fact, keys in work:
        if waiting and waiting.get(fact.stream.int, fact.position) < fact.position:
            failed.append((fact, BEHIND))
            continue
        tenant = fact.tenant.int
        try:
            if len(keys) == 1:
                place = (tenant, keys[0])
                rows[place] = evolve(rows.get(place), fact, keys[0])
            else:
                after = {(tenant, key): evolve(rows.get((tenant, key)), fact, key) for key in keys}
                rows.update(after)
        except Exception as error:  # noqa: BLE001  a fault parks the stream and the fold goes on
            failed.append((fact, repr(error)))
            waiting[fact.stream.int] = fact.position
    return failed


def fold_stream(
    model: ReadModel[Any], key: str, found: Sequence[Told], failed: list[tuple[Told, str]]
) -> Row | None:
    """Fold the one row of a whole stream, as `fold` does, but with nothing to look up.

    What cannot be folded is added to the failed ones, and all that lies behind it.
    """
    evolve, row = model.evolve, None
    for place, fact in enumerate(found):
        try:
            row = evolve(row, fact, key)
        except Exception as error:  # noqa: BLE001  a fault parks the stream and the others go on
            failed.append((fact, repr(error)))
            failed += [(later, BEHIND) for later in found[place + 1 :]]
            break
    return row


def park_all(conn: Connection, follower: str, failed: Sequence[tuple[Told, str]]) -> None:
    """Park what could not be folded, and say so once for each stream."""
    for fact, error in failed:
        parking.park(conn, follower, fact.tenant, fact.stream, fact.position, error)
        if error is not BEHIND:
            log.error("parked", follower=follower, position=fact.position, error=error)


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

"""The seal's tables, and the ledger's rows as the bytes that are hashed.

Everything is read by binary COPY: it hands over stored values as they are, a row a message, so
that no driver's idea of a type stands between the disk and the hash.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from uuid import UUID

from psycopg import sql

from infrastructure.seal.chain import COLUMNS, Link, Root, decode, instant
from infrastructure.store.database import Connection

FOLLOWER: Final = "seal"
PAGE: Final = 50_000
_HEADER: Final = 19
_TRAILER: Final = b"\xff\xff"
_2000: Final = 946_684_800_000_000
_LINKS_AT_ONCE: Final = 2_000
_ROW: Final = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
_LINK: Final = sql.SQL("l.tenant, l.number, l.last_position, l.sealed_at, l.entries, l.link")
_ROOT: Final = sql.SQL(
    "r.tenant, r.number, r.previous, r.through, r.link, r.last_position, r.facts, r.size, r.tree,"
    " r.sealed_at, r.key, r.signature"
)
# The tenants of an index by hops, because `distinct` would read every row of years.
_TENANTS: Final = (
    "with recursive t (tenant) as ((select tenant from seal_link order by tenant limit 1)"
    " union all select (select l.tenant from seal_link l where l.tenant > t.tenant"
    " order by l.tenant limit 1) from t where t.tenant is not null)"
    " select tenant from t where tenant is not null"
)


def _copied(conn: Connection, query: sql.Composable) -> Iterator[bytes]:
    """Return a query's rows in the format of `chain.encode`; nothing else may run meanwhile."""
    with conn.cursor() as cursor, cursor.copy(_to_stdout(query)) as copy:
        head = _HEADER
        for message in copy:
            row = bytes(message)[head:]
            head = 0
            if row != _TRAILER:
                yield row


def _to_stdout(query: sql.Composable) -> sql.Composed:
    return sql.SQL("copy ({}) to stdout (format binary)").format(query)


def rows(
    conn: Connection, after: int | None, until: int, limit: int | None = None
) -> Iterator[bytes]:
    """Return the ledger's rows behind a position (None: from the very first) up to another."""
    query = sql.SQL(
        "select {} from ledger where {} and notification_id <= {} order by notification_id limit {}"
    )
    return _copied(conn, query.format(_ROW, _behind("notification_id", after), until, limit))


def _behind(column: str, after: int | None) -> sql.Composable:
    if after is None:  # a damaged position may be any number, also the least there is
        return sql.SQL("true")
    return sql.SQL("{} > {}").format(sql.Identifier(column), after)


def ends(conn: Connection) -> tuple[int, int]:
    """Return the last sealed position and the follower's checkpoint, as of one moment."""
    row = conn.execute(
        "select coalesce((select max(last_position) from seal_link), 0), coalesce((select"
        " notification_id from follower_position where application_name = %s), 0)",
        (FOLLOWER,),
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def hold(conn: Connection) -> None:
    """Keep every other sealer from writing until this transaction ends.

    The role's lock lives on a session of its own, which can be lost while a batch is in hand.
    """
    conn.execute(
        "insert into follower_position (application_name, notification_id) values (%s, 0)"
        " on conflict do nothing",
        (FOLLOWER,),
    )
    conn.execute(
        "select 1 from follower_position where application_name = %s for update", (FOLLOWER,)
    )


def page_end(conn: Connection, after: int | None, until: int, facts: int = PAGE) -> int:
    """Return up to where a page goes: whole links, not many more facts than asked for."""
    query = sql.SQL(
        "select last_position, octet_length(entries) / 40 from seal_link"
        " where {} and last_position <= {} order by last_position limit {}"
    )
    behind = _behind("last_position", after)
    found = conn.execute(query.format(behind, until, _LINKS_AT_ONCE)).fetchall()
    taken = 0
    for at, size in found:
        taken += size
        if taken >= facts:
            return int(at)
    return int(found[-1][0]) if len(found) == _LINKS_AT_ONCE else until


def links(conn: Connection, after: int | None, until: int) -> Iterator[Link]:
    """Return the links that end within some positions, in the order of their ends."""
    query = sql.SQL(
        "select {} from seal_link l where {} and last_position <= {}"
        " order by last_position, tenant, number"
    )
    behind = _behind("last_position", after)
    return map(_link, _copied(conn, query.format(_LINK, behind, until)))


def links_of(conn: Connection, tenant: UUID, first: int, last: int) -> Iterator[Link]:
    """Return some links of a tenant by their numbers, both ends included."""
    query = sql.SQL(
        "select {} from seal_link l where tenant = {} and number between {} and {} order by number"
    )
    return map(_link, _copied(conn, query.format(_LINK, tenant, first, last)))


def roots(conn: Connection, after: int | None, until: int) -> Iterator[Root]:
    """Return the roots whose last link ends within some positions."""
    query = sql.SQL(
        "select {} from (select tenant, number, last_position as ending from seal_link) l"
        " join seal_root r on r.tenant = l.tenant and r.through = l.number"
        " where {} and ending <= {} order by ending, r.tenant, r.number"
    )
    return map(_root, _copied(conn, query.format(_ROOT, _behind("ending", after), until)))


def roots_without_link(conn: Connection) -> Iterator[Root]:
    """Return the roots that name a link which is not there."""
    query = sql.SQL(
        "select {} from seal_root r where not exists (select from seal_link l"
        " where l.tenant = r.tenant and l.number = r.through) order by r.tenant, r.number limit 100"
    )
    return map(_root, _copied(conn, query.format(_ROOT)))


def roots_of(conn: Connection, tenant: UUID, first: int, limit: int = 1_000) -> list[Root]:
    """Return roots of a tenant from a number on."""
    query = sql.SQL(
        "select {} from seal_root r where tenant = {} and number >= {} order by number limit {}"
    )
    return [_root(row) for row in _copied(conn, query.format(_ROOT, tenant, first, limit))]


def root_over(conn: Connection, tenant: UUID, position: int) -> tuple[Root, int] | None:
    """Return the root over a position and the number of the first link under it."""
    query = sql.SQL(
        "select {} from seal_root r where tenant = {} and last_position >= {}"
        " order by number limit 1"
    )
    found = [_root(row) for row in _copied(conn, query.format(_ROOT, tenant, position))]
    if not found:
        return None
    before = roots_of(conn, tenant, found[0].number - 1, 1)
    first = before[0].through + 1 if before and before[0].number < found[0].number else 1
    return found[0], first


def tenants(conn: Connection) -> list[UUID]:
    """Return the tenants of which something is sealed."""
    return [row[0] for row in conn.execute(_TENANTS).fetchall()]


def last_of(conn: Connection, tenant: UUID) -> tuple[Link | None, Root | None]:
    """Return a tenant's newest link and root."""
    query = sql.SQL("select {} from {} where tenant = {} order by number desc limit 1")
    found_links = _copied(conn, query.format(_LINK, sql.SQL("seal_link l"), tenant))
    link = next((_link(row) for row in list(found_links)), None)
    found_roots = _copied(conn, query.format(_ROOT, sql.SQL("seal_root r"), tenant))
    return link, next((_root(row) for row in list(found_roots)), None)


def add_links(conn: Connection, fresh: Sequence[Link]) -> None:
    """Append links."""
    conn.execute(
        "insert into seal_link (tenant, number, last_position, sealed_at, entries, link)"
        " select * from unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::timestamptz[],"
        " %s::bytea[], %s::bytea[])",
        (
            [one.tenant for one in fresh],
            [one.number for one in fresh],
            [one.last_position for one in fresh],
            [instant(one.sealed_at) for one in fresh],
            [one.entries for one in fresh],
            [one.link for one in fresh],
        ),
    )


def add_roots(conn: Connection, fresh: Iterable[Root]) -> None:
    """Append roots."""
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into seal_root (tenant, number, previous, through, link, last_position, facts,"
            " size, tree, sealed_at, key, signature)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    *(one.tenant, one.number, one.previous, one.through, one.link),
                    *(one.last_position, one.facts, one.size, one.tree),
                    *(instant(one.sealed_at), one.key, one.signature),
                )
                for one in fresh
            ],
        )


def _link(row: bytes) -> Link:
    tenant, number, last, at, entries, link = map(_there, decode(row))
    return Link(
        tenant=UUID(bytes=tenant),
        number=_int(number),
        last_position=_int(last),
        sealed_at=_int(at) + _2000,
        entries=entries,
        link=link,
    )


def _root(row: bytes) -> Root:
    fields = [*map(_there, decode(row))]
    tenant, number, previous, through, link, last, facts, size, tree, at, key, signature = fields
    return Root(
        tenant=UUID(bytes=tenant),
        number=_int(number),
        previous=previous,
        through=_int(through),
        link=link,
        last_position=_int(last),
        facts=_int(facts),
        size=_int(size),
        tree=tree,
        sealed_at=_int(at) + _2000,
        key=key.decode(),
        signature=signature,
    )


def _there(value: bytes | None) -> bytes:
    """Return a value; every column of the seal is `not null`."""
    return b"" if value is None else value


def _int(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)

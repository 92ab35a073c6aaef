"""One flipped bit anywhere in the ledger or in its seal is found (R9), and located to the fact."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

import pytest
from psycopg import errors, sql

from infrastructure.seal import store
from infrastructure.seal.chain import COLUMNS, Link, Root, decode, encode, entry, position
from infrastructure.seal.checking import Checker
from infrastructure.seal.findings import Finding
from infrastructure.seal.keys import SealKeys
from infrastructure.store.database import Connection
from tests.support.sealing import Sealed, codes

pytestmark = pytest.mark.postgres
SEED: Final = 20251001
FLIPS: Final = 20_000
REAL_FLIPS: Final = 25  # of each column
NULL: Final = b"\xff\xff\xff\xff"
Window = tuple[list[bytes], list[Link], list[Root]]


def windows(sealed: Sealed, conn: Connection) -> Iterator[Window]:
    """Yield each link with the rows that it seals, as the verifier reads both."""
    rows = {(row[18:34], position(row[6:14])): row for row in store.rows(conn, None, 10_000)}
    for link in store.links(conn, None, 10_000):
        sealed_at = range(0, len(link.entries), 40)
        places = [position(link.entries[at : at + 8]) for at in sealed_at]
        yield [rows[link.tenant.bytes, place] for place in places], [link], []


def found(rows: list[bytes], link: Link, previous: bytes) -> list[Finding]:
    """Check one link with its rows, behind the link before."""
    checker = Checker(SealKeys(()))
    thread = checker._thread(link.tenant.bytes)
    thread.number, thread.previous = link.number - 1, {previous}
    checker.page(rows, [link], [])
    checker.end()
    return checker.findings.listed


def flipped(row: bytes, column: int, dice: random.Random) -> bytes:
    """Flip one bit of a column's value; of a null or an empty one, say the other."""
    fields = decode(row)
    value = fields[column]
    if value:
        bit = dice.randrange(len(value) * 8)
        changed = bytearray(value)
        changed[bit // 8] ^= 1 << bit % 8
        fields[column] = bytes(changed)
    else:
        fields[column] = b"" if value is None else None
    return encode(fields)


@pytest.fixture(scope="module")
def links(sealed: Sealed) -> list[tuple[list[bytes], Link, bytes]]:
    before: dict[Any, bytes] = {}
    found = []
    with sealed.database.worker() as conn:
        for rows, (link,), _ in windows(sealed, conn):
            found.append((rows, link, before.get(link.tenant, bytes(32))))
            before[link.tenant] = link.link
    return found


def test_20_000_flips_in_every_column_are_found_and_located(
    links: list[tuple[list[bytes], Link, bytes]],
) -> None:
    dice = random.Random(SEED)
    tried: Counter[str] = Counter()
    for _ in range(FLIPS):
        rows, link, previous = dice.choice(links)
        at, column = dice.randrange(len(rows)), dice.randrange(len(COLUMNS))
        tampered = [*rows]
        tampered[at] = flipped(rows[at], column, dice)
        tampered.sort(key=lambda row: position(row[6:14]))
        told = found(tampered, link, previous)
        where = position(rows[at][6:14])
        assert any(one.first == where and one.tenant == link.tenant for one in told), (SEED, column)
        tried[COLUMNS[column]] += 1
    assert min(tried[name] for name in COLUMNS) > FLIPS // len(COLUMNS) * 0.8


def test_untouched_rows_raise_no_alarm(links: list[tuple[list[bytes], Link, bytes]]) -> None:
    assert [found(rows, link, previous) for rows, link, previous in links] == [[]] * len(links)


@pytest.mark.parametrize("column", range(2, len(COLUMNS)), ids=COLUMNS[2:])
def test_a_verifier_that_skips_a_column_misses_every_flip_there(
    links: list[tuple[list[bytes], Link, bytes]], column: int
) -> None:
    """The control: were a column left out of the hash, this is what would go unseen."""
    dice = random.Random(SEED + column)

    def blank(row: bytes) -> bytes:
        fields = decode(row)
        fields[column] = None
        return encode(fields)

    for rows, link, previous in links[:20]:
        blind = [blank(row) for row in rows]
        sealed_blind = Link.after(
            previous, link.tenant, link.number, link.sealed_at, map(entry, blind)
        )
        at = dice.randrange(len(rows))
        tampered = [*rows]
        tampered[at] = flipped(rows[at], column, dice)
        assert found([blank(row) for row in tampered], sealed_blind, previous) == []
        assert found(tampered, link, previous) != []


def flip_in_place(
    conn: Connection, table: str, key: tuple[str, ...], row: dict[str, Any], column: str, bit: int
) -> bool:
    """Flip one bit of a stored value by SQL, or swap null and empty; False where it cannot be."""
    kinds = {
        "uuid": "encode(set_bit(uuid_send({c}), {b} % 128, 1 - get_bit(uuid_send({c}), {b} % 128)),"
        " 'hex')::uuid",
        "int8": "{c} # (1::bigint << ({b} % 63))",
        "int2": "({c} # (1 << ({b} % 15)))::smallint",
        "timestamptz": "{c} + (interval '1 microsecond' * (1::bigint << ({b} % 40)))",
        "text": "case when {c} = '' then 'x' else convert_from(set_bit({c}::bytea, {b} %"
        " (octet_length({c}) * 8), 1 - get_bit({c}::bytea, {b} % (octet_length({c}) * 8))), 'UTF8')"
        " end",
        "bytea": "case when {c} = '' then '\\x00' else set_bit({c}, {b} % (octet_length({c}) * 8),"
        " 1 - get_bit({c}, {b} % (octet_length({c}) * 8))) end",
    }
    kind = row["kinds"][column]
    changed = kinds[kind].replace("{c}", column).replace("{b}", str(bit))
    if row[column] is None:
        changed = "'00000000-0000-0000-0000-000000000000'"
    elif column == "cause" and bit % 5 == 0:
        changed = "null"
    where = sql.SQL(" and ").join(sql.SQL("{} = {}").format(sql.Identifier(k), row[k]) for k in key)
    try:
        with conn.transaction():
            done = conn.execute(
                sql.SQL("update {} set {} = {} where {}").format(
                    sql.Identifier(table), sql.Identifier(column), sql.SQL(changed), where
                )
            )
    except (errors.DataError, errors.IntegrityError):
        return False  # not text any more, or a key that is taken: the server itself refuses
    return done.rowcount == 1


def stored(conn: Connection, table: str) -> list[dict[str, Any]]:
    """Return all rows of a table by column, each with the columns' types."""
    cursor = conn.execute(sql.SQL("select * from {}").format(sql.Identifier(table)))
    names = [column.name for column in cursor.description or ()]
    types = conn.execute(
        "select attname, typname from pg_attribute a join pg_type t on t.oid = a.atttypid"
        " where attrelid = %s::regclass and attnum > 0",
        (table,),
    ).fetchall()
    kinds: dict[str, str] = dict(types)
    return [dict(zip(names, row, strict=True)) | {"kinds": kinds} for row in cursor.fetchall()]


def flip_and_look(sealed: Sealed, table: str, key: tuple[str, ...], column: str) -> None:
    """Flip some bits of a column, each in a transaction of its own, and verify inside it."""
    dice = random.Random(f"{SEED}{table}{column}")
    done = 0
    with sealed.database.owner() as conn:
        rows = stored(conn, table)
        while done < REAL_FLIPS:
            row = dice.choice(rows)
            with conn.transaction(force_rollback=True):
                if not flip_in_place(conn, table, key, row, column, dice.getrandbits(31)):
                    continue
                told = sealed.report(conn)
            assert not told.ok, (SEED, table, column, row)
            where = row.get("notification_id", 0)
            if table == "ledger":
                assert any(f.first <= where <= f.last for f in told.findings), told.findings
            done += 1
        assert sealed.report(conn).ok


@pytest.mark.parametrize("column", COLUMNS)
def test_a_flip_by_the_owner_of_the_database_is_found(sealed: Sealed, column: str) -> None:
    flip_and_look(sealed, "ledger", ("notification_id",), column)


@pytest.mark.parametrize("column", Link.__struct_fields__)
def test_a_flip_in_a_link_is_found(sealed: Sealed, column: str) -> None:
    flip_and_look(sealed, "seal_link", ("tenant", "number"), column)


@pytest.mark.parametrize("column", Root.__struct_fields__)
def test_a_flip_in_a_root_is_found(sealed: Sealed, column: str) -> None:
    flip_and_look(sealed, "seal_root", ("tenant", "number"), column)


def test_a_flip_in_a_copy_outside_is_found(sealed: Sealed) -> None:
    dice = random.Random(SEED)
    path = sealed.anchors.path(sealed.anchors.tenants()[0])
    true = path.read_bytes()
    try:
        for _ in range(200):
            changed = bytearray(true)
            bit = dice.randrange(len(true) * 8 - 8)  # without the last newline: a torn end
            changed[bit // 8] ^= 1 << bit % 8
            path.write_bytes(bytes(changed))
            told = sealed.report()
            assert not told.ok, (SEED, bit, true[bit // 8 - 20 : bit // 8 + 20])
    finally:
        path.write_bytes(true)
    assert codes(sealed.report().findings) == set()

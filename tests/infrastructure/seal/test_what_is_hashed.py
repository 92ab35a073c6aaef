"""The bytes under the seal: one encoding for one fact, the same in PostgreSQL and in Python."""

from contextlib import suppress
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from infrastructure.seal import store
from infrastructure.seal.chain import COLUMNS, POSITION, TENANT, decode, encode, leaf, position
from infrastructure.seal.tree import inclusion_path, node, root_of_path, tree_hash
from infrastructure.store.database import Connection
from tests.support.sealing import Sealed

Fields = list[bytes | None]
FIELDS = st.lists(st.none() | st.binary(max_size=12), max_size=14)
# The tree of Certificate Transparency's own tests (leaves and root of eight).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243"),
        *("5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
]
ROOT_OF_EIGHT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


@given(FIELDS, FIELDS)
@example([None], [b""])
@example([b"a", b"b"], [b"ab"])
@example([b"a", None], [b"a"])
def test_two_facts_have_one_encoding_only_if_they_are_the_same(one: Fields, other: Fields) -> None:
    assert (encode(one) == encode(other)) == (one == other)


@given(FIELDS)
def test_an_encoding_is_taken_apart_into_what_it_was_made_of(fields: Fields) -> None:
    assert decode(encode(fields)) == fields


@given(st.binary(max_size=60))
def test_bytes_that_are_no_encoding_are_refused(raw: bytes) -> None:
    with suppress(ValueError):
        assert encode(decode(raw)) == raw


@given(FIELDS.filter(bool), st.data())
def test_no_single_bit_can_change_without_changing_the_leaf(fields: Fields, data: Any) -> None:
    row = bytearray(encode(fields))
    bit = data.draw(st.integers(0, len(row) * 8 - 1))
    before = leaf(bytes(row))
    row[bit // 8] ^= 1 << bit % 8
    assert leaf(bytes(row)) != before


def as_bytes(column: str, value: Any) -> bytes | None:
    """Return a value as the docstring of `chain` says that it is written."""
    match value:
        case None | bytes():
            return value
        case str():
            return value.encode()
        case int():
            return value.to_bytes(2 if column == "event_version" else 8, "big", signed=True)
        case _:
            found: bytes = value.bytes
            return found


@pytest.mark.postgres
def test_postgresql_writes_a_row_as_the_plain_encoding_does(sealed: Sealed) -> None:
    times = {"occurred_at", "recorded_at"}
    since = "(extract(epoch from {0} - timestamptz '2000-01-01 00:00Z') * 1000000)::bigint"
    columns = ", ".join(since.format(name) if name in times else name for name in COLUMNS)
    with sealed.database.owner() as conn:
        stored = list(store.rows(conn, None, 10_000))
        read = conn.execute(f"select {columns} from ledger order by notification_id").fetchall()
    expected = [encode([*map(as_bytes, COLUMNS, row)]) for row in read]
    assert stored == expected
    assert [position(row[POSITION]) for row in stored] == [row[0] for row in read]
    assert [row[TENANT] for row in stored] == [row[1].bytes for row in read]


@pytest.mark.postgres
def test_no_column_of_the_ledger_is_left_out(sealed: Sealed) -> None:
    with sealed.database.owner() as conn:
        assert columns_of(conn, "ledger") == set(COLUMNS)


def columns_of(conn: Connection, table: str) -> set[str]:
    rows = conn.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0"
        " and not attisdropped",
        (table,),
    ).fetchall()
    return {name for (name,) in rows}


def test_the_tree_is_that_of_rfc_9162() -> None:
    leaves = [leaf(data) for data in LEAVES]
    assert tree_hash(leaves).hex() == ROOT_OF_EIGHT
    assert tree_hash([]) == sha256(b"").digest()
    assert tree_hash(leaves[:3]) == node(node(leaves[0], leaves[1]), leaves[2])


@given(st.integers(1, 70), st.data())
def test_each_leaf_is_proved_by_its_path_and_by_no_other(size: int, data: Any) -> None:
    leaves = [leaf(bytes([n])) for n in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_path(leaves, index)
    root = tree_hash(leaves)
    assert root_of_path(leaves[index], index, size, path) == root
    assert root_of_path(leaf(b"other"), index, size, path) != root
    assert root_of_path(leaves[index], index, size, [*path, leaf(b"one more")]) is None
    other = data.draw(
        st.integers(0, size - 1).filter(lambda n: n != index) if size > 1 else st.none()
    )
    if other is not None:
        assert root_of_path(leaves[index], other, size, path) != root


def test_a_path_to_nowhere_is_refused() -> None:
    assert root_of_path(leaf(b""), 1, 1, []) is None
    with pytest.raises(IndexError):
        inclusion_path([leaf(b"")], 1)

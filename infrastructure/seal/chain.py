"""What is hashed, byte for byte. An auditor can do the same in any language.

A **row** is one fact as PostgreSQL's binary COPY writes it, which is unambiguous by itself:

    int16  number of fields (13)
    then for each column of COLUMNS, in that order:
    int32  length of the value in bytes, or -1 for null (an empty value has length 0)
    bytes  the value: uuid 16 bytes, bigint int64, smallint int16, timestamptz int64 microseconds
           since 2000-01-01 UTC, text UTF-8, bytea as it is

All integers are signed and big-endian. `encode` and `decode` are that format in plain Python.

- **leaf** = SHA-256(0x00 || row), as a leaf of RFC 9162.
- **entry** = position (int64) || leaf: 40 bytes a fact.
- **link** = SHA-256(encode("anseo.seal.link.1", previous link, tenant, number, time, entries)): the
  first link's previous is 32 zero bytes; entries are joined without separators; times are int64
  microseconds since 1970.
- **root** = the tree hash of RFC 9162 over the leaves since the last root. What is signed is its
  `statement`, and the next root names the SHA-256 of it.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Self
from uuid import UUID

import msgspec

COLUMNS: Final = (
    "notification_id",
    "tenant",
    "originator_id",
    "originator_version",
    "event_version",
    "occurred_at",
    "recorded_at",
    "command_id",
    "correlation",
    "cause",
    "topic",
    "actor",
    "state",
)
NOTHING: Final = bytes(32)
ENTRY: Final = 40
# Position and tenant stand first and have a fixed width, so they are found without decoding.
POSITION: Final = slice(6, 14)
TENANT: Final = slice(18, 34)
_LINK: Final = b"anseo.seal.link.1"
_ROOT: Final = b"anseo.seal.root.1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_COUNT: Final = struct.Struct(">h")
_LENGTH: Final = struct.Struct(">i")
_INT64: Final = struct.Struct(">q")


def encode(fields: Sequence[bytes | None]) -> bytes:
    """Join fields so that they can be taken apart again in one way only."""
    parts = [_COUNT.pack(len(fields))]
    for field in fields:
        parts += (_LENGTH.pack(-1),) if field is None else (_LENGTH.pack(len(field)), field)
    return b"".join(parts)


def decode(row: bytes) -> list[bytes | None]:
    """Take a row apart.

    Raises:
        ValueError: when it is not the encoding of anything.
    """
    try:
        (count,) = _COUNT.unpack_from(row)
        at, fields = _COUNT.size, list[bytes | None]()
        for _ in range(count):
            (length,) = _LENGTH.unpack_from(row, at)
            at += _LENGTH.size
            fields.append(None if length < 0 else row[at : at + length])
            at += max(length, 0)
    except struct.error as error:
        raise ValueError("the bytes end in the middle of a field") from error
    if count < 0 or at != len(row) or encode(fields) != row:
        raise ValueError("the bytes are not the encoding of a row")
    return fields


def leaf(row: bytes) -> bytes:
    """Return the hash of one fact."""
    return sha256(b"\0" + row).digest()


def entry(row: bytes) -> bytes:
    """Return what a link keeps of one fact."""
    return row[POSITION] + leaf(row)


def split(entries: bytes) -> list[tuple[int, bytes]]:
    """Return position and leaf of each entry; a torn last one is left out."""
    starts = range(0, len(entries) - ENTRY + 1, ENTRY)
    return [(position(entries[at : at + 8]), entries[at + 8 : at + ENTRY]) for at in starts]


def position(eight: bytes) -> int:
    """Return a position from its eight bytes."""
    found: int = _INT64.unpack(eight)[0]
    return found


def micros(at: datetime) -> int:
    """Return an instant as the seal writes it."""
    return (at - _EPOCH) // _MICROSECOND


def instant(since_1970: int) -> datetime:
    """Return the instant that the seal wrote."""
    return _EPOCH + since_1970 * _MICROSECOND


def link_hash(previous: bytes, tenant: UUID, number: int, sealed_at: int, entries: bytes) -> bytes:
    """Return a link."""
    fields = (_LINK, previous, tenant.bytes, _int64(number), _int64(sealed_at), entries)
    return sha256(encode(fields)).digest()


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Some facts of one tenant, sealed together."""

    tenant: UUID
    number: int
    last_position: int
    sealed_at: int
    entries: bytes
    link: bytes

    @classmethod
    def after(
        cls,
        previous: bytes,
        tenant: UUID,
        number: int,
        sealed_at: int,
        entries: Iterable[bytes],
    ) -> Self:
        """Return the next link of a tenant."""
        joined = b"".join(entries)
        return cls(
            tenant=tenant,
            number=number,
            last_position=position(joined[-ENTRY : 8 - ENTRY]),
            sealed_at=sealed_at,
            entries=joined,
            link=link_hash(previous, tenant, number, sealed_at, joined),
        )


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """A signed statement: these were all facts of a tenant up to a position, and their tree.

    `facts` counts from the first fact of the tenant, `size` from the last root. `through` is the
    number of the last link that it covers, and `link` that link.
    """

    tenant: UUID
    number: int
    previous: bytes
    through: int
    link: bytes
    last_position: int
    facts: int
    size: int
    tree: bytes
    sealed_at: int
    key: str
    signature: bytes = b""

    def statement(self) -> bytes:
        """Return the bytes that are signed: everything but the signature."""
        return encode(
            (
                _ROOT,
                self.tenant.bytes,
                _int64(self.number),
                self.previous,
                _int64(self.through),
                self.link,
                _int64(self.last_position),
                _int64(self.facts),
                _int64(self.size),
                self.tree,
                _int64(self.sealed_at),
                self.key.encode(),
            )
        )

    def hash(self) -> bytes:
        """Return what the next root names as its previous one."""
        return sha256(self.statement()).digest()


def _int64(number: int) -> bytes:
    return _INT64.pack(number)

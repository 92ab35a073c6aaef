"""PostgreSQL arrays written as its binary protocol wants them.

The driver's own way looks at each value's type again: with a dozen columns a fact that was a third
of an append's time on our side (measured). Here the caller says the type once.
https://www.postgresql.org/docs/current/arrays.html says what arrays are; their binary form is
number of dimensions, whether a null is inside, the elements' type, their count, the first index.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Final
from uuid import UUID

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD: Final = Struct(">5i")
_EMPTY: Final = Struct(">3i")
_LENGTH: Final = Struct(">i")
_BIG: Final = Struct(">iq")
_WHOLE: Final = Struct(">ii")
_SMALL: Final = Struct(">ih")
_NULL: Final = _LENGTH.pack(-1)
_SIXTEEN: Final = _LENGTH.pack(16)
_NO, _YES = _LENGTH.pack(1) + b"\0", _LENGTH.pack(1) + b"\1"
_SINCE: Final = datetime(2000, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(microseconds=1)
_OIDS: Final = {  # of an element: of its array
    name: (found.oid, found.array_oid)
    for name in ("uuid", "int8", "int4", "int2", "text", "bytea", "bool", "timestamptz")
    if (found := psycopg.adapters.types.get(name)) is not None
}


class Packed:
    """An array ready for the wire."""

    __slots__ = ("data", "oid")

    def __init__(self, kind: str, elements: Sequence[bytes], *, nulls: bool = False) -> None:
        element, self.oid = _OIDS[kind]
        if elements:
            head = _HEAD.pack(1, nulls, element, len(elements), 1)
            self.data = b"".join((head, *elements))
        else:
            self.data = _EMPTY.pack(0, 0, element)


class _PackedDumper(Dumper):
    """Hands over what is ready; the type of an array depends on the value, so it is the key too."""

    format = Format.BINARY

    def __init__(self, cls: type, context: AdaptContext | None = None, oid: int = 0) -> None:
        super().__init__(cls, context)
        self.oid = oid

    def get_key(self, obj: Packed, format: object) -> tuple[type, int]:  # type: ignore[override]  # noqa: A002, ARG002
        return (self.cls, obj.oid)

    def upgrade(self, obj: Packed, format: object) -> "_PackedDumper":  # noqa: A002, ARG002
        return _PackedDumper(self.cls, oid=obj.oid)

    def dump(self, obj: Packed) -> Buffer:
        return obj.data


psycopg.adapters.register_dumper(Packed, _PackedDumper)


def uuids(values: Iterable[UUID]) -> Packed:
    """Pack uuid[]."""
    return Packed("uuid", [_SIXTEEN + value.bytes for value in values])


def uuids_or_null(values: Iterable[UUID | None]) -> Packed:
    """Pack uuid[] with nulls in it."""
    return Packed("uuid", [_NULL if v is None else _SIXTEEN + v.bytes for v in values], nulls=True)


def bigints(values: Iterable[int]) -> Packed:
    """Pack bigint[]."""
    return Packed("int8", [_BIG.pack(8, value) for value in values])


def integers(values: Iterable[int]) -> Packed:
    """Pack integer[]."""
    return Packed("int4", [_WHOLE.pack(4, value) for value in values])


def smallints(values: Iterable[int]) -> Packed:
    """Pack smallint[]."""
    return Packed("int2", [_SMALL.pack(2, value) for value in values])


def booleans(values: Iterable[bool]) -> Packed:
    """Pack boolean[]."""
    return Packed("bool", [_YES if value else _NO for value in values])


def texts(values: Iterable[str]) -> Packed:
    """Pack text[]; PostgreSQL refuses a character zero in it."""
    return Packed("text", [_counted(value.encode()) for value in values])


def bytes_(values: Iterable[bytes]) -> Packed:
    """Pack bytea[]."""
    return Packed("bytea", [_counted(value) for value in values])


def bytes_or_null(values: Iterable[bytes | None]) -> Packed:
    """Pack bytea[] with nulls in it."""
    return Packed("bytea", [_NULL if v is None else _counted(v) for v in values], nulls=True)


def moments(values: Iterable[datetime]) -> Packed:
    """Pack timestamptz[]: microseconds since the year 2000."""
    return Packed("timestamptz", [_BIG.pack(8, (value - _SINCE) // _STEP) for value in values])


def _counted(value: bytes) -> bytes:
    return _LENGTH.pack(len(value)) + value

"""Sealing records into rows, thousands at a time."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final
from uuid import UUID

import msgspec
from psycopg.abc import QueryNoTemplate

from infrastructure.store import arrays
from infrastructure.store.database import Connection
from infrastructure.vault.entry import Content, Entry
from infrastructure.vault.envelope import new_key, place, seal

_Row = tuple[Any, ...]
_CHUNK: Final = 5_000

# A record never changes its kind: an artifact's key must not be lost under another record.
_PUT_RECORDS: Final[QueryNoTemplate] = (
    "insert into vault_record (tenant, record, kind, shared)"
    " select %s, * from unnest(%b::uuid[], %b::text[], %b::bytea[])"
    " on conflict (tenant, record) do update set shared = excluded.shared,"
    " written_at = excluded.written_at where vault_record.kind = excluded.kind"
    " returning record"
)
_CLEAR_PARTS: Final[QueryNoTemplate] = (
    "delete from vault_part where tenant = %s and record = any(%b)"
)
_PUT_PARTS: Final[QueryNoTemplate] = (
    "insert into vault_part (tenant, record, subject, part_key, part, shared_key)"
    " select %s, * from unnest(%b::uuid[], %b::uuid[], %b::bytea[], %b::bytea[], %b::bytea[])"
)


def write(
    conn: Connection, tenant: UUID, keys: Mapping[UUID, bytes], entries: Sequence[Entry]
) -> None:
    """Write records in the order of their ids, so that two writers never wait in a circle."""
    ordered = iter(sorted(entries, key=lambda entry: entry.record))
    while chunk := list(islice(ordered, _CHUNK)):
        _write_chunk(conn, tenant, keys, chunk)


def _write_chunk(
    conn: Connection, tenant: UUID, keys: Mapping[UUID, bytes], entries: Sequence[Entry]
) -> None:
    records: list[_Row] = []
    parts: list[_Row] = []
    for entry in entries:
        shared_key = new_key() if entry.shared else None
        records.append((entry.record, entry.kind, _shared(tenant, entry, shared_key)))
        parts.extend(_parts(tenant, entry, keys, shared_key))
    ids = [entry.record for entry in entries]
    names, kinds, shared = zip(*records, strict=True)
    written = conn.execute(
        _PUT_RECORDS,
        (tenant, arrays.uuids(names), arrays.texts(kinds), arrays.bytes_or_null(shared)),
    ).fetchall()
    if len(written) != len(ids):
        refused = sorted(set(ids) - {record for (record,) in written})
        raise ValueError(f"vault record {refused[0]} exists and is of another kind")
    conn.execute(_CLEAR_PARTS, (tenant, arrays.uuids(ids)))
    of, subjects, *sealed = zip(*parts, strict=True)
    conn.execute(
        _PUT_PARTS,
        (tenant, arrays.uuids(of), arrays.uuids(subjects), *map(arrays.bytes_or_null, sealed)),
    )


def _shared(tenant: UUID, entry: Entry, key: bytes | None) -> bytes | None:
    if key is None:
        return None
    at = place("shared", tenant, entry.record, kind=entry.kind)
    return seal(key, msgspec.json.encode(entry.shared), at)


def _parts(
    tenant: UUID, entry: Entry, keys: Mapping[UUID, bytes], shared_key: bytes | None
) -> Iterable[_Row]:
    for subject, content in entry.parts.items():
        own = _own(tenant, entry, subject, content, keys[subject])
        shared = shared_key and wrap_shared_key(
            tenant, entry.record, entry.kind, subject, keys[subject], shared_key
        )
        yield (entry.record, subject, *own, shared)


def _own(
    tenant: UUID, entry: Entry, subject: UUID, content: Content, subject_key: bytes
) -> tuple[bytes | None, bytes | None]:
    if not content:
        return None, None
    ids = (tenant, entry.record, subject)
    key = new_key()
    return (
        seal(subject_key, key, place("part-key", *ids, kind=entry.kind)),
        seal(key, msgspec.json.encode(content), place("part", *ids, kind=entry.kind)),
    )


def wrap_shared_key(
    tenant: UUID, record: UUID, kind: str, subject: UUID, subject_key: bytes, shared_key: bytes
) -> bytes:
    """Wrap the key of what a record says about all its subjects, for one of them."""
    return seal(subject_key, shared_key, place("shared-key", tenant, record, subject, kind=kind))

"""Opening records: as many as are asked for, from the rows of one query."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec
from psycopg.abc import QueryNoTemplate

from infrastructure.vault.envelope import SealBroken, place, unseal
from infrastructure.vault.errors import VaultDamaged
from infrastructure.vault.keys import TenantKeys, open_subject_key

_OF_LIVING: Final = (
    "select p.record, r.kind, r.shared, p.subject, p.part_key, p.part, p.shared_key,"
    " s.wrapped as subject_key, t.master_id, t.wrapped as tenant_key"
    " from vault_part p"
    " join vault_record r on r.tenant = p.tenant and r.record = p.record"
    " join vault_subject_key s on s.tenant = p.tenant and s.subject = p.subject"
    " join vault_tenant_key t on t.tenant = p.tenant"
    " where p.tenant = %s and p.record = any(%b) and s.wrapped is not null"
)
RECORDS: Final[QueryNoTemplate] = (
    _OF_LIVING + " and r.kind <> 'artifact' order by p.record, p.subject"
)
ARTIFACT_KEYS: Final[QueryNoTemplate] = (
    _OF_LIVING + " and r.kind = 'artifact' order by p.record, p.subject"
)


class StoredPart(NamedTuple):
    """One living subject's part of a record, with the keys above it, all still sealed."""

    record: UUID
    kind: str
    shared: bytes | None
    subject: UUID
    part_key: bytes | None
    part: bytes | None
    shared_key: bytes | None
    subject_key: bytes
    master_id: str
    tenant_key: bytes


class Opener:
    """Opens the rows of one call. Subjects' keys live as long as the call, no longer."""

    def __init__(self, tenant: UUID, tenant_keys: TenantKeys) -> None:
        self._tenant = tenant
        self._tenant_keys = tenant_keys
        self._subject_keys: dict[UUID, bytes] = {}

    def records(self, rows: Iterable[tuple[Any, ...]]) -> dict[UUID, dict[str, Any]]:
        """Return what can still be read of each record, merged; erased parts are just absent."""
        parts = map(StoredPart._make, rows)
        return {
            record: {
                name: value
                for content in self._contents(record, list(of_record))
                for name, value in content.items()
            }
            for record, of_record in groupby(parts, key=attrgetter("record"))
        }

    def shared_key(self, part: StoredPart) -> bytes:
        """Return the key of what the record says about all its subjects."""
        return self._unwrapped(part, "shared-key", part.shared_key)

    def _contents(self, record: UUID, parts: list[StoredPart]) -> Iterator[dict[str, Any]]:
        first = parts[0]
        if first.shared is not None:
            at = place("shared", self._tenant, record, kind=first.kind)
            yield _content(record, self.shared_key(first), first.shared, at)
        for part in parts:
            if part.part is not None:
                at = place("part", self._tenant, record, part.subject, kind=part.kind)
                key = self._unwrapped(part, "part-key", part.part_key)
                yield _content(record, key, part.part, at)

    def _unwrapped(self, part: StoredPart, label: str, wrapped: bytes | None) -> bytes:
        at = place(label, self._tenant, part.record, part.subject, kind=part.kind)
        return _unsealed(part.record, self._subject_key(part), wrapped or b"", at)

    def _subject_key(self, part: StoredPart) -> bytes:
        if part.subject not in self._subject_keys:
            tenant_key = self._tenant_keys.unwrapped(self._tenant, part.master_id, part.tenant_key)
            self._subject_keys[part.subject] = open_subject_key(
                self._tenant, tenant_key, part.subject, part.subject_key, row=part.record
            )
        return self._subject_keys[part.subject]


def _content(record: UUID, key: bytes, sealed: bytes, at: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(_unsealed(record, key, sealed, at), type=dict[str, Any])
    except msgspec.DecodeError:  # its message may quote what it read
        raise VaultDamaged(record) from None


def _unsealed(record: UUID, key: bytes, sealed: bytes, at: bytes) -> bytes:
    try:
        return unseal(key, sealed, at)
    except SealBroken:
        raise VaultDamaged(record) from None

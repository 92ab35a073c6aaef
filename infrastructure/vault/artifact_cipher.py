"""Keys for files outside the database: a letter is unreadable once all it is about are erased."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from infrastructure.store.database import Connection
from infrastructure.vault.entry import ARTIFACT
from infrastructure.vault.envelope import SealBroken, new_key, place, seal, unseal
from infrastructure.vault.errors import VaultDamaged
from infrastructure.vault.keys import TenantKeys, subject_keys
from infrastructure.vault.reading import ARTIFACT_KEYS, Opener, StoredPart
from infrastructure.vault.writing import wrap_shared_key

_ADD_RECORD: Final = (
    "insert into vault_record (tenant, record, kind) values (%s, %s, %s) on conflict do nothing"
)
# Whoever comes second waits here for the first one's key instead of making another.
_LOCK_RECORD: Final = "select kind from vault_record where tenant = %s and record = %s for update"
_ADD_WRAP: Final = (
    "insert into vault_part (tenant, record, subject, shared_key) values (%s, %s, %s, %s)"
)


class ArtifactCipher:
    """Seals and opens the bytes of one artifact."""

    __slots__ = ("_key", "_place", "record")

    def __init__(self, tenant: UUID, record: UUID, key: bytes) -> None:
        self.record = record
        self._key = key
        self._place = place("artifact", tenant, record, kind=ARTIFACT)

    def seal(self, plain: bytes) -> bytes:
        """Encrypt the artifact; nothing but this artifact opens as this artifact."""
        return seal(self._key, plain, self._place)

    def open(self, sealed: bytes) -> bytes:
        """Decrypt the artifact.

        Raises:
            VaultDamaged: the bytes are not those that were sealed.
        """
        try:
            return unseal(self._key, sealed, self._place)
        except SealBroken:
            raise VaultDamaged(self.record) from None


def cipher_for_reading(
    conn: Connection, tenant_keys: TenantKeys, tenant: UUID, record: UUID
) -> ArtifactCipher | None:
    """Return the artifact's cipher while anybody it is about lives, else nothing."""
    parts = _stored(conn, tenant, record)
    if not parts:
        return None
    return ArtifactCipher(tenant, record, Opener(tenant, tenant_keys).shared_key(parts[0]))


def cipher_for_writing(
    conn: Connection,
    tenant_keys: TenantKeys,
    tenant: UUID,
    record: UUID,
    subjects: Collection[UUID],
) -> ArtifactCipher:
    """Return the artifact's cipher, made at first use, with its key wrapped for every subject."""
    if not subjects:
        raise ValueError(f"artifact {record} is about nobody")
    tenant_key = tenant_keys.for_writing(conn, tenant)
    keys = subject_keys(conn, tenant, tenant_key, set(subjects))
    conn.execute(_ADD_RECORD, (tenant, record, ARTIFACT))
    if conn.execute(_LOCK_RECORD, (tenant, record)).fetchone() != (ARTIFACT,):
        raise ValueError(f"vault record {record} exists and is no artifact")
    parts = _stored(conn, tenant, record)
    key = Opener(tenant, tenant_keys).shared_key(parts[0]) if parts else new_key()
    for subject in sorted(keys.keys() - {part.subject for part in parts}):
        wrapped = wrap_shared_key(tenant, record, ARTIFACT, subject, keys[subject], key)
        conn.execute(_ADD_WRAP, (tenant, record, subject, wrapped))
    return ArtifactCipher(tenant, record, key)


def _stored(conn: Connection, tenant: UUID, record: UUID) -> list[StoredPart]:
    rows = conn.execute(ARTIFACT_KEYS, (tenant, [record])).fetchall()
    return [StoredPart._make(row) for row in rows]

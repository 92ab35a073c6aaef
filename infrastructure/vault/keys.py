"""Tenants' and subjects' keys as PostgreSQL keeps them: wrapped, and locked while in use."""

from collections.abc import Collection
from functools import lru_cache
from typing import Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from infrastructure.store import arrays
from infrastructure.store.database import Connection
from infrastructure.vault.envelope import SealBroken, new_key, place, seal, unseal
from infrastructure.vault.errors import SubjectErased, VaultDamaged
from infrastructure.vault.master import MasterKeys

_CACHED_TENANTS: Final = 64

_TENANT_KEY: Final = "select master_id, wrapped from vault_tenant_key where tenant = %s"
_ADD_TENANT_KEY: Final = (
    "insert into vault_tenant_key (tenant, master_id, wrapped) values (%s, %s, %s)"
    " on conflict do nothing"
)
_OUTDATED: Final = (
    "select tenant, master_id, wrapped from vault_tenant_key where master_id <> %s for update"
)
_REWRAP: Final = "update vault_tenant_key set master_id = %s, wrapped = %s where tenant = %s"
# The share lock holds an erasure back until this transaction ends; its order avoids deadlocks.
_LOCK_SUBJECTS: Final[QueryNoTemplate] = (
    "select subject, wrapped from vault_subject_key where tenant = %s and subject = any(%b)"
    " order by subject for share"
)
_ADD_SUBJECTS: Final[QueryNoTemplate] = (
    "insert into vault_subject_key (tenant, subject, wrapped)"
    " select %s, * from unnest(%b::uuid[], %b::bytea[]) on conflict do nothing"
)


class TenantKeys:
    """Tenants' keys, unwrapped.

    The wrapped bytes are the cache's key: what a rolled-back transaction, a restore or a rotation
    leaves behind can never be taken for the living key.
    """

    def __init__(self, master: MasterKeys) -> None:
        self._master = master
        self.unwrapped = lru_cache(_CACHED_TENANTS)(master.unwrap)

    def for_writing(self, conn: Connection, tenant: UUID) -> bytes:
        """Return the tenant's key, made at first use."""
        row = conn.execute(_TENANT_KEY, (tenant,)).fetchone()
        if row is None:
            wrapped = self._master.wrap(tenant, new_key())
            conn.execute(_ADD_TENANT_KEY, (tenant, self._master.current, wrapped))
            row = conn.execute(_TENANT_KEY, (tenant,)).fetchone()
        if row is None:
            raise VaultDamaged(tenant)
        return self.unwrapped(tenant, *row)

    def rewrap(self, conn: Connection) -> int:
        """Wrap every tenant's key under the current master key."""
        outdated = conn.execute(_OUTDATED, (self._master.current,)).fetchall()
        for tenant, master_id, wrapped in outdated:
            again = self._master.wrap(tenant, self._master.unwrap(tenant, master_id, wrapped))
            conn.execute(_REWRAP, (self._master.current, again, tenant))
        return len(outdated)


def subject_keys(
    conn: Connection, tenant: UUID, tenant_key: bytes, subjects: Collection[UUID]
) -> dict[UUID, bytes]:
    """Return the keys of living subjects, made at first use and locked against erasure.

    Raises:
        SubjectErased: when one of them was erased; nothing was written for the others then.
    """
    wanted = sorted(subjects)
    rows: dict[UUID, bytes | None] = dict(
        conn.execute(_LOCK_SUBJECTS, (tenant, arrays.uuids(wanted))).fetchall()
    )
    missing = [subject for subject in wanted if subject not in rows]
    if missing:
        made = [wrapped_subject_key(tenant, tenant_key, subject) for subject in missing]
        conn.execute(_ADD_SUBJECTS, (tenant, missing, made))
        rows |= dict(conn.execute(_LOCK_SUBJECTS, (tenant, missing)).fetchall())
    erased = {subject for subject, wrapped in rows.items() if wrapped is None}
    if erased:
        raise SubjectErased(erased)
    return {
        subject: open_subject_key(tenant, tenant_key, subject, wrapped or b"", row=subject)
        for subject, wrapped in rows.items()
    }


def wrapped_subject_key(tenant: UUID, tenant_key: bytes, subject: UUID) -> bytes:
    """Return a new key for a subject, wrapped by the tenant's."""
    return seal(tenant_key, new_key(), place("subject-key", tenant, subject))


def open_subject_key(
    tenant: UUID, tenant_key: bytes, subject: UUID, wrapped: bytes, *, row: UUID
) -> bytes:
    """Unwrap a subject's key; `row` is whom to blame when it does not open."""
    try:
        return unseal(tenant_key, wrapped, place("subject-key", tenant, subject))
    except SealBroken:
        raise VaultDamaged(row) from None

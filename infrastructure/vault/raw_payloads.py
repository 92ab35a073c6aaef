"""What a source system sent, word for word: sealed, apart, and thrown away after some weeks."""

import zlib
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Final, NamedTuple
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from infrastructure.store.database import Connection
from infrastructure.vault.envelope import SealBroken, place, seal, unseal
from infrastructure.vault.errors import VaultDamaged

# The share lock holds an erasure back until this transaction ends, so that no page about an erased
# person can come in behind it.
_LOCK_SUBJECTS: Final[QueryNoTemplate] = (
    "select subject, wrapped is null from vault_subject_key"
    " where tenant = %s and subject = any(%b) order by subject for share"
)
_KEEP: Final[QueryNoTemplate] = (
    "insert into raw_payload (tenant, batch, page, source, subjects, sealed)"
    " values (%s, %s, %s, %s, %b, %b) on conflict do nothing"
)
_READ: Final = (
    "select page, subjects, sealed from raw_payload where tenant = %s and batch = %s order by page"
)
_PURGE: Final = (
    "delete from raw_payload where kept_at < %(before)s"
    " and (%(tenant)s::uuid is null or tenant = %(tenant)s)"
)


class RawPage(NamedTuple):
    """One answer of a source system, and everybody whom it names."""

    page: int
    subjects: Sequence[UUID]
    payload: bytes


def keep(
    conn: Connection,
    tenant_key: bytes,
    tenant: UUID,
    batch: UUID,
    source: str,
    pages: Sequence[RawPage],
) -> int:
    """Keep pages of one batch; return how many. Pages that name somebody erased are not kept."""
    named = sorted({subject for page in pages for subject in page.subjects})
    rows = conn.execute(_LOCK_SUBJECTS, (tenant, named)).fetchall()
    erased = {subject for subject, is_erased in rows if is_erased}
    kept = [page for page in pages if erased.isdisjoint(page.subjects)]
    key = _key(tenant_key)
    with conn.cursor() as cursor:
        cursor.executemany(
            _KEEP,
            [
                (tenant, batch, page.page, source, sorted(set(page.subjects)), sealed)
                for page in kept
                for sealed in [
                    seal(key, zlib.compress(page.payload), _place(tenant, batch, page.page))
                ]
            ],
        )
    return len(kept)


def read(conn: Connection, tenant_key: bytes, tenant: UUID, batch: UUID) -> list[RawPage]:
    """Return what is still kept of a batch, in order.

    Raises:
        VaultDamaged: a page's bytes are not those that were kept.
    """
    key, found = _key(tenant_key), []
    for page, subjects, sealed in conn.execute(_READ, (tenant, batch)).fetchall():
        try:
            payload = zlib.decompress(unseal(key, sealed, _place(tenant, batch, page)))
        except SealBroken:
            raise VaultDamaged(batch) from None
        found.append(RawPage(page, tuple(subjects), payload))
    return found


def purge(conn: Connection, before: datetime, tenant: UUID | None = None) -> int:
    """Throw away what was kept before an instant of the machine clock; return how many pages."""
    return conn.execute(_PURGE, {"before": before, "tenant": tenant}).rowcount


def _key(tenant_key: bytes) -> bytes:
    return hmac_digest(tenant_key, b"anseo/1/raw-payload", sha256)


def _place(tenant: UUID, batch: UUID, page: int) -> bytes:
    return place("raw-payload", tenant, batch, kind=str(page))

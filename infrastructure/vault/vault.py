"""The person vault's one door.

Every operation works inside the transaction that it is given (`Database.tenant` or `worker`), so
that what is known about a person commits together with the facts that point to it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from hmac import digest as hmac_digest
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.abc import QueryNoTemplate

from infrastructure.store import arrays
from infrastructure.store.database import Connection
from infrastructure.vault import erasing, raw_payloads
from infrastructure.vault.artifact_cipher import (
    ArtifactCipher,
    cipher_for_reading,
    cipher_for_writing,
)
from infrastructure.vault.blind_index import blind_index
from infrastructure.vault.entry import Content, Entry
from infrastructure.vault.erasure_log import Action, ErasureLine, ErasureLog, check_codes
from infrastructure.vault.keys import TenantKeys, subject_keys
from infrastructure.vault.master import MasterKeys
from infrastructure.vault.reading import RECORDS, Opener
from infrastructure.vault.writing import write

_ERASED: Final[QueryNoTemplate] = (
    "select subject from vault_subject_key"
    " where tenant = %s and subject = any(%b) and erased_at is not null"
)


class Vault:
    """Keeps what is known about people, under keys that can be destroyed."""

    def __init__(self, master: MasterKeys, erasure_log: Path) -> None:
        self._master = master
        self._tenant_keys = TenantKeys(master)
        self._log = ErasureLog(erasure_log, master)

    def put(
        self,
        conn: Connection,
        tenant: UUID,
        record: UUID,
        kind: str,
        parts: Mapping[UUID, Content],
        shared: Content | None = None,
    ) -> None:
        """Write one record, in place of what it said before.

        Raises:
            SubjectErased: when it is about somebody who was erased.
        """
        self.put_many(conn, tenant, [Entry(record, kind, parts, shared)])

    def put_many(self, conn: Connection, tenant: UUID, entries: Sequence[Entry]) -> None:
        """Write many records of one tenant, each in place of what it said before.

        Raises:
            SubjectErased: when one of them is about somebody who was erased; ask `erased` first.
        """
        if not entries:
            return
        if len({entry.record for entry in entries}) < len(entries):
            raise ValueError("one vault record is written twice in one call")
        tenant_key = self._tenant_keys.for_writing(conn, tenant)
        subjects = {subject for entry in entries for subject in entry.parts}
        write(conn, tenant, subject_keys(conn, tenant, tenant_key, subjects), entries)

    def get(self, conn: Connection, tenant: UUID, record: UUID) -> dict[str, Any] | None:
        """Return what can still be read of a record, or nothing if there is none."""
        return self.get_many(conn, tenant, [record]).get(record)

    def get_many(
        self, conn: Connection, tenant: UUID, records: Iterable[UUID]
    ) -> dict[UUID, dict[str, Any]]:
        """Return what can still be read of each record that is there, in one query.

        Raises:
            VaultDamaged: when a record's bytes are not those that were written.
        """
        rows = conn.execute(RECORDS, (tenant, arrays.uuids(records))).fetchall()
        return Opener(tenant, self._tenant_keys).records(rows)

    async def get_many_async(
        self, conn: AsyncConnection[Any], tenant: UUID, records: Iterable[UUID]
    ) -> dict[UUID, dict[str, Any]]:
        """Do the same as `get_many` on a connection of the query side."""
        cursor = await conn.execute(RECORDS, (tenant, list(records)))
        return Opener(tenant, self._tenant_keys).records(await cursor.fetchall())

    def artifact_cipher(
        self, conn: Connection, tenant: UUID, record: UUID, subjects: Collection[UUID]
    ) -> ArtifactCipher:
        """Return the cipher of a file about these people; the same one when asked again.

        Raises:
            SubjectErased: when one of them was erased.
        """
        return cipher_for_writing(conn, self._tenant_keys, tenant, record, subjects)

    def artifact_reader(
        self, conn: Connection, tenant: UUID, record: UUID
    ) -> ArtifactCipher | None:
        """Return the cipher of a file while anybody it is about lives, else nothing."""
        return cipher_for_reading(conn, self._tenant_keys, tenant, record)

    def blind_index(self, conn: Connection, tenant: UUID, text: str) -> bytes:
        """Return what a search by name compares in this tenant."""
        return self.blind_indexes(conn, tenant, [text])[0]

    def blind_indexes(self, conn: Connection, tenant: UUID, texts: Sequence[str]) -> list[bytes]:
        """Return the same for many texts."""
        key = self._tenant_keys.for_writing(conn, tenant)
        known = {text: blind_index(key, text) for text in set(texts)}
        return [known[text] for text in texts]

    def derived_key(self, conn: Connection, tenant: UUID, purpose: bytes) -> bytes:
        """Return a key of this tenant's own for one purpose, the same for ever."""
        return hmac_digest(self._tenant_keys.for_writing(conn, tenant), purpose, sha256)

    def keep_raw(
        self,
        conn: Connection,
        tenant: UUID,
        batch: UUID,
        source: str,
        pages: Sequence[raw_payloads.RawPage],
    ) -> int:
        """Keep what a source system sent for a batch, sealed; return how many pages.

        Pages that name somebody who was erased are left out, and a page goes when somebody whom it
        names is erased. `raw_payloads.purge` throws away what is over its age.
        """
        key = self._tenant_keys.for_writing(conn, tenant)
        return raw_payloads.keep(conn, key, tenant, batch, source, pages)

    def raw(self, conn: Connection, tenant: UUID, batch: UUID) -> list[raw_payloads.RawPage]:
        """Return what a source system sent for a batch, as long as it is kept.

        Raises:
            VaultDamaged: when a page's bytes are not those that were kept.
        """
        key = self._tenant_keys.for_writing(conn, tenant)
        return raw_payloads.read(conn, key, tenant, batch)

    def erased(self, conn: Connection, tenant: UUID, subjects: Iterable[UUID]) -> set[UUID]:
        """Return who of these was erased: an import leaves them out."""
        rows = conn.execute(_ERASED, (tenant, arrays.uuids(subjects))).fetchall()
        return {subject for (subject,) in rows}

    def erase(self, conn: Connection, tenant: UUID, subject: UUID, reason: str, by: str) -> bool:
        """Erase a person for good; say whether there was anything left to do.

        Let it be the last thing in its transaction. The line outside is on disk before the
        commit: a crash between the two leaves an erasure that `re_erase` completes, never one
        that a restored backup would undo. Bytes of the destroyed key stay in the write-ahead log
        and in unvacuumed pages until PostgreSQL reuses them, and in older backups.
        """
        check_codes(reason, by)
        return self._noted(
            conn, "erased", tenant, subject, erasing.destroy(conn, tenant, subject), reason, by
        )

    def readmit(self, conn: Connection, tenant: UUID, subject: UUID, reason: str, by: str) -> bool:
        """Let an erased person be written again, from nothing; say whether there was a need."""
        check_codes(reason, by)
        return self._noted(
            conn, "readmitted", tenant, subject, erasing.readmit(conn, tenant, subject), reason, by
        )

    def re_erase(self, conn: Connection, tenant: UUID | None = None) -> int:
        """Apply the log outside again, after a restore; return how many lines were caught up.

        Run it on a worker's transaction for all tenants, or on a tenant's own with its id.

        Raises:
            ErasureLogDamaged: when a line was changed; nothing was applied then.
        """
        lines = [line for line in self._log.lines() if tenant in {None, line.tenant}]
        return erasing.apply_lines(conn, lines)

    def rewrap(self, conn: Connection) -> int:
        """Wrap all tenants' keys under the current master key (a worker's transaction).

        Keep the older master key as long as backups made before and lines of the erasure log
        need it.
        """
        return self._tenant_keys.rewrap(conn)

    def _noted(
        self,
        conn: Connection,
        action: Action,
        tenant: UUID,
        subject: UUID,
        at: datetime | None,
        reason: str,
        by: str,
    ) -> bool:
        """Write the signed line here and outside, unless nothing was done."""
        if at is None:
            return False
        line = ErasureLine.signed_by(self._master, action, tenant, subject, at, reason, by)
        erasing.record_line(conn, line)
        self._log.append(line)
        return True

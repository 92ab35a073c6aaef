"""Erasing a person: the key, its wraps, the parts about this person, and the way back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from infrastructure.store.database import Connection
from infrastructure.vault.erasure_log import ErasureLine

# The tombstone takes the key's row, so a write of the same person waits for the erasure or the
# other way round. A row that was a tombstone already keeps its day.
_ENTOMB: Final = (
    "insert into vault_subject_key (tenant, subject, wrapped, erased_at)"
    " values (%(tenant)s, %(subject)s, null, coalesce(%(at)s, clock_timestamp()))"
    " on conflict (tenant, subject) do update set wrapped = null, erased_at = excluded.erased_at"
    " where vault_subject_key.wrapped is not null returning erased_at"
)
_READMIT: Final = (
    "delete from vault_subject_key where tenant = %s and subject = %s and erased_at is not null"
    " returning clock_timestamp()"
)
# A statement of its own before anything is deleted: a write of the same record that is under way
# must be over before we look at who is left in it.
_LOCK_RECORDS: Final = (
    "select record from vault_record where tenant = %(tenant)s and record in"
    " (select record from vault_part where tenant = %(tenant)s and subject = %(subject)s)"
    " order by record for update"
)
_DELETE_PARTS: Final = "delete from vault_part where tenant = %s and subject = %s"
_DELETE_EMPTY: Final = (
    "delete from vault_record r where r.tenant = %s and r.record = any(%s) and not exists"
    " (select from vault_part p where p.tenant = r.tenant and p.record = r.record)"
)
# A keyed hash of a telephone number still tells that two people share it.
_FORGET_CONTACTS: Final = "delete from contact_index where tenant = %s and subject = %s"
# A page of raw data cannot be cut: it goes as a whole.
_FORGET_RAW: Final = "delete from raw_payload where tenant = %s and subjects @> array[%s]"
# Between which days somebody is inside an age still tells when some birthdays are.
_FORGET_AGES: Final = "delete from student_years where tenant = %s and student = %s"
_LOG: Final = (
    "insert into erasure_log"
    " (tenant, signature, action, subject, happened_at, reason, actor, master_id)"
    " values (%s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing returning signature"
)
_LIVING: Final[QueryNoTemplate] = (
    "select subject from vault_subject_key"
    " where tenant = %s and subject = any(%b) and wrapped is not null order by subject"
)


def destroy(
    conn: Connection, tenant: UUID, subject: UUID, at: datetime | None = None
) -> datetime | None:
    """Leave a tombstone and nothing else; return its time, or nothing if it stood already.

    A subject that the vault never knew gets its tombstone too: it must not come in later.
    """
    who = {"tenant": tenant, "subject": subject, "at": at}
    entombed = conn.execute(_ENTOMB, who).fetchone()
    records = [record for (record,) in conn.execute(_LOCK_RECORDS, who).fetchall()]
    conn.execute(_DELETE_PARTS, (tenant, subject))
    conn.execute(_DELETE_EMPTY, (tenant, records))
    conn.execute(_FORGET_CONTACTS, (tenant, subject))
    conn.execute(_FORGET_RAW, (tenant, subject))
    conn.execute(_FORGET_AGES, (tenant, subject))
    return entombed[0] if entombed else None


def readmit(conn: Connection, tenant: UUID, subject: UUID) -> datetime | None:
    """Take the tombstone away; return when, or nothing if there was none."""
    gone = conn.execute(_READMIT, (tenant, subject)).fetchone()
    return gone[0] if gone else None


def record_line(conn: Connection, line: ErasureLine) -> bool:
    """Keep the signed line in the database too; say whether it is new there."""
    row = (
        line.tenant,
        bytes.fromhex(line.signature),
        line.action,
        line.subject,
        line.at,
        line.reason,
        line.by,
        line.master_id,
    )
    return conn.execute(_LOG, row).fetchone() is not None


def apply_line(conn: Connection, line: ErasureLine) -> bool:
    """Do again what a line says, unless this database has it already."""
    if not record_line(conn, line):
        return False
    if line.action == "erased":
        destroy(conn, line.tenant, line.subject, line.at)
    else:
        readmit(conn, line.tenant, line.subject)
    return True


def apply_lines(conn: Connection, lines: Sequence[ErasureLine]) -> int:
    """Make the database agree with the log outside; return how many lines it had to catch up.

    Lines that the database lacks are done again in their order. Whoever the log leaves erased is
    erased, even where the database holds the line: rows may have been brought back by hand.
    """
    caught_up = sum([apply_line(conn, line) for line in lines])
    last = {(line.tenant, line.subject): line for line in lines}
    for tenant in sorted({tenant for tenant, _ in last}):
        gone = [s for (t, s), line in last.items() if t == tenant and line.action == "erased"]
        for (subject,) in conn.execute(_LIVING, (tenant, gone)).fetchall():
            destroy(conn, tenant, subject, last[tenant, subject].at)
            caught_up += 1
    return caught_up

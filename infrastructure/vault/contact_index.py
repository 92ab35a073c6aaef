"""Who answers from this number? Keyed hashes of the numbers that were written to."""

from typing import Final
from uuid import UUID

from domain.shared.ids import GuardianId
from infrastructure.store.database import Connection
from infrastructure.vault.vault import Vault

# The share lock on the living subject's key holds an erasure back until this transaction ends, so
# that no row of an erased guardian can come in behind it.
_REMEMBER: Final = (
    "insert into contact_index (tenant, blind_index, subject)"
    " select tenant, %(index)s, subject from vault_subject_key"
    " where tenant = %(tenant)s and subject = %(subject)s and wrapped is not null for share"
    " on conflict do nothing"
)
_OF_NUMBER: Final = (
    "select subject from contact_index where tenant = %(tenant)s and blind_index = %(index)s"
    " order by subject limit 100"
)


def remember(
    conn: Connection, vault: Vault, tenant: UUID, number: str, guardian: GuardianId
) -> None:
    """Note, before a text is attempted, whose number it goes to. Of erased people nothing is kept.

    A number that a guardian had before stays: whoever answers from it still means us.
    """
    conn.execute(
        _REMEMBER,
        {"tenant": tenant, "index": _index(conn, vault, tenant, number), "subject": guardian},
    )


def guardians_of(conn: Connection, vault: Vault, tenant: UUID, number: str) -> list[GuardianId]:
    """Return the living guardians who were written to at this number; several may share it."""
    rows = conn.execute(
        _OF_NUMBER, {"tenant": tenant, "index": _index(conn, vault, tenant, number)}
    ).fetchall()
    return [GuardianId(subject) for (subject,) in rows]


def _index(conn: Connection, vault: Vault, tenant: UUID, number: str) -> bytes:
    """Only the digits count: `+353 85 000 0001` and `+353850000001` are one number."""
    digits = "".join(character for character in number if character.isdigit())
    return vault.blind_index(conn, tenant, f"phone {digits}")

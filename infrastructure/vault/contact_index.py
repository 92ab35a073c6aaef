"""Who answers from this number? Keyed hashes of the numbers that were written to."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from domain.shared.ids import GuardianId
from infrastructure.store.database import Connection
from infrastructure.vault.vault import Vault

# The share lock on the living subject's key holds an erasure back until this transaction ends, so
# that no row of an erased guardian can come in behind it.
# Locks and rows come in one order for everybody.
_REMEMBER: Final = (
    "insert into contact_index (tenant, blind_index, subject)"
    " select k.tenant, u.index, k.subject"
    " from unnest(%(indexes)s::bytea[], %(subjects)s::uuid[]) as u (index, subject)"
    " join vault_subject_key k on k.tenant = %(tenant)s and k.subject = u.subject"
    " where k.wrapped is not null order by k.subject, u.index for share of k"
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
    remember_many(conn, vault, tenant, [(number, guardian)])


def remember_many(
    conn: Connection, vault: Vault, tenant: UUID, known: Iterable[tuple[str, GuardianId]]
) -> None:
    """Do the same for many numbers, each with who answers from it."""
    pairs = sorted(set(known))
    if pairs:
        texts = [_text(number) for number, _ in pairs]
        indexes = vault.blind_indexes(conn, tenant, texts)
        subjects = [guardian for _, guardian in pairs]
        conn.execute(_REMEMBER, {"tenant": tenant, "indexes": indexes, "subjects": subjects})


def guardians_of(conn: Connection, vault: Vault, tenant: UUID, number: str) -> list[GuardianId]:
    """Return the living guardians who were written to at this number; several may share it."""
    rows = conn.execute(
        _OF_NUMBER, {"tenant": tenant, "index": _index(conn, vault, tenant, number)}
    ).fetchall()
    return [GuardianId(subject) for (subject,) in rows]


def _index(conn: Connection, vault: Vault, tenant: UUID, number: str) -> bytes:
    return vault.blind_index(conn, tenant, _text(number))


def _text(number: str) -> str:
    """Only the digits count: `+353 85 000 0001` and `+353850000001` are one number."""
    return f"phone {''.join(character for character in number if character.isdigit())}"

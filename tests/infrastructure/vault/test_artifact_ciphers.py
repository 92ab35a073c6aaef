"""A letter's bytes open while anybody it is about lives, and only as that letter."""

from uuid import UUID, uuid4

import pytest

from infrastructure.store.database import Database
from infrastructure.vault.errors import SubjectErased, VaultDamaged
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres

LETTER, AOIFE, CIAN = uuid4(), uuid4(), uuid4()
PDF = b"%PDF-1.7 Dear parents of Aoife and Cian" * 100


def sealed_letter(database: Database, vault: Vault, tenant: UUID) -> bytes:
    with database.tenant(tenant) as conn:
        return vault.artifact_cipher(conn, tenant, LETTER, {AOIFE, CIAN}).seal(PDF)


def erase(database: Database, vault: Vault, tenant: UUID, subject: UUID) -> None:
    with database.tenant(tenant) as conn:
        vault.erase(conn, tenant, subject, "parent-asked", "staff-7")


def test_a_letter_opens_again(database: Database, vault: Vault, tenant: UUID) -> None:
    sealed = sealed_letter(database, vault, tenant)
    assert b"Aoife" not in sealed
    with database.auditor(tenant) as conn:
        reader = vault.artifact_reader(conn, tenant, LETTER)
    assert reader is not None
    assert reader.open(sealed) == PDF


def test_asking_again_gives_the_same_key(database: Database, vault: Vault, tenant: UUID) -> None:
    sealed = sealed_letter(database, vault, tenant)
    with database.tenant(tenant) as conn:
        assert vault.artifact_cipher(conn, tenant, LETTER, {AOIFE}).open(sealed) == PDF


def test_a_subject_added_later_holds_the_letter_open(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    sealed, guardian = sealed_letter(database, vault, tenant), uuid4()
    with database.tenant(tenant) as conn:
        vault.artifact_cipher(conn, tenant, LETTER, {guardian})
    erase(database, vault, tenant, AOIFE)
    erase(database, vault, tenant, CIAN)
    with database.tenant(tenant) as conn:
        reader = vault.artifact_reader(conn, tenant, LETTER)
    assert reader is not None
    assert reader.open(sealed) == PDF


def test_a_letter_opens_for_the_living_sibling_and_then_never_again(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    sealed = sealed_letter(database, vault, tenant)
    erase(database, vault, tenant, AOIFE)
    with database.tenant(tenant) as conn:
        reader = vault.artifact_reader(conn, tenant, LETTER)
    assert reader is not None
    assert reader.open(sealed) == PDF

    erase(database, vault, tenant, CIAN)
    with database.worker() as conn:
        assert vault.artifact_reader(conn, tenant, LETTER) is None
        assert conn.execute("select count(*) from vault_record").fetchone() == (0,)
    with database.tenant(tenant) as conn:
        stranger = vault.artifact_cipher(conn, tenant, LETTER, {uuid4()})
    with pytest.raises(VaultDamaged, match=str(LETTER)):
        stranger.open(sealed)  # a new key under the old id opens nothing old


def test_one_letter_does_not_open_as_another(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    sealed = sealed_letter(database, vault, tenant)
    with database.tenant(tenant) as conn:
        other = vault.artifact_cipher(conn, tenant, uuid4(), {AOIFE})
    with pytest.raises(VaultDamaged, match=str(other.record)):
        other.open(sealed)
    with pytest.raises(VaultDamaged):
        other.open(b"")


def test_a_letter_about_an_erased_person_is_refused(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    erase(database, vault, tenant, AOIFE)
    with database.tenant(tenant) as conn, pytest.raises(SubjectErased):
        vault.artifact_cipher(conn, tenant, LETTER, {AOIFE, CIAN})


def test_a_letter_about_nobody_is_refused(database: Database, vault: Vault, tenant: UUID) -> None:
    with database.tenant(tenant) as conn, pytest.raises(ValueError, match="nobody"):
        vault.artifact_cipher(conn, tenant, LETTER, set())


def test_records_and_artifacts_do_not_take_each_others_place(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    sealed_letter(database, vault, tenant)
    note = uuid4()
    with database.tenant(tenant) as conn:
        vault.put(conn, tenant, note, "note", {AOIFE: {"a": 1}})
        assert vault.get(conn, tenant, LETTER) is None
        assert vault.artifact_reader(conn, tenant, note) is None
        with pytest.raises(ValueError, match="no artifact"):
            vault.artifact_cipher(conn, tenant, note, {AOIFE})
        with pytest.raises(ValueError, match="another kind"):
            vault.put(conn, tenant, LETTER, "note", {AOIFE: {"a": 1}})

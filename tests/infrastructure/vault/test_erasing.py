"""An erased person is gone from the vault; whoever shared a record is not."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from infrastructure.store.database import Database
from infrastructure.vault.erasure_log import ErasureLine, ErasureLog
from infrastructure.vault.errors import SubjectErased
from infrastructure.vault.master import MasterKeys
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres

AOIFE, CIAN = uuid4(), uuid4()
NOTE = uuid4()


@pytest.fixture(autouse=True)
def kept(database: Database, vault: Vault, tenant: UUID) -> None:
    """Two siblings, each with a record, and a note about both."""
    with database.tenant(tenant) as conn:
        vault.put(conn, tenant, AOIFE, "student", {AOIFE: {"given": "Canary-Aoife"}})
        vault.put(conn, tenant, CIAN, "student", {CIAN: {"given": "Cian"}})
        parts = {AOIFE: {"about_aoife": "Canary-late"}, CIAN: {"about_cian": "ill"}}
        vault.put(conn, tenant, NOTE, "note", parts, shared={"said": "both moved"})


def erase(database: Database, vault: Vault, tenant: UUID, subject: UUID = AOIFE) -> bool:
    with database.tenant(tenant) as conn:
        return vault.erase(conn, tenant, subject, "parent-asked", "staff-7")


def sealed_bytes(database: Database, subject: UUID) -> set[str]:
    """Every piece of ciphertext and every wrapped key that only this person's key opens."""
    with database.worker() as conn:
        rows = conn.execute(
            "select encode(unnest(array[p.part, p.part_key, p.shared_key, s.wrapped]), 'hex')"
            " from vault_part p join vault_subject_key s using (tenant, subject)"
            " where p.subject = %s",
            (subject,),
        ).fetchall()
    return {text for (text,) in rows if text}


def test_an_erased_persons_record_is_gone(database: Database, vault: Vault, tenant: UUID) -> None:
    assert erase(database, vault, tenant)
    with database.tenant(tenant) as conn:
        assert vault.get(conn, tenant, AOIFE) is None
        rows = conn.execute("select count(*) from vault_record where record = %s", (AOIFE,))
        assert rows.fetchone() == (0,)


def test_no_byte_of_an_erased_person_stays_in_a_table_or_in_the_log(
    database: Database,
    vault: Vault,
    tenant: UUID,
    everything: Callable[[], str],
    log_path: Path,
) -> None:
    sealed = sealed_bytes(database, AOIFE)
    assert len(sealed) == 6
    before = everything()
    assert all(text in before for text in sealed)

    erase(database, vault, tenant)

    left = everything() + log_path.read_text()
    assert not [text for text in sealed if text in left]
    assert "Canary" not in left
    assert b"Canary".hex() not in left


def test_the_siblings_part_and_what_was_shared_survive(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    erase(database, vault, tenant)
    with database.tenant(tenant) as conn:
        assert vault.get_many(conn, tenant, [AOIFE, CIAN, NOTE]) == {
            CIAN: {"given": "Cian"},
            NOTE: {"said": "both moved", "about_cian": "ill"},
        }


def test_a_shared_record_goes_with_its_last_subject(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    erase(database, vault, tenant, AOIFE)
    erase(database, vault, tenant, CIAN)
    with database.worker() as conn:
        assert conn.execute("select count(*) from vault_record").fetchone() == (0,)
        assert conn.execute("select count(*) from vault_part").fetchone() == (0,)


def test_another_tenants_person_with_the_same_id_stays(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    stranger = uuid4()
    with database.tenant(stranger) as conn:
        vault.put(conn, stranger, AOIFE, "student", {AOIFE: {"given": "Other"}})
    erase(database, vault, tenant)
    with database.worker() as conn:
        assert vault.get(conn, stranger, AOIFE) == {"given": "Other"}
        assert vault.erased(conn, stranger, [AOIFE]) == set()


def test_an_import_learns_who_was_erased(database: Database, vault: Vault, tenant: UUID) -> None:
    erase(database, vault, tenant)
    with database.auditor(tenant) as conn:
        assert vault.erased(conn, tenant, [AOIFE, CIAN, uuid4()]) == {AOIFE}


def test_an_erased_person_is_not_written_again(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    erase(database, vault, tenant)
    new = uuid4()
    with database.tenant(tenant) as conn, pytest.raises(SubjectErased) as refused:
        vault.put(conn, tenant, NOTE, "note", {AOIFE: {"a": "Canary"}, CIAN: {}, new: {}})
    assert refused.value.subjects == {AOIFE}
    assert "Canary" not in repr(refused.value)


def test_a_person_the_vault_never_knew_is_kept_out_too(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    unknown = uuid4()
    assert erase(database, vault, tenant, unknown)
    with database.tenant(tenant) as conn, pytest.raises(SubjectErased):
        vault.put(conn, tenant, unknown, "student", {unknown: {"given": "Back"}})


def test_a_readmitted_person_starts_from_nothing(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    erase(database, vault, tenant)
    with database.tenant(tenant) as conn:
        assert vault.readmit(conn, tenant, AOIFE, "came-back", "staff-7")
        assert vault.get(conn, tenant, AOIFE) is None
        vault.put(conn, tenant, AOIFE, "student", {AOIFE: {"given": "Again"}})
        assert vault.get(conn, tenant, AOIFE) == {"given": "Again"}
        assert not vault.readmit(conn, tenant, AOIFE, "came-back", "staff-7")


def test_erasing_twice_is_meant_once(
    database: Database, vault: Vault, tenant: UUID, log_path: Path
) -> None:
    assert erase(database, vault, tenant)
    assert not erase(database, vault, tenant)
    assert len(log_path.read_text().splitlines()) == 1


def test_the_log_outside_and_the_table_tell_the_same_signed_line(
    database: Database, vault: Vault, tenant: UUID, master: MasterKeys, log_path: Path
) -> None:
    erase(database, vault, tenant)
    (line,) = ErasureLog(log_path, master).lines()
    assert (line.action, line.tenant, line.subject) == ("erased", tenant, AOIFE)
    assert (line.reason, line.by) == ("parent-asked", "staff-7")
    with database.auditor(tenant) as conn:
        row = conn.execute(
            "select action, tenant, subject, happened_at, reason, actor, master_id, signature"
            " from erasure_log"
        ).fetchone()
    assert row is not None
    fields = dict(zip(ErasureLine.__struct_fields__, row[:7], strict=False))
    again = ErasureLine(**fields)
    assert master.signed(again.master_id, again.signed_bytes(), row[7])
    assert row[7].hex() == line.signature


@pytest.mark.parametrize(
    ("reason", "by"),
    [("Aoife moved away", "staff-7"), ("parent-asked", "aoife@example.ie"), ("", "staff-7")],
)
def test_free_text_and_addresses_are_kept_out_of_the_log(
    database: Database, vault: Vault, tenant: UUID, log_path: Path, reason: str, by: str
) -> None:
    with database.tenant(tenant) as conn, pytest.raises(ValueError, match="erasure"):
        vault.erase(conn, tenant, AOIFE, reason, by)
    assert not log_path.exists()

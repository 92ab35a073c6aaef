"""A restored backup forgets again what was erased after it was made."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import conninfo, sql

from infrastructure.store.database import Database
from infrastructure.vault.errors import ErasureLogDamaged, SubjectErased
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres

AOIFE, CIAN = uuid4(), uuid4()

Backup = Callable[[], Database]


@pytest.fixture(autouse=True)
def kept(database: Database, vault: Vault, tenant: UUID) -> None:
    with database.tenant(tenant) as conn:
        for subject in (AOIFE, CIAN):
            vault.put(conn, tenant, subject, "student", {subject: {"given": "x"}})


@contextmanager
def copy_of(database: Database) -> Iterator[Database]:
    """A backup, restored: the database as it is at this moment, under another name."""
    database.close()
    source = str(conninfo.conninfo_to_dict(database.url)["dbname"])
    name = f"restored_{secrets.token_hex(6)}"
    admin = conninfo.make_conninfo(database.url, dbname="postgres")
    copy = sql.SQL("create database {} template {}")
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(copy.format(sql.Identifier(name), sql.Identifier(source)))
    restored = Database(conninfo.make_conninfo(database.url, dbname=name))
    try:
        yield restored
    finally:
        restored.close()
        with psycopg.connect(admin, autocommit=True) as conn:
            conn.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def erase(database: Database, vault: Vault, tenant: UUID, subject: UUID) -> None:
    with database.tenant(tenant) as conn:
        vault.erase(conn, tenant, subject, "parent-asked", "staff-7")


def test_a_restored_backup_is_made_to_forget_again(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    with copy_of(database) as restored:
        erase(database, vault, tenant, AOIFE)
        with restored.worker() as conn:
            assert vault.get(conn, tenant, AOIFE) == {"given": "x"}
            assert vault.re_erase(conn) == 1
        with restored.tenant(tenant) as conn:
            assert vault.get_many(conn, tenant, [AOIFE, CIAN]) == {CIAN: {"given": "x"}}
            with pytest.raises(SubjectErased):
                vault.put(conn, tenant, AOIFE, "student", {AOIFE: {"given": "x"}})
            assert conn.execute("select count(*) from erasure_log").fetchone() == (1,)


def test_the_day_of_an_erasure_is_the_first_one(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    query = "select erased_at from vault_subject_key where subject = %s"
    with copy_of(database) as restored:
        erase(database, vault, tenant, AOIFE)
        with restored.worker() as conn:
            vault.re_erase(conn)
            again = conn.execute(query, (AOIFE,)).fetchone()
        with database.worker() as conn:
            assert conn.execute(query, (AOIFE,)).fetchone() == again


def test_erasing_again_where_nothing_was_restored_changes_nothing(
    database: Database, vault: Vault, tenant: UUID, everything: Callable[[], str]
) -> None:
    erase(database, vault, tenant, AOIFE)
    before = everything()
    with database.worker() as conn:
        assert vault.re_erase(conn) == 0
    assert everything() == before


def test_who_was_readmitted_comes_back_empty_from_a_backup(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    """The backup still has what was erased; only what was written after it may be known."""
    with copy_of(database) as restored:
        erase(database, vault, tenant, AOIFE)
        with database.tenant(tenant) as conn:
            vault.readmit(conn, tenant, AOIFE, "came-back", "staff-7")
        with restored.worker() as conn:
            assert vault.re_erase(conn) == 2
            assert vault.get(conn, tenant, AOIFE) is None
            assert vault.erased(conn, tenant, [AOIFE]) == set()


def test_who_came_back_after_an_erasure_is_not_erased_again(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    erase(database, vault, tenant, AOIFE)
    with database.tenant(tenant) as conn:
        vault.readmit(conn, tenant, AOIFE, "came-back", "staff-7")
        vault.put(conn, tenant, AOIFE, "student", {AOIFE: {"given": "new"}})
    with database.worker() as conn:
        assert vault.re_erase(conn) == 0
        assert vault.get(conn, tenant, AOIFE) == {"given": "new"}


def test_a_crash_between_the_log_and_the_commit_leaves_an_erasure_to_complete(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    def erase_and_die() -> None:
        with database.tenant(tenant) as conn:
            vault.erase(conn, tenant, AOIFE, "parent-asked", "staff-7")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        erase_and_die()
    with database.worker() as conn:
        assert vault.get(conn, tenant, AOIFE) == {"given": "x"}
        assert vault.re_erase(conn) == 1
        assert vault.get(conn, tenant, AOIFE) is None


def test_rows_brought_back_by_hand_are_erased_again(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    with database.worker() as conn:
        wrapped = conn.execute(
            "select wrapped from vault_subject_key where subject = %s", (AOIFE,)
        ).fetchone()
    erase(database, vault, tenant, AOIFE)
    with database.worker() as conn:
        conn.execute(
            "update vault_subject_key set wrapped = %s, erased_at = null where subject = %s",
            (wrapped[0] if wrapped else None, AOIFE),
        )
        assert vault.re_erase(conn) == 1
        assert vault.erased(conn, tenant, [AOIFE]) == {AOIFE}


def test_a_tenant_can_apply_its_own_lines(database: Database, vault: Vault, tenant: UUID) -> None:
    stranger = uuid4()
    with copy_of(database) as restored:
        erase(database, vault, tenant, AOIFE)
        erase(database, vault, stranger, CIAN)
        with restored.tenant(tenant) as conn:
            assert vault.re_erase(conn, tenant) == 1
        with restored.worker() as conn:
            assert vault.re_erase(conn) == 1


def test_a_changed_log_applies_nothing(
    database: Database, vault: Vault, tenant: UUID, log_path: Path
) -> None:
    with copy_of(database) as restored:
        erase(database, vault, tenant, AOIFE)
        erase(database, vault, tenant, CIAN)
        log_path.write_text(log_path.read_text().replace(str(CIAN), str(uuid4())))
        with restored.worker() as conn:
            with pytest.raises(ErasureLogDamaged, match="line 2"):
                vault.re_erase(conn)
            assert vault.get(conn, tenant, AOIFE) == {"given": "x"}

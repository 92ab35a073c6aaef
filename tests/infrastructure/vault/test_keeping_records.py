"""What is put into the vault comes out again, for those who may."""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import AsyncConnection

from infrastructure.store.database import Database, with_role
from infrastructure.vault.entry import Content, Entry
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres

AOIFE = {"given": "Aoife", "family": "Ní Bhriain", "birth_on": None}
CIAN = {"given": "Cian", "family": "Ó Briain", "birth_on": "2012-02-29"}


def keep(database: Database, vault: Vault, tenant: UUID, *entries: Entry) -> None:
    with database.tenant(tenant) as conn:
        vault.put_many(conn, tenant, entries)


def student(content: Content = AOIFE) -> Entry:
    subject = uuid4()
    return Entry(subject, "student", {subject: content})


def test_a_record_comes_back_as_it_was_put(database: Database, vault: Vault, tenant: UUID) -> None:
    subject = uuid4()
    with database.tenant(tenant) as conn:
        vault.put(conn, tenant, subject, "student", {subject: AOIFE})
    with database.tenant(tenant) as conn:
        assert vault.get(conn, tenant, subject) == AOIFE


def test_parts_and_what_is_shared_come_back_merged(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    record, one, other = uuid4(), uuid4(), uuid4()
    with database.tenant(tenant) as conn:
        parts: dict[UUID, Content] = {one: {"about_one": "x"}, other: {"about_other": [1, 2]}}
        vault.put(conn, tenant, record, "note", parts, shared={"text": "Dear parents"})
        assert vault.get(conn, tenant, record) == {
            "text": "Dear parents",
            "about_one": "x",
            "about_other": [1, 2],
        }


def test_putting_again_replaces_content_and_subjects(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    record, one, other = uuid4(), uuid4(), uuid4()
    with database.tenant(tenant) as conn:
        vault.put(conn, tenant, record, "note", {one: {"a": 1}, other: {}}, shared={"b": 2})
        vault.put(conn, tenant, record, "note", {other: {"c": 3}})
        assert vault.get(conn, tenant, record) == {"c": 3}


def test_many_records_come_back_in_one_call(database: Database, vault: Vault, tenant: UUID) -> None:
    first, second = student(AOIFE), student(CIAN)
    keep(database, vault, tenant, first, second)
    with database.tenant(tenant) as conn:
        found = vault.get_many(conn, tenant, [first.record, second.record, uuid4()])
    assert found == {first.record: AOIFE, second.record: CIAN}


def test_a_query_side_connection_reads_the_same(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    entry = student()
    keep(database, vault, tenant, entry)

    async def read() -> dict[UUID, dict[str, object]]:
        url = with_role(database.url, "anseo_worker")
        async with await AsyncConnection.connect(url) as conn:
            return await vault.get_many_async(conn, tenant, [entry.record])

    assert asyncio.run(read()) == {entry.record: AOIFE}


def test_an_unknown_record_is_nothing(database: Database, vault: Vault, tenant: UUID) -> None:
    with database.auditor(tenant) as conn:
        assert vault.get(conn, tenant, uuid4()) is None
        assert vault.get_many(conn, tenant, []) == {}


def test_putting_nothing_writes_nothing(database: Database, vault: Vault, tenant: UUID) -> None:
    with database.tenant(tenant) as conn:
        vault.put_many(conn, tenant, [])
        assert conn.execute("select count(*) from vault_tenant_key").fetchone() == (0,)


def test_a_record_never_changes_its_kind(database: Database, vault: Vault, tenant: UUID) -> None:
    entry = student()
    keep(database, vault, tenant, entry)
    with (
        pytest.raises(ValueError, match="another kind") as refused,
        database.tenant(tenant) as conn,
    ):
        vault.put(conn, tenant, entry.record, "guardian", {entry.record: CIAN})
    assert str(entry.record) in str(refused.value)
    with database.tenant(tenant) as conn:
        assert vault.get(conn, tenant, entry.record) == AOIFE


def test_one_record_twice_in_a_call_is_refused(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    entry = student()
    with database.tenant(tenant) as conn, pytest.raises(ValueError, match="twice"):
        vault.put_many(conn, tenant, [entry, entry])


@pytest.mark.parametrize(
    ("kind", "parts", "shared"),
    [
        ("student", {}, {"a": 1}),
        ("", {uuid4(): {"a": 1}}, None),
        ("artifact", {uuid4(): {"a": 1}}, None),
        ("note", {uuid4(): {"name": "Aoife"}, uuid4(): {"name": "Cian"}}, None),
        ("note", {uuid4(): {"name": "Aoife"}}, {"name": "Cian"}),
    ],
    ids=["about nobody", "no kind", "reserved kind", "parts collide", "shared collides"],
)
def test_a_record_that_could_not_be_read_back_is_refused(
    kind: str, parts: dict[UUID, dict[str, object]], shared: dict[str, object] | None
) -> None:
    with pytest.raises(ValueError, match="vault record") as refused:
        Entry(uuid4(), kind, parts, shared)
    assert "Aoife" not in str(refused.value)


def test_an_entry_does_not_show_its_content() -> None:
    assert "Aoife" not in repr(student())


def test_one_tenant_cannot_read_anothers_record(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    entry, stranger = student(), uuid4()
    keep(database, vault, tenant, entry)
    with database.tenant(stranger) as conn:
        assert vault.get(conn, stranger, entry.record) is None
        assert vault.get(conn, tenant, entry.record) is None


def test_one_tenant_cannot_write_into_another(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database.tenant(uuid4()) as conn,
    ):
        vault.put_many(conn, tenant, [student()])


def test_the_same_ids_in_two_tenants_are_two_records(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    entry, stranger = student(AOIFE), uuid4()
    keep(database, vault, tenant, entry)
    keep(database, vault, stranger, Entry(entry.record, "student", {entry.record: CIAN}))
    with database.worker() as conn:
        assert vault.get(conn, tenant, entry.record) == AOIFE
        assert vault.get(conn, stranger, entry.record) == CIAN


def test_a_forgotten_tenant_sees_nothing(database: Database, vault: Vault, tenant: UUID) -> None:
    entry = student()
    keep(database, vault, tenant, entry)
    with database.session("anseo_app") as conn:
        assert vault.get(conn, tenant, entry.record) is None
        assert vault.erased(conn, tenant, [entry.record]) == set()


def test_an_auditor_reads_and_cannot_write(database: Database, vault: Vault, tenant: UUID) -> None:
    entry = student()
    keep(database, vault, tenant, entry)
    with database.auditor(tenant) as conn:
        assert vault.get(conn, tenant, entry.record) == AOIFE
    with pytest.raises(psycopg.Error), database.auditor(tenant) as conn:
        vault.put_many(conn, tenant, [student()])


def test_a_tenant_key_that_was_rolled_back_is_not_used_again(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    """A cache by tenant would wrap people's keys under a key that no row holds."""

    def put_and_die() -> None:
        with database.tenant(tenant) as conn:
            vault.put_many(conn, tenant, [student()])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        put_and_die()
    entry = student()
    keep(database, vault, tenant, entry)
    with database.tenant(tenant) as conn:
        assert Vault(vault._master, vault._log._path).get(conn, tenant, entry.record) == AOIFE


def test_names_lie_nowhere_in_plain_text(
    database: Database, vault: Vault, tenant: UUID, everything: Callable[[], str]
) -> None:
    keep(database, vault, tenant, student({"given": "Canary-Aoife"}))
    rows = everything()
    assert str(tenant) in rows
    assert "Canary" not in rows
    assert b"Canary".hex() not in rows

"""Changed, swapped or moved rows do not open, and the error tells the record and no more."""

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest
from psycopg.abc import QueryNoTemplate

from infrastructure.store.database import Connection, Database
from infrastructure.vault.errors import VaultDamaged
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres

RECORD, OTHER = uuid4(), uuid4()
ONE, TWO = uuid4(), uuid4()


@pytest.fixture
def conn(database: Database, vault: Vault, tenant: UUID) -> Iterator[Connection]:
    """A transaction in which two records about the same two people were just written."""
    with database.worker() as open_one:
        for record in (RECORD, OTHER):
            parts = {ONE: {"a": "Aoife"}, TWO: {"b": "Cian"}}
            vault.put(open_one, tenant, record, "note", parts, shared={"c": "Dear both"})
        yield open_one


FLIP = "set_byte({0}, length({0}) / 2, get_byte({0}, length({0}) / 2) # 1)"
OTHER_RECORD = "o where o.record <> v.record"
OTHER_PERSON = "o where o.subject <> v.subject"
BOTH = "part = o.part, part_key = o.part_key"


@pytest.mark.parametrize(
    "damage",
    [
        f"update vault_record set shared = {FLIP.format('shared')}",
        f"update vault_part set part = {FLIP.format('part')}",
        f"update vault_part set part_key = {FLIP.format('part_key')}",
        f"update vault_part set shared_key = {FLIP.format('shared_key')}",
        f"update vault_subject_key set wrapped = {FLIP.format('wrapped')}",
        "update vault_record set kind = 'student'",
        "update vault_record set shared = ''",
        "update vault_part set shared_key = null",
        f"update vault_record v set shared = o.shared from vault_record {OTHER_RECORD}",
        f"update vault_part v set {BOTH} from vault_part {OTHER_RECORD} and o.subject = v.subject",
        f"update vault_part v set {BOTH} from vault_part {OTHER_PERSON} and o.record = v.record",
        f"update vault_subject_key v set wrapped = o.wrapped from vault_subject_key {OTHER_PERSON}",
    ],
)
def test_a_changed_row_is_noticed(
    conn: Connection, vault: Vault, tenant: UUID, damage: QueryNoTemplate
) -> None:
    assert conn.execute(damage).rowcount > 0
    with pytest.raises(VaultDamaged) as damaged:
        vault.get(conn, tenant, RECORD)
    assert str(damaged.value) == f"vault row {RECORD} cannot be opened"
    assert damaged.value.__suppress_context__


def test_a_changed_tenant_key_is_noticed(conn: Connection, vault: Vault, tenant: UUID) -> None:
    conn.execute(f"update vault_tenant_key set wrapped = {FLIP.format('wrapped')}".encode())
    with pytest.raises(VaultDamaged, match=str(tenant)):
        vault.get(conn, tenant, RECORD)


def test_another_tenants_rows_do_not_open(conn: Connection, vault: Vault, tenant: UUID) -> None:
    """Even a worker who moves a whole family of rows to another tenant cannot read them there."""
    thief = uuid4()
    vault.put(conn, thief, uuid4(), "note", {uuid4(): {"a": "mine"}})
    conn.execute(
        "insert into vault_subject_key select %s, subject, wrapped from vault_subject_key"
        " where tenant = %s",
        (thief, tenant),
    )
    conn.execute(
        "insert into vault_record select %s, record, kind, shared from vault_record"
        " where tenant = %s",
        (thief, tenant),
    )
    conn.execute(
        "insert into vault_part select %s, record, subject, part_key, part, shared_key"
        " from vault_part where tenant = %s",
        (thief, tenant),
    )
    with pytest.raises(VaultDamaged):
        vault.get(conn, thief, RECORD)

"""What a source system sent is sealed, goes with whom it names, and is thrown away (001-050)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from infrastructure.clock import machine_now
from infrastructure.store.database import Database
from infrastructure.vault import raw_payloads
from infrastructure.vault.errors import VaultDamaged
from infrastructure.vault.raw_payloads import RawPage
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres
SENT = b'{"data":[{"id":"A1","comment":"canary"}]}'


def kept(database: Database, vault: Vault, tenant: UUID, batch: UUID) -> list[RawPage]:
    with database.tenant(tenant) as conn:
        return vault.raw(conn, tenant, batch)


def keep(
    database: Database, vault: Vault, tenant: UUID, batch: UUID, *subjects: UUID, page: int = 1
) -> int:
    with database.tenant(tenant) as conn:
        return vault.keep_raw(conn, tenant, batch, "wonde", [RawPage(page, subjects, SENT)])


def test_what_was_sent_is_read_word_for_word_and_lies_sealed(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    batch, child = uuid4(), uuid4()
    assert keep(database, vault, tenant, batch, child) == 1
    assert keep(database, vault, tenant, batch, child) == 1  # said twice, kept once
    assert kept(database, vault, tenant, batch) == [RawPage(1, (child,), SENT)]
    assert kept(database, vault, uuid4(), batch) == []
    with database.worker() as conn:
        (row,) = conn.execute("select r::text, r.sealed from raw_payload r").fetchall()
    assert "canary" not in row[0]
    assert b"canary" not in row[1]


def test_a_page_goes_with_the_first_person_of_it_who_is_erased(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    batch, erased, sibling, other = uuid4(), uuid4(), uuid4(), uuid4()
    keep(database, vault, tenant, batch, erased, sibling)
    keep(database, vault, tenant, batch, other, page=2)
    with database.worker() as conn:
        vault.erase(conn, tenant, erased, "request", "staff-1")
    assert [page.page for page in kept(database, vault, tenant, batch)] == [2]
    assert keep(database, vault, tenant, uuid4(), erased) == 0


def test_what_is_over_its_age_is_thrown_away_for_everybody(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    batch, now = uuid4(), machine_now()
    keep(database, vault, tenant, batch, uuid4())
    keep(database, vault, uuid4(), batch, uuid4())
    with database.worker() as conn:
        assert raw_payloads.purge(conn, now - timedelta(days=60)) == 0
        assert raw_payloads.purge(conn, machine_now() + timedelta(minutes=1), tenant) == 1
        assert raw_payloads.purge(conn, machine_now() + timedelta(minutes=1)) == 1


def test_a_page_that_was_moved_does_not_open(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    batch = uuid4()
    keep(database, vault, tenant, batch, uuid4())
    with database.worker() as conn:
        conn.execute("update raw_payload set page = 7")
    with pytest.raises(VaultDamaged):
        kept(database, vault, tenant, batch)

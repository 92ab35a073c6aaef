"""Knowing who answers from a number, without keeping numbers."""

from uuid import UUID, uuid4

import pytest

from domain.shared.ids import GuardianId
from infrastructure.store.database import Database
from infrastructure.vault.contact_index import guardians_of, remember
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres
NUMBER = "+353850000001"


def living(database: Database, vault: Vault, tenant: UUID) -> GuardianId:
    guardian = GuardianId(uuid4())
    with database.tenant(tenant) as conn:
        vault.put(conn, tenant, guardian, "guardian", {guardian: {"phone": NUMBER}})
    return guardian


def found(database: Database, vault: Vault, tenant: UUID, number: str = NUMBER) -> set[UUID]:
    with database.tenant(tenant) as conn:
        return set(guardians_of(conn, vault, tenant, number))


def test_everybody_who_shares_a_number_is_found(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    both = {living(database, vault, tenant), living(database, vault, tenant)}
    with database.worker() as conn:
        for guardian in [*both, *both]:
            remember(conn, vault, tenant, NUMBER, guardian)
    assert found(database, vault, tenant) == both
    assert found(database, vault, tenant, "+353 (85) 000-0001") == both
    assert found(database, vault, tenant, "+353850000002") == set()
    assert found(database, vault, uuid4()) == set()


def test_an_erased_guardian_is_found_no_more_and_never_again(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    guardian = living(database, vault, tenant)
    with database.worker() as conn:
        remember(conn, vault, tenant, NUMBER, guardian)
    with database.worker() as conn:
        vault.erase(conn, tenant, guardian, "request", "staff-1")
    with database.worker() as conn:
        remember(conn, vault, tenant, NUMBER, guardian)
        rows = conn.execute("select count(*) from contact_index").fetchone()
    assert found(database, vault, tenant) == set()
    assert rows == (0,)


def test_the_number_itself_is_nowhere(database: Database, vault: Vault, tenant: UUID) -> None:
    guardian = living(database, vault, tenant)
    with database.worker() as conn:
        remember(conn, vault, tenant, NUMBER, guardian)
        row = conn.execute("select t::text from contact_index t").fetchone()
    assert row is not None
    assert NUMBER.removeprefix("+") not in row[0]
    assert NUMBER.encode().hex() not in row[0]

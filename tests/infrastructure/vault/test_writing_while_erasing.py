"""A write and an erasure of the same person, at the same moment: one of them comes first."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar
from uuid import UUID, uuid4

import pytest

from infrastructure.store.database import Connection, Database
from infrastructure.vault.errors import SubjectErased
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres

AOIFE, CIAN, NOTE = uuid4(), uuid4(), uuid4()
T = TypeVar("T")
WAITERS = (  # not pg_stat_activity: inside a transaction it shows its first look again and again
    "select exists (select from pg_locks"
    " where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
)


def meanwhile(
    database: Database,
    tenant: UUID,
    first: Callable[[Connection], object],
    second: Callable[[Connection], T],
) -> Future[T]:
    """Do the first thing, start the second, and commit the first once the second waits for it."""

    def later() -> T:
        with database.tenant(tenant) as conn:
            return second(conn)

    with ThreadPoolExecutor(1) as pool:
        with database.tenant(tenant) as conn:
            first(conn)
            outcome = pool.submit(later)
            wait_for_a_waiter(conn, outcome)
        outcome.exception(timeout=20)
    return outcome


def wait_for_a_waiter(conn: Connection, outcome: Future[T]) -> None:
    """Return when another transaction waits for ours; fail when it went through instead."""
    for _ in range(1_000):
        if conn.execute(WAITERS).fetchone() == (True,):
            return
        assert not outcome.done(), "the second did not wait for the first"
        conn.execute("select pg_sleep(0.01)")
    pytest.fail("nobody waited within 10 s")


def put(vault: Vault, tenant: UUID, record: UUID, *subjects: UUID) -> Callable[[Connection], None]:
    parts = {subject: {f"about_{subject}": "x"} for subject in subjects}
    return lambda conn: vault.put(conn, tenant, record, "note", parts, shared={"said": "hello"})


def erase(vault: Vault, tenant: UUID, subject: UUID) -> Callable[[Connection], bool]:
    return lambda conn: vault.erase(conn, tenant, subject, "parent-asked", "staff-7")


@pytest.mark.parametrize("known", [True, False], ids=["known before", "never seen"])
def test_a_write_that_comes_second_is_refused(
    database: Database, vault: Vault, tenant: UUID, known: bool
) -> None:
    with database.tenant(tenant) as conn:
        put(vault, tenant, NOTE, AOIFE if known else CIAN)(conn)
    outcome = meanwhile(
        database, tenant, erase(vault, tenant, AOIFE), put(vault, tenant, uuid4(), AOIFE)
    )
    assert isinstance(outcome.exception(), SubjectErased)


@pytest.mark.parametrize("known", [True, False], ids=["known before", "never seen"])
def test_an_erasure_that_comes_second_erases_what_was_just_written(
    database: Database, vault: Vault, tenant: UUID, known: bool
) -> None:
    with database.tenant(tenant) as conn:
        put(vault, tenant, uuid4(), AOIFE if known else CIAN)(conn)
    outcome = meanwhile(
        database, tenant, put(vault, tenant, NOTE, AOIFE), erase(vault, tenant, AOIFE)
    )
    assert outcome.result() is True
    with database.worker() as conn:
        assert vault.get(conn, tenant, NOTE) is None
        left = conn.execute("select count(*) from vault_part where subject = %s", (AOIFE,))
        assert left.fetchone() == (0,)


def test_erasing_one_sibling_keeps_a_record_that_is_being_written_for_the_other(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    """The record had one subject left to erase; at the same time it became the other's."""
    with database.tenant(tenant) as conn:
        put(vault, tenant, NOTE, AOIFE)(conn)
    outcome = meanwhile(
        database, tenant, put(vault, tenant, NOTE, CIAN), erase(vault, tenant, AOIFE)
    )
    assert outcome.result() is True
    with database.worker() as conn:
        assert vault.get(conn, tenant, NOTE) == {"said": "hello", f"about_{CIAN}": "x"}


def test_erasing_one_sibling_keeps_a_letter_that_just_became_the_others_too(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    """An erasure that looked too early would take the letter for empty."""
    with database.tenant(tenant) as conn:
        sealed = vault.artifact_cipher(conn, tenant, NOTE, {AOIFE}).seal(b"letter")
    outcome = meanwhile(
        database,
        tenant,
        lambda conn: vault.artifact_cipher(conn, tenant, NOTE, {CIAN}),
        erase(vault, tenant, AOIFE),
    )
    assert outcome.result() is True
    with database.worker() as conn:
        reader = vault.artifact_reader(conn, tenant, NOTE)
    assert reader is not None
    assert reader.open(sealed) == b"letter"


def test_two_imports_of_the_same_new_people_agree_on_their_keys(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    one, other = uuid4(), uuid4()
    outcome = meanwhile(
        database,
        tenant,
        put(vault, tenant, one, AOIFE, CIAN),
        put(vault, tenant, other, CIAN, AOIFE),
    )
    assert outcome.exception() is None
    with database.worker() as conn:
        assert vault.get_many(conn, tenant, [one, other]).keys() == {one, other}


@pytest.mark.parametrize("made", [True, False], ids=["made before", "new"])
def test_two_makers_of_one_letter_share_its_key(
    database: Database, vault: Vault, tenant: UUID, made: bool
) -> None:
    if made:
        with database.tenant(tenant) as conn:
            vault.artifact_cipher(conn, tenant, NOTE, {AOIFE})
            vault.artifact_cipher(conn, tenant, uuid4(), {CIAN})  # else they meet at his key
    ciphers = []
    outcome = meanwhile(
        database,
        tenant,
        lambda conn: ciphers.append(vault.artifact_cipher(conn, tenant, NOTE, {CIAN})),
        lambda conn: vault.artifact_cipher(conn, tenant, NOTE, {CIAN}),
    )
    assert outcome.result().open(ciphers[0].seal(b"letter")) == b"letter"

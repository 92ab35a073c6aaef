"""An import of ten thousand guardians: right, and its speed printed (never asserted)."""

from time import perf_counter
from uuid import UUID, uuid4

import pytest

from infrastructure.store.database import Database
from infrastructure.vault.entry import Entry
from infrastructure.vault.vault import Vault

pytestmark = pytest.mark.postgres

PEOPLE = 10_000


def guardian(number: int) -> Entry:
    subject = uuid4()
    return Entry(
        subject,
        "guardian",
        {
            subject: {
                "given": f"Given{number}",
                "family": "Ní Bhriain",
                "phone": f"+35385{number:07}",
                "email": f"guardian{number}@example.ie",
                "language": "ga",
                "address": ["12 Main Street", "Ennis", "V95 XXXX"],
            }
        },
    )


def test_ten_thousand_guardians_come_in_change_and_go_out(
    database: Database, vault: Vault, tenant: UUID
) -> None:
    people = [guardian(number) for number in range(PEOPLE)]
    records = [person.record for person in people]
    with database.tenant(tenant) as conn:
        started = perf_counter()
        vault.put_many(conn, tenant, people)
        first = perf_counter()
    with database.tenant(tenant) as conn:
        again = perf_counter()
        vault.put_many(conn, tenant, people)
        second = perf_counter()
    with database.tenant(tenant) as conn:
        reading = perf_counter()
        found = vault.get_many(conn, tenant, records)
        read = perf_counter()
        vault.get_many(conn, tenant, records[:200])
        page = perf_counter()
    print(  # noqa: T201 - the figure is what this test is read for
        f"\n{PEOPLE} guardians: first import {first - started:.2f} s, again {second - again:.2f} s,"
        f" read all {read - reading:.2f} s, read 200 {(page - read) * 1000:.1f} ms"
    )
    assert found == {person.record: dict(person.parts[person.record]) for person in people}

"""Who works on what: a lease keeps others away from work that they saw before it was taken."""

from uuid import uuid4

import pytest

from infrastructure.runtime import leases
from infrastructure.store.database import Database
from tests.support.front import TENANT

pytestmark = pytest.mark.postgres


def test_work_is_claimed_by_whoever_comes_first(database: Database) -> None:
    """Both processes had read the outbox before either of them had taken anything."""
    first, second, third = sorted((TENANT, uuid4()) for _ in range(3))
    with database.worker() as conn:
        assert leases.claim(conn, [first, second], "send", "one", 60) == [first, second]
    with database.worker() as conn:
        assert leases.claim(conn, [second, third, first], "send", "two", 60) == [third]


def test_a_lease_that_is_over_keeps_nobody_away(database: Database) -> None:
    work = [(TENANT, uuid4())]
    with database.worker() as conn:
        assert leases.claim(conn, work, "send", "one", -1) == work
    with database.worker() as conn:
        assert leases.claim(conn, work, "send", "two", 60) == work
        assert leases.claim(conn, work, "send", "three", 60) == []


def test_a_holder_may_hold_on_for_longer(database: Database) -> None:
    work = [(TENANT, uuid4())]
    with database.worker() as conn:
        leases.claim(conn, work, "send", "one", 60)
        leases.take(conn, work, "send", "one", -1)
        assert leases.claim(conn, work, "send", "two", 60) == work

"""The runner by itself: on a thread of its own, behind a lock, woken by work and by its poll."""

from collections.abc import Iterator
from time import monotonic

import pytest

from infrastructure.runtime.pace import Bell
from infrastructure.runtime.role import Role, wait_until
from infrastructure.runtime.ticking import Ticker
from infrastructure.settings import Settings
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from tests.infrastructure.runtime.test_ticking import requested
from tests.support.diary import full_diary
from tests.support.ledgers import ledger_on

pytestmark = pytest.mark.postgres
RUNS = 5
LONGEST_POLL = 60.0


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_on(database) as ledger:
        yield ledger


def runner(ledger: Ledger, bell: Bell, poll: float) -> Role:
    return Role(Ticker(ledger.database, ledger, bell), ledger.database, bell, poll)


def ended(*roles: Role) -> None:
    for one in roles:
        one.stop()
    assert all(one.join(10) for one in roles)


def test_due_steps_are_taken_by_one_runner_while_another_stands_by(ledger: Ledger) -> None:
    """000-086 in the background, 000-090 what is due, 000-096 and 000-198: a lock that all
    processes share, in PostgreSQL; 000-196: two runners, and each step is asked for once.
    """
    full_diary(ledger.database, ledger, RUNS)
    bell = Bell()
    first, second = runner(ledger, bell, 0.01), runner(ledger, bell, 0.01)
    first.start()
    assert wait_until(lambda: first.health.state == "active", 20)
    second.start()
    assert wait_until(lambda: sum(requested(ledger.database).values()) == RUNS, 20)
    assert wait_until(lambda: second.health.state == "standby", 20)
    assert (first.health.done, second.health.done) == (RUNS, 0)
    ended(first)
    assert wait_until(lambda: second.health.state == "active", 20)
    ended(second)
    assert set(requested(ledger.database).values()) == {1}


def test_a_bell_wakes_the_runner_long_before_its_poll(ledger: Ledger) -> None:
    """000-087: event-driven; the poll is the safety net, and never rarer than each 60 seconds."""
    bell = Bell()
    asleep = runner(ledger, bell, LONGEST_POLL)
    asleep.start()
    assert wait_until(lambda: asleep.health.state == "active", 20)
    full_diary(ledger.database, ledger, RUNS)
    began = monotonic()
    bell.ring("tick")
    assert wait_until(lambda: sum(requested(ledger.database).values()) == RUNS, 20)
    assert monotonic() - began < LONGEST_POLL / 2
    asleep.stop()
    bell.ring("tick")
    assert asleep.join(10)
    longest = Settings.model_fields["poll_ms"].metadata
    assert max(getattr(one, "le", 0) for one in longest) * 5 / 1000 <= LONGEST_POLL


def test_without_a_bell_the_poll_finds_what_is_due(ledger: Ledger) -> None:
    """000-087: a bell that nobody rang loses nothing."""
    alone = runner(ledger, Bell(), 0.05)
    alone.start()
    assert wait_until(lambda: alone.health.state == "active", 20)
    full_diary(ledger.database, ledger, RUNS)
    assert wait_until(lambda: sum(requested(ledger.database).values()) == RUNS, 20)
    ended(alone)

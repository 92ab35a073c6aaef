"""Due steps on real PostgreSQL: each once, whoever ticks, however often, whatever fails."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from domain.contact_day.commands import ReserveContact
from domain.kernel.facts import UnknownFact
from domain.playbook_run.commands import DelayStep
from domain.playbook_run.events import Again
from infrastructure.clock import move_school_clock
from infrastructure.runtime import parking, ticking
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.ticking import FOLLOWER, Ticker
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.store.ledger import Intent, Ledger
from projections import due_steps
from projections.due_steps import DUE_STEPS
from tests.support.diary import ALL_DUE, FIRST, fold, full_diary, run_of, say, starts
from tests.support.ledgers import OTHER, SCHOOL, TENANT, ledger_on

pytestmark = pytest.mark.postgres
RUNS = 30


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_on(database) as ledger:
        yield ledger


def ticker_on(ledger: Ledger, batch: int = 10) -> Ticker:
    return Ticker(ledger.database, ledger, Bell(), batch)


def requested(database: Database) -> Counter[UUID]:
    """Count the requested steps by run, the oldest first."""
    with database.worker() as conn:
        rows = conn.execute(
            "select originator_id from ledger where topic = 'playbook_run.step_requested'"
            " order by notification_id"
        ).fetchall()
    return Counter(row[0] for row in rows)


def waiting(database: Database) -> int:
    with database.worker() as conn:
        return reads.count(conn, due_steps.WAITING, {"now": ALL_DUE})


def parked(database: Database) -> list[tuple[Any, ...]]:
    with database.worker() as conn:
        return conn.execute(
            "select follower, stream, attempts from parked_fact order by stream"
        ).fetchall()


def spoil(database: Database, run: UUID, name: str) -> None:
    """Write another name into a run's second fact, as a newer release would."""
    with psycopg.connect(database.url) as conn:
        conn.execute(
            "update ledger set topic = %s where originator_id = %s and originator_version = 2",
            (name, run),
        )


def test_a_walk_takes_every_step_once_although_nothing_is_folded_meanwhile(ledger: Ledger) -> None:
    full_diary(ledger.database, ledger, RUNS)
    ticker = ticker_on(ledger)
    assert [ticker.step() for _ in range(2)] == [RUNS, 0]
    assert waiting(ledger.database) == RUNS
    assert [ticker.step() for _ in range(3)] == [0, 0, 0]
    fold(ledger.database, ledger)
    assert waiting(ledger.database) == ticker.step() == 0
    assert requested(ledger.database) == {run_of(n): 1 for n in range(RUNS)}


def test_who_takes_over_walks_again_and_nothing_is_done_twice(ledger: Ledger) -> None:
    """000-180, 000-196: a tick comes twice, and a step's command id answers for what was done."""
    full_diary(ledger.database, ledger, RUNS)
    for ticker in (ticker_on(ledger), ticker_on(ledger, 7)):
        assert sum(iter(ticker.step, 0)) == RUNS
    assert requested(ledger.database) == {run_of(n): 1 for n in range(RUNS)}


def test_a_step_put_off_and_called_back_to_the_same_time_is_taken(ledger: Ledger) -> None:
    """It was due before its place in the day was known: a second look at one time is no double."""
    intents = list(starts(0, 1))
    places = [one for one in intents if isinstance(one.command, ReserveContact)]
    say(ledger, (one for one in intents if one not in places))
    with ledger.database.worker() as conn:
        move_school_clock(conn, ALL_DUE)
    run, ticker = run_of(0), ticker_on(ledger)
    called = DelayStep(run, SCHOOL, FIRST.step_id, ALL_DUE.date(), Again.LEADS)

    def taken() -> int:
        fold(ledger.database, ledger)
        return sum(iter(ticker.step, 0))

    for known in ([], places):
        assert (taken(), taken()) == (1, 0)
        assert not requested(ledger.database)
        say(ledger, [*known, Intent(TENANT, called, "test", uuid4())])
    assert (taken(), taken()) == (1, 0)
    assert requested(ledger.database) == {run: 1}


def test_two_tickers_at_once_pass_over_each_others_rows(ledger: Ledger) -> None:
    """000-008 The runner in the background, its lock in the database; the integration half of
    000-016; trap 32.
    """
    full_diary(ledger.database, ledger, RUNS * 10)
    with ThreadPoolExecutor(2) as both:
        walks = [both.submit(lambda: sum(iter(ticker_on(ledger).step, 0))) for _ in range(2)]
        assert sum(walk.result() for walk in walks) >= RUNS * 10
    assert requested(ledger.database) == {run_of(n): 1 for n in range(RUNS * 10)}


def test_a_step_that_cannot_be_decided_is_parked_and_the_others_are_taken(ledger: Ledger) -> None:
    full_diary(ledger.database, ledger, RUNS)
    bad = run_of(13)
    spoil(ledger.database, bad, "playbook_run.of_tomorrow")
    ticker = ticker_on(ledger)
    assert sum(iter(ticker.step, 0)) == RUNS
    assert parked(ledger.database) == [(FOLLOWER, bad, 1)]
    fold(ledger.database, ledger)
    assert waiting(ledger.database) == 1
    assert [ticker.step() for _ in range(3)] == [0, 0, 0]  # it is not tried hot for ever
    assert set(requested(ledger.database)) == {run_of(n) for n in range(RUNS)} - {bad}


def test_after_the_fix_a_retry_takes_the_parked_step(ledger: Ledger) -> None:
    full_diary(ledger.database, ledger, 3)
    bad = run_of(1)
    spoil(ledger.database, bad, "playbook_run.of_tomorrow")
    ticker = ticker_on(ledger)
    assert sum(iter(ticker.step, 0)) == 3
    assert ticker.retry() == 0
    assert parked(ledger.database) == [(FOLLOWER, bad, 2)]
    spoil(ledger.database, bad, "playbook_run.step_scheduled")
    assert ticker.retry() == 1
    assert parked(ledger.database) == []
    assert requested(ledger.database) == {run_of(n): 1 for n in range(3)}


def test_a_refused_step_is_parked_with_the_code_of_its_refusal(ledger: Ledger) -> None:
    full_diary(ledger.database, ledger, 2)
    with psycopg.connect(ledger.database.url) as conn:
        conn.execute("delete from ledger where originator_id = %s", (run_of(0),))
    assert sum(iter(ticker_on(ledger).step, 0)) == 2
    with ledger.database.worker() as conn:
        assert parking.parked_streams(conn, FOLLOWER) == {run_of(0)}
        told = conn.execute("select error from parked_fact").fetchone()
    assert told == ("refused: run-unknown",)


def test_the_control_without_the_halves_one_bad_step_holds_up_all(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    full_diary(ledger.database, ledger, RUNS)
    spoil(ledger.database, run_of(13), "playbook_run.of_tomorrow")
    monkeypatch.setattr(ticking, "all_but_the_bad", lambda _, some, do, __: iter([do(some)]))
    ticker = ticker_on(ledger, RUNS)
    for _ in range(3):
        with pytest.raises(UnknownFact):
            ticker.step()
    assert not requested(ledger.database)


def test_one_tenants_rush_leaves_room_for_the_others(ledger: Ledger) -> None:
    """The other tenant's steps are all a minute later, and are not made to wait for the rush."""
    full_diary(ledger.database, ledger, RUNS, (TENANT, OTHER))
    with psycopg.connect(ledger.database.url) as conn:
        conn.execute(
            f"update {DUE_STEPS.table} set due_at = due_at + interval '1 minute' where tenant = %s",
            (OTHER,),
        )
    assert ticker_on(ledger).step() == 2 * RUNS
    first = list(requested(ledger.database))[:10]
    assert sum(run_of(number, OTHER) in first for number in range(RUNS)) == 5

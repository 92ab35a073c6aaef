"""R3: readers that follow while writers overtake each other skip, repeat and reorder nothing."""

from functools import partial
from typing import Final

import psycopg
import pytest
from psycopg import conninfo

from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.chaos.sizes import size
from tests.support.stock_tailing import subscribed
from tests.support.tailing import Race, Readers, Way, Writing, race

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(900)]
FACTS: Final = {"ci": 50_000, "release": 1_000_000}
NOTHING: Final = {"skipped": 0, "repeated": 0, "out_of_order": 0, "streams_broken": 0}
# A control that loses nothing shows nothing: it gets more time between insert and commit, at most
# this often.
DAWDLES: Final = (0.01, 0.05, 0.2)


def works(url: str, seed: int, writers: int, facts: int) -> list[Writing]:
    """Let a quarter of the writers be whole commands, the others transactions of their own."""
    ways: list[Way] = ["execute" if n % 4 == 3 else "append" for n in range(writers)]
    return [Writing(url, way, facts // writers, seed + n) for n, way in enumerate(ways)]


def followed(database: Database, foreign_url: str, work: list[Writing]) -> Race:
    """Run three followers and the reader without the bound; one follower starts half-way.

    A write transaction stays open in another database of the cluster meanwhile.
    """
    patient = "-c idle_in_transaction_session_timeout=0 -c transaction_timeout=0"
    readers = Readers(database.url)
    readers.start("from the start")
    readers.start("in small steps", limit=7)
    readers.start("without the bound", "bare")
    with psycopg.connect(conninfo.make_conninfo(foreign_url, options=patient)) as foreign:
        foreign.execute("create temporary table open_for_long (a int)")
        late = partial(readers.start, "from the middle of it")
        found = race(database.url, work, readers, later=late)
        foreign.rollback()
    return found


@pytest.mark.parametrize("writers", [8, 16])
def test_followers_see_each_fact_once_and_in_order(
    writers: int, database: Database, postgres_url: str, seed: int, report: Report
) -> None:
    """The reader without the bound reads the same facts beside them: it must lose."""
    facts = FACTS[size()] if writers == 8 else FACTS[size()] // 5
    found = followed(database, postgres_url, works(database.url, seed, writers, facts))
    faults = {name: found.faults(name) for name in found.seen}
    report.add(
        f"tailing readers, {writers} writers",
        facts=len(found.there),
        commits=found.written.commits,
        rolled_back=found.written.rollbacks,
        held_open=found.written.held,
        **faults,
    )
    control = faults.pop("without the bound")
    assert len(found.there) >= facts * 0.95
    assert faults == dict.fromkeys(faults, NOTHING)
    assert len(faults) == 3
    assert control["skipped"] > 0


def test_writers_without_the_lock_lose_facts_for_the_same_reader(
    database: Database, seed: int, report: Report
) -> None:
    """The control of the lock: the same transactions, inserted without it."""
    lost = 0
    for attempt, dawdles_for in enumerate(DAWDLES):
        with psycopg.connect(database.url, autocommit=True) as conn:
            conn.execute("truncate ledger")
        readers = Readers(database.url)
        readers.start("bounded")
        work = [
            Writing(database.url, "bare", 1_000, seed + 8 * attempt + n, dawdles_for=dawdles_for)
            for n in range(8)
        ]
        found = race(database.url, work, readers)
        lost = found.faults("bounded")["skipped"]
        report.add(
            "control: appends without the lock",
            facts=len(found.there),
            skipped=lost,
            dawdling_ms=1000 * dawdles_for,
        )
        if lost:
            break
    assert lost > 0, "the control lost nothing: this run shows nothing"


def test_database_functions_of_the_library_lose_events_for_its_own_subscription(
    database: Database, seed: int, report: Report
) -> None:
    """Why they are refused at the start. Under its table lock the same load loses nothing."""
    kept = subscribed(
        database.url, db_functions=False, dawdles_for=0.01, writers=4, commits=60, seed=seed
    )
    lost = 0
    for dawdles_for in DAWDLES:
        found = subscribed(
            database.url,
            db_functions=True,
            dawdles_for=dawdles_for,
            writers=4,
            commits=150,
            seed=seed,
        )
        lost = found.lost
        report.add(
            "control: database functions of the library",
            events=found.events,
            lost=lost,
            dawdling_ms=1000 * dawdles_for,
            lost_under_the_table_lock=kept.lost,
        )
        if lost:
            break
    assert kept.lost == 0
    assert lost > 0, "the control lost nothing: this run shows nothing"

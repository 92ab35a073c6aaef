"""One process manager, one command a fact, beside the library's process application."""

import time

import pytest

from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import checkpoint_of
from infrastructure.runtime.reacting import Reactor, tracking_of
from infrastructure.runtime.ticking import Ticker
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from infrastructure.store.recorder import newest
from processmanagers.message_requester import MESSAGE_REQUESTER
from projections.all import READ_MODELS
from tests.support.diary import full_diary
from tests.support.ledgers import ledger_on
from tests.support.measuring import in_turn, report
from tests.support.stock_process import StockPair, stock_pair

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
FACTS = 24_000
STOCK_FACTS = 1_500
ROUNDS = 3


def steps_are_requested(database: Database, ledger: Ledger) -> None:
    """Put as many facts before the process manager, and nothing else."""
    full_diary(database, ledger, FACTS)
    with database.worker() as conn:
        ledger.recorder.track_all(conn, [tracking_of(MESSAGE_REQUESTER)], newest(conn))
    ticker = Ticker(database, ledger, Bell())
    assert sum(iter(ticker.step, 0)) == FACTS
    with database.worker() as conn:  # this process manager asks the ledger, and no read model
        names = [checkpoint_of(model) for model in READ_MODELS]
        ledger.recorder.track_all(conn, names, newest(conn))


def ours(reactor: Reactor) -> float:
    began, done = time.perf_counter(), 0
    while done < FACTS // ROUNDS and (some := reactor.step()):
        done += some
    return done / (time.perf_counter() - began)


def stock(pair: StockPair) -> float:
    pair.tell(STOCK_FACTS)
    began = time.perf_counter()
    pair.react()
    return STOCK_FACTS / (time.perf_counter() - began)


@pytest.mark.figure("react")
@pytest.mark.timeout(600)
def test_a_process_manager_reacts(database: Database) -> None:
    with ledger_on(database) as ledger, stock_pair(database) as pair:
        steps_are_requested(database, ledger)
        reactor = Reactor(database, ledger, (MESSAGE_REQUESTER,), Bell())
        pairs = in_turn(lambda: ours(reactor), lambda: stock(pair), ROUNDS)
        with database.worker() as conn:
            row = conn.execute(
                "select count(*) from ledger where topic = 'message.requested'"
            ).fetchone()
        assert row == (FACTS,)
        assert report("react", pairs, "facts/s", FACTS).value > 0

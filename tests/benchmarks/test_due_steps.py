"""A hundred thousand due steps, beside procrastinate doing the same jobs in the same run."""

import os
import time
from collections.abc import Callable

import psycopg
import pytest

from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import checkpoint_of
from infrastructure.runtime.reacting import Reactor, tracking_of
from infrastructure.runtime.ticking import Ticker
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from infrastructure.store.recorder import newest
from processmanagers.contact_planner import CONTACT_PLANNER
from processmanagers.message_requester import MESSAGE_REQUESTER
from projections.all import READ_MODELS
from projections.due_steps import DUE_STEPS
from tests.support.diary import fold, full_diary, run_of
from tests.support.job_queue import job_queue
from tests.support.ledgers import ledger_on
from tests.support.measuring import in_turn, report

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
DUE = int(os.environ.get("ANSEO_BENCH_SIZE", "100000"))
ROUNDS = 3
SECONDS = 2.0  # of each way to run procrastinate, in each round; the other jobs go on waiting
CONCURRENCY = (1, 10, 40)


def per_second(step: Callable[[], int], steps: int) -> float:
    """Take so many steps, or all that are left, and return how many a second."""
    began, done = time.perf_counter(), 0
    while done < steps and (some := step()):
        done += some
    return done / (time.perf_counter() - began)


def taken_once(database: Database) -> bool:
    """Say whether every run got exactly one new fact."""
    with psycopg.connect(database.url) as conn:
        row = conn.execute(
            "select count(*), count(distinct originator_id) from ledger"
            " where topic = 'playbook_run.step_requested'"
        ).fetchone()
    return row == (DUE, DUE)


def requested(database: Database, ledger: Ledger, ticker: Ticker, steps: int) -> float:
    """Take so many steps and ask for their messages; return how many a second."""
    reactor = Reactor(database, ledger, (MESSAGE_REQUESTER, CONTACT_PLANNER), Bell())
    began, done = time.perf_counter(), 0
    while done < steps and (some := ticker.step()):
        done += some
        with database.worker() as conn:  # these process managers ask the ledger, no read model
            names = [checkpoint_of(model) for model in READ_MODELS if model is not DUE_STEPS]
            ledger.recorder.track_all(conn, names, newest(conn))
        fold(database, ledger)
        while reactor.step():
            pass
    return done / (time.perf_counter() - began)


@pytest.mark.figure("due-requests")
@pytest.mark.timeout(1800)
def test_a_hundred_thousand_due_steps_become_requests(database: Database) -> None:
    """Claimed, decided, appended, folded out of the diary, their messages asked for, their places
    in the days of families used up: three facts a step.
    """
    with ledger_on(database) as ledger, job_queue(database) as queue:
        full_diary(database, ledger, DUE)
        queue.fill([run_of(number) for number in range(DUE)])
        with psycopg.connect(database.url, autocommit=True) as conn:
            conn.execute("vacuum analyze")
        with database.worker() as conn:
            places = [tracking_of(one) for one in (MESSAGE_REQUESTER, CONTACT_PLANNER)]
            ledger.recorder.track_all(conn, places, newest(conn))
        ticker = Ticker(database, ledger, Bell())
        pairs = in_turn(
            lambda: requested(database, ledger, ticker, DUE // ROUNDS + 1),
            lambda: max(queue.per_second(many, SECONDS) for many in CONCURRENCY),
            ROUNDS,
        )
        with psycopg.connect(database.url) as conn:
            rows = conn.execute(
                "select count(distinct originator_id) from ledger where topic = any(%s)"
                " group by topic",
                (["message.requested", "contact_day.used"],),
            ).fetchall()
        assert rows == [(DUE,), (DUE,)]
        assert report("due-requests", pairs, "due steps/s", DUE).value > 0


@pytest.mark.figure("due")
@pytest.mark.timeout(900)
def test_a_hundred_thousand_due_steps(database: Database) -> None:
    """Claim, load, decide, append, commit. The last line tells what folding them costs as well."""
    with ledger_on(database) as ledger, job_queue(database) as queue:
        full_diary(database, ledger, DUE)
        queue.fill([run_of(number) for number in range(DUE)])
        with psycopg.connect(database.url, autocommit=True) as conn:
            conn.execute("vacuum analyze")
        ticker = Ticker(database, ledger, Bell())
        pairs = in_turn(
            lambda: per_second(ticker.step, DUE // ROUNDS + 1),
            lambda: max(queue.per_second(many, SECONDS) for many in CONCURRENCY),
            ROUNDS,
        )
        assert sum(iter(ticker.step, 0)) >= 0
        assert taken_once(database)
        began = time.perf_counter()
        folding = fold(database, ledger) / (time.perf_counter() - began)
        slower = [(1 / (1 / ours + 1 / folding), floor) for ours, floor in pairs]
        report("due-folded", slower, "due steps/s", DUE)
        assert report("due", pairs, "due steps/s", DUE).value > 0

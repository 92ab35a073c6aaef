"""A read model that catches up, beside the library's ProjectionRunner with the same facts."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import Projector
from infrastructure.store import tables
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from projections.all import READ_MODELS
from projections.kit import ReadModel
from projections.run_monitor import RUN_MONITOR
from tests.support import stock_monitor
from tests.support.long_ledger import fill
from tests.support.measuring import in_turn, report

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
SIZE = int(os.environ.get("ANSEO_BENCH_SIZE", "200000"))
STOCK_SIZE = 2_400
SEED = 1


@contextmanager
def following(database: Database, models: tuple[ReadModel[Any], ...]) -> Iterator[Projector]:
    """Give a projector whose tables are empty."""
    with database.worker() as conn:
        for model in READ_MODELS:
            tables.drop(conn, model.table)
        conn.execute("delete from follower_position")
        tables.ensure(conn, models)
    recorder = LedgerRecorder(database.url)
    try:
        yield Projector(database, recorder, models, Bell())
    finally:
        recorder.datastore.close()


def caught_up(database: Database, models: tuple[ReadModel[Any], ...]) -> float:
    """Return how many facts a second, from nothing to the last fact."""
    with following(database, models) as projector:
        began = time.perf_counter()
        done = 0
        while step := projector.step():
            done += step
        return done / (time.perf_counter() - began)


def stock(database: Database, seeds: Iterator[int]) -> float:
    """Return how many facts a second the library's runner takes of a slice it has not seen."""
    last = stock_monitor.tell(database, STOCK_SIZE, next(seeds))
    began = time.perf_counter()
    stock_monitor.follow(database, last)
    return STOCK_SIZE / (time.perf_counter() - began)


@pytest.mark.figure("project")
def test_the_run_monitor_catches_up(database: Database) -> None:
    fill(database, SIZE, SEED)
    seeds = iter(range(100, 200))
    with following(database, (RUN_MONITOR,)):
        pass
    pairs = in_turn(
        lambda: caught_up(database, (RUN_MONITOR,)), lambda: stock(database, seeds), rounds=3
    )
    assert report("project", pairs, "facts/s", SIZE, SEED).value > 0


@pytest.mark.figure("project-all")
def test_all_read_models_catch_up_in_one_pass(database: Database) -> None:
    """The floor keeps one read model, ours all of them."""
    fill(database, SIZE, SEED)
    seeds = iter(range(100, 200))
    with following(database, (RUN_MONITOR,)):
        pass
    pairs = in_turn(lambda: caught_up(database, READ_MODELS), lambda: stock(database, seeds))
    assert report("project-all", pairs, "facts/s", SIZE, SEED).value > 0

"""A rebuild of the run monitor from a long ledger, beside the library and beside a bare COPY."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from itertools import count

import pytest

from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import Projector
from infrastructure.runtime.rebuilding import rebuild
from infrastructure.store import tables
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from projections.run_monitor import RUN_MONITOR
from tests.benchmarks.test_projecting import stock
from tests.support import postgres
from tests.support.long_ledger import FactRow, copy_in, fact_rows, fill
from tests.support.measuring import in_turn, report
from tests.support.rig import ROOT

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
SIZE = int(os.environ.get("ANSEO_BENCH_SIZE", "1000000"))
SMALL = 100_000
SEED = 1


def filled(url: str, template: str, size: int) -> Iterator[Database]:
    """Give a long ledger that the live run monitor has seen whole."""
    with postgres.throw_away(url, template) as database:
        fill(database, size, SEED)
        with database.worker() as conn:
            tables.ensure(conn, (RUN_MONITOR,))
        recorder = LedgerRecorder(database.url)
        projector = Projector(database, recorder, (RUN_MONITOR,), Bell())
        while projector.step():
            pass
        recorder.datastore.close()
        yield database


@pytest.fixture(scope="module")
def long(postgres_url: str, template: str) -> Iterator[Database]:
    """One million facts, made once for all figures."""
    yield from filled(postgres_url, template, SIZE)


def rebuilt(database: Database, size: int) -> float:
    """Return how many facts a second: filled, indexed, compared and swapped."""
    recorder = LedgerRecorder(database.url)
    began = time.perf_counter()
    found = rebuild(database, recorder, RUN_MONITOR)
    took = time.perf_counter() - began
    recorder.datastore.close()
    assert (found.same, found.facts) == (True, size)
    return size / took


def nanoseconds(database: Database, size: int) -> float:
    """Return what a fact costs."""
    return 1e9 / rebuilt(database, size)


def copied(database: Database, rows: list[FactRow]) -> float:
    """Return how many ready facts a second a COPY BINARY takes into the ledger's own shape."""
    with database.owner() as conn:
        conn.execute("create table copied_ledger (like ledger including all)")
    began = time.perf_counter()
    with database.owner() as conn:
        copy_in(conn, "copied_ledger", rows)
    took = time.perf_counter() - began
    with database.owner() as conn:
        conn.execute("drop table copied_ledger")
    return len(rows) / took


@pytest.mark.figure("rebuild")
def test_a_rebuild_beside_the_librarys_runner(long: Database) -> None:
    seeds = iter(count(100))
    pairs = in_turn(lambda: rebuilt(long, SIZE), lambda: stock(long, seeds))
    assert report("rebuild", pairs, "facts/s", SIZE, SEED).value > 0


@pytest.mark.figure("rebuild-copy")
def test_a_rebuild_beside_a_copy_of_the_facts(long: Database) -> None:
    rows = list(fact_rows(SIZE, SEED))
    pairs = in_turn(lambda: rebuilt(long, SIZE), lambda: copied(long, rows))
    assert report("rebuild-copy", pairs, "facts/s", SIZE, SEED).value > 0


@pytest.mark.figure("rebuild-linear")
def test_a_fact_costs_the_same_in_a_longer_ledger(
    long: Database, postgres_url: str, template: str
) -> None:
    """Nanoseconds a fact; a ratio of 1 is a cost that grows with the facts and not faster."""
    for short in filled(postgres_url, template, SMALL):
        pairs = in_turn(partial(nanoseconds, long, SIZE), partial(nanoseconds, short, SMALL))
    assert report("rebuild-linear", pairs, "ns/fact", SIZE, SEED).value > 0


ONE_PROCESS = """
import sys
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from infrastructure.store import tables
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import Projector
from infrastructure.runtime.rebuilding import rebuild
from projections.run_monitor import RUN_MONITOR
from projections.all import READ_MODELS
import domain.catalogue
database = Database(sys.stdin.readline().strip())
recorder = LedgerRecorder(database.url)
if sys.argv[1] == "rebuild":
    rebuild(database, recorder, RUN_MONITOR)
else:
    with database.worker() as conn:
        conn.execute("delete from follower_position")
        for model in READ_MODELS:
            tables.drop(conn, model.table)
        tables.ensure(conn, READ_MODELS)
    projector = Projector(database, recorder, READ_MODELS, Bell())
    while projector.step():
        pass
# Not getrusage: its peak is inherited from the process that started this one.
lines = open("/proc/self/status").read().splitlines()
print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024)
"""


def megabytes(database: Database, what: str) -> float:
    """Return the most memory that a process of its own took."""
    done = subprocess.run(
        [sys.executable, "-c", ONE_PROCESS, what],
        cwd=ROOT,
        input=database.url + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout.split()[-1])


@pytest.mark.figure("follower-memory")
@pytest.mark.parametrize("what", ["rebuild", "project"])
def test_a_follower_takes_no_more_memory_in_a_longer_ledger(
    long: Database, postgres_url: str, template: str, what: str
) -> None:
    """`project` is the hungriest follower: all read models in one pass."""
    for short in filled(postgres_url, template, SMALL):
        pairs = [(megabytes(long, what), megabytes(short, what))]
    assert report(f"{what}-memory", pairs, "MB", SIZE, SEED).value > 0

"""Ready facts at the store's own door: group commit beside the stock recorder and pgbench."""

import pytest

from infrastructure.store.database import Database
from tests.support.appending import one_process, pgbench, processes
from tests.support.measuring import in_turn, report

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
SECONDS, CALLERS, PROCESSES = 4, 32, 4


@pytest.mark.figure("append-store")
def test_many_callers_in_one_process(database: Database) -> None:
    """32 threads, three facts a command, each waiting for its own commit."""
    pairs = in_turn(
        lambda: one_process("ours", database, CALLERS, SECONDS),
        lambda: one_process("stock", database, CALLERS, SECONDS),
    )
    assert report("append-store", pairs, "commands/s", CALLERS).value > 0


@pytest.mark.figure("append-pgbench")
def test_many_callers_beside_pgbench(database: Database) -> None:
    """The same beside a client written in C that keeps no order at all."""
    pairs = in_turn(
        lambda: one_process("ours", database, CALLERS, SECONDS),
        lambda: pgbench(database, CALLERS, SECONDS),
    )
    assert report("append-pgbench", pairs, "commands/s", CALLERS).value > 0


@pytest.mark.figure("append-processes")
def test_many_callers_in_several_processes(database: Database) -> None:
    """Four processes of eight threads each."""
    each = CALLERS // PROCESSES
    pairs = in_turn(
        lambda: processes("ours", database.url, PROCESSES, each, SECONDS),
        lambda: processes("stock", database.url, PROCESSES, each, SECONDS),
    )
    assert report("append-processes", pairs, "commands/s", CALLERS).value > 0

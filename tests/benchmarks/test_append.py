"""Whole commands through the ledger, beside the library's application saving the same facts."""

import statistics
import time
from collections.abc import Callable
from datetime import datetime
from uuid import UUID, uuid4

import msgspec
import pytest
from eventsourcing.application import Application

from domain.playbook_run.commands import StartRun
from domain.playbook_run.events import RunStarted, StepScheduled
from domain.shared.ids import RunId
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from tests.support.examples import COMMANDS, EVENTS
from tests.support.ledgers import SCHOOL, TENANT, ledger_on
from tests.support.measuring import callers_per_second, in_turn, report
from tests.support.stock import StockRun, stock_application

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
SECONDS, IDLE, CALLERS = 3.0, 400, 32
EXAMPLE = COMMANDS[StartRun]
STARTED = msgspec.to_builtins(EVENTS[RunStarted], builtin_types=(UUID, datetime))
SCHEDULED = msgspec.to_builtins(EVENTS[StepScheduled], builtin_types=(UUID, datetime))


def start(ledger: Ledger) -> None:
    """One command, two facts, its answer, their envelope."""
    command = msgspec.structs.replace(EXAMPLE, run_id=RunId(uuid4()), school_id=SCHOOL)
    ledger.execute(command, tenant=TENANT, by="staff:bench")


def save(application: Application[UUID]) -> None:
    """Let the library make, map and store the same two facts."""
    run = StockRun(**STARTED)
    run.schedule(**SCHEDULED)
    application.save(run)


def p50(once: Callable[[], object]) -> float:
    """Return the median of one call at a time, in milliseconds."""
    times = []
    for _ in range(IDLE):
        began = time.perf_counter()
        once()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1000


@pytest.mark.figure("append")
def test_commands_of_many_callers(database: Database) -> None:
    """32 threads, each waiting for its own commit."""
    with ledger_on(database) as ledger, stock_application(database) as application:
        pairs = in_turn(
            lambda: callers_per_second(lambda: start(ledger), CALLERS, SECONDS),
            lambda: callers_per_second(lambda: save(application), CALLERS, SECONDS),
        )
    assert report("append", pairs, "commands/s", CALLERS).value > 0


@pytest.mark.figure("latency")
def test_one_command_when_idle(database: Database) -> None:
    """One caller: the time from asking to the receipt, p50; less is better."""
    with ledger_on(database) as ledger, stock_application(database, 2) as application:
        pairs = in_turn(lambda: p50(lambda: start(ledger)), lambda: p50(lambda: save(application)))
    assert report("latency", pairs, "ms", IDLE).value > 0

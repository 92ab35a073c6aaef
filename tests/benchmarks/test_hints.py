"""What a NOTIFY behind the commit brings, and what it costs."""

import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID, uuid4

import pytest

from domain.case.commands import OpenCase
from domain.catalogue import AGGREGATES
from domain.shared.ids import CaseId, StudentId
from infrastructure.runtime.hints import Hints
from infrastructure.runtime.pace import Bell
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from tests.support.lagging import Side, lags, percentile
from tests.support.ledgers import SCHOOL, TENANT, calendars, ledger_on
from tests.support.measuring import callers_per_second, in_turn, report

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
COMMANDS: Final = 120
SECONDS: Final = 3.0
SEED: Final = 27


@contextmanager
def ringing(database: Database, *, hinted: bool) -> Iterator[Ledger]:
    """Open a ledger of a process in which no follower runs, as the API's is."""
    bell = Bell()
    hints = Hints(database, bell, [])
    with ledger_on(database):
        pass  # the tables
    ledger = Ledger(database, AGGREGATES, calendars, committed=lambda: bell.ring("project"))
    if hinted:
        hints.start()
    try:
        yield ledger
    finally:
        if hinted:
            hints.stop()
        ledger.close()


def opening(ledger: Ledger, stream: UUID | None = None) -> object:
    command = OpenCase(
        case_id=CaseId(stream or uuid4()), student_id=StudentId(uuid4()), school_id=SCHOOL
    )
    return ledger.execute(command, tenant=TENANT, by="staff:bench")


@pytest.mark.figure("hint-lag")
def test_a_lone_command_is_seen_sooner(database: Database) -> None:
    """One command in about a tenth of a second: the follower polls at its slowest."""
    dice = random.Random(SEED)

    def p50(side: Side) -> float:
        with ringing(database, hinted=side == "hinted") as ledger:
            found = lags(
                database.url,
                side,
                lambda stream: opening(ledger, stream),
                1,
                COMMANDS,
                rests=lambda: dice.uniform(0.05, 0.15),
            )
        told = f"{side}: p50 {percentile(found, 0.5):.1f} ms, p99 {percentile(found, 0.99):.1f} ms"
        sys.stdout.write(told + "\n")
        return percentile(found, 0.5)

    pairs = in_turn(lambda: p50("hinted"), lambda: p50("ours"))
    assert report("hint-lag", pairs, "ms", COMMANDS, SEED).value > 0


@pytest.mark.figure("hint-append")
def test_appends_are_as_many_as_without(database: Database) -> None:
    """32 callers of whole commands, while somebody listens."""
    listener = Hints(database, Bell(), ["project"])
    listener.start()

    def rate(hinted: bool) -> float:
        with ringing(database, hinted=hinted) as ledger:
            return callers_per_second(lambda: opening(ledger), 32, SECONDS)

    pairs = in_turn(lambda: rate(hinted=True), lambda: rate(hinted=False), rounds=5)
    listener.stop()
    assert report("hint-append", pairs, "commands/s", 32).value > 0

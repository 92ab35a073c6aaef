"""A second process fills beside the one that rebuilds, and nothing depends on how it ends (R5)."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final
from uuid import uuid5

import msgspec
import pytest

from domain.kernel.recorded import Told
from infrastructure.runtime import folding, refilling
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import Projector
from infrastructure.runtime.refill_helper import COMMAND, Task, helped
from infrastructure.runtime.refilling import Filling
from infrastructure.store import tables
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from projections.run_monitor import RUN_MONITOR
from tests.support import postgres
from tests.support.examples import EVENTS, TENANT
from tests.support.ledgers import NOON
from tests.support.long_ledger import append_rows, fact_rows
from tests.support.rig import ROOT

SIZE: Final = 40_000
FILLING: Final = Filling(RUN_MONITOR)
LIVE: Final = RUN_MONITOR.table
MANY: Final = 1_000
PATIENT: Final = "set local idle_in_transaction_session_timeout = 0"
SLEEPER: Final = (sys.executable, "-c", "import time; time.sleep(600)")


@pytest.fixture(scope="module")
def long(postgres_url: str, template: str) -> Iterator[Database]:
    """Give a ledger that live has seen; nothing here changes it."""
    with postgres.throw_away(postgres_url, template) as database:
        append_rows(database, fact_rows(SIZE))
        with database.worker() as conn:
            tables.ensure(conn, (RUN_MONITOR,))
        recorder = LedgerRecorder(database.url)
        projector = Projector(database, recorder, (RUN_MONITOR,), Bell())
        while projector.step():
            pass
        recorder.datastore.close()
        yield database


@pytest.fixture
def ledger(long: Database) -> Database:
    """List anew what a rebuild has to fill."""
    with long.worker() as conn:
        refilling.begin(conn, FILLING, SIZE)
    return long


def ask(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.worker() as conn:
        return conn.execute(query).fetchall()


def rows(database: Database, table: str) -> tuple[Any, ...]:
    query = f"select count(*), md5(string_agg(t::text, '' order by key)) from {table} t"
    return ask(database, query)[0]


def progress(database: Database) -> tuple[int, int, int]:
    """Return how many stretches are done, how many there are, and how many facts were folded."""
    with database.worker() as conn:
        return refilling.progress(conn, FILLING)


@pytest.mark.postgres
def test_the_helper_fills_by_itself_what_live_has(ledger: Database) -> None:
    assert progress(ledger)[0] == 0
    with helped(ledger, FILLING, MANY, patience=60):
        pass
    assert progress(ledger)[2] == SIZE
    assert rows(ledger, FILLING.table) == rows(ledger, LIVE)


@pytest.mark.postgres
def test_what_a_killed_helper_leaves_undone_is_done_by_its_parent(
    ledger: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSEO_CRASH_AT", "rebuild.before_commit:2")
    with helped(ledger, FILLING, MANY, patience=60):
        pass
    done, all_of_them, _ = progress(ledger)
    assert done == 1 < all_of_them
    assert rows(ledger, FILLING.table) != rows(ledger, LIVE), "the control: not all is there yet"
    while refilling.fill_one(ledger, FILLING, last=True):
        pass
    assert rows(ledger, FILLING.table) == rows(ledger, LIVE)


@pytest.mark.postgres
@pytest.mark.parametrize(
    "command", [SLEEPER, (sys.executable, "-c", "raise SystemExit(3)"), COMMAND]
)
def test_a_rebuild_comes_to_its_end_with_any_helper(
    ledger: Database, command: tuple[str, ...]
) -> None:
    with helped(ledger, FILLING, MANY, command=command, patience=0.01):
        while refilling.fill_one(ledger, FILLING):
            pass
    while refilling.fill_one(ledger, FILLING, last=True):
        pass
    assert rows(ledger, FILLING.table) == rows(ledger, LIVE)


@pytest.mark.postgres
def test_a_helper_ends_with_its_parent_in_the_middle_of_a_stretch(ledger: Database) -> None:
    """What is left of a killed parent is the end of the input; here PostgreSQL keeps it waiting."""
    waits = f"select pid from pg_locks where relation = '{FILLING.table}'::regclass and not granted"
    task = msgspec.json.encode(Task(ledger.url, RUN_MONITOR.name)) + b"\n"
    with (
        ledger.owner() as keeper,
        subprocess.Popen(COMMAND, stdin=subprocess.PIPE, cwd=ROOT) as helper,
    ):
        keeper.execute(PATIENT)
        keeper.execute(f"lock table {FILLING.table} in access exclusive mode")
        assert helper.stdin is not None
        helper.stdin.write(task)
        helper.stdin.flush()
        while not ask(ledger, waits):
            assert helper.poll() is None
        helper.stdin.close()
        assert helper.wait(30) == 1
    assert progress(ledger)[0] == 0


@pytest.mark.postgres
def test_a_stretch_in_other_hands_is_passed_over_and_at_last_waited_for(ledger: Database) -> None:
    """A killed process's stretch is free again only when PostgreSQL has noticed."""
    waits = "select pid from pg_locks where locktype = 'transactionid' and not granted"
    with ThreadPoolExecutor(1) as pool:
        with ledger.owner() as other:
            other.execute(PATIENT)
            other.execute(f"select low from {FILLING.stretches} for update")
            assert not refilling.fill_one(ledger, FILLING)
            last = pool.submit(refilling.fill_one, ledger, FILLING, last=True)
            while not ask(ledger, waits):
                assert not last.done()
        assert last.result()
    assert progress(ledger)[0] == 1


@pytest.mark.postgres
def test_nobody_takes_what_another_release_has_listed(ledger: Database) -> None:
    with ledger.worker() as conn:
        conn.execute(f"update {FILLING.stretches} set code = 'of yesterday'")
    assert not refilling.fill_one(ledger, FILLING)
    with helped(ledger, FILLING, MANY, patience=60):
        pass
    assert progress(ledger)[0] == 0


def stream_of(length: int) -> list[Told]:
    """Return facts of one stream; which ones does not matter to how they are folded."""
    event = next(iter(EVENTS.values()))
    return [
        Told(
            tenant=TENANT,
            stream=uuid5(TENANT, "stream"),
            version=number,
            position=number * 3,
            occurred_at=NOON,
            recorded_at=NOON,
            event=event,
        )
        for number in range(1, length + 1)
    ]


@pytest.mark.parametrize("bad", [None, 1, 3, 5])
def test_a_stream_is_folded_and_parked_as_any_facts_are(bad: int | None) -> None:
    def evolve(row: Any, fact: Told, key: str) -> Any:
        if fact.version == bad:
            raise ValueError(key)
        return (*(row or ()), fact.version)

    model = replace(RUN_MONITOR, evolve=evolve)
    found = stream_of(5)
    place = (TENANT.int, "key")
    slow: folding.Rows = {}
    parked = folding.fold(model, [(fact, ("key",)) for fact in found], slow, {})
    failed: list[tuple[Told, str]] = []
    row = folding.fold_stream(model, "key", found, failed)
    assert (row, failed) == (slow.get(place), parked)
    assert (bad is None) == (failed == [])

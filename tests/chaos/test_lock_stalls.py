"""R15: how long writers stand still beside maintenance, and behind a writer that was cut off.

The library's own path over a table of the same size is the control: it takes an exclusive lock.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import conninfo

from domain.case.commands import OpenCase
from domain.shared.ids import CaseId, StudentId
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Database, with_role
from infrastructure.store.ledger import Intent, Ledger
from infrastructure.store.recorder import newest, read_after
from tests.chaos.conftest import Report
from tests.chaos.sizes import size
from tests.support.appended import append
from tests.support.cutting import Way
from tests.support.ledgers import SCHOOL, TENANT, ledger_on
from tests.support.stock_tailing import STATE, stock_recorder

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(600)]
FACTS: Final = {"ci": 500_000, "release": 10_000_000}
CUT_OFF_SECONDS: Final = 6.0
MAINTENANCE: Final = {
    "VACUUM": "vacuum {0}",
    "ANALYZE": "analyze {0}",
    "CREATE INDEX CONCURRENTLY": "create index concurrently by_topic on {0} (topic)",
    "REINDEX CONCURRENTLY": "reindex table concurrently {0}",
}
_FILL: Final = (
    "insert into ledger (originator_id, originator_version, topic, state, tenant, event_version,"
    " occurred_at, recorded_at, actor, command_id, correlation)"
    " select gen_random_uuid(), 1, 'case.tier_raised', '{{\"tier\":2}}', '{1}', 1, now(), now(),"
    " 'staff:test', gen_random_uuid(), gen_random_uuid() from generate_series(1, {0})"
)
_FILL_STOCK: Final = (
    "insert into stock.stored_events (originator_id, originator_version, topic, state)"
    " select gen_random_uuid(), 1, 'case.tier_raised', '{{\"tier\":2}}'"
    " from generate_series(1, {0})"
)


@contextmanager
def operator(database: Database) -> Iterator[psycopg.Connection]:
    """Give a session as a person has it who may take all the time he wants."""
    patient = conninfo.make_conninfo(database.url, options="-c statement_timeout=0")
    with psycopg.connect(patient, autocommit=True) as conn:
        yield conn


@pytest.fixture
def large(database: Database) -> Iterator[tuple[Ledger, PostgresApplicationRecorder]]:
    """A ledger and a table of the library with as many rows."""
    stock = stock_recorder(database.url)
    stock.create_table()
    with operator(database) as conn:
        conn.execute(_FILL.format(FACTS[size()], TENANT))
        conn.execute(_FILL_STOCK.format(FACTS[size()]))
        # Something to do for VACUUM: pages that are not all visible yet, in both tables.
        conn.execute("checkpoint")
    with ledger_on(database) as ledger:
        yield ledger, stock
    stock.datastore.close()


def opening() -> OpenCase:
    return OpenCase(case_id=CaseId(uuid4()), student_id=StudentId(uuid4()), school_id=SCHOOL)


def longest(write: Callable[[], object], work: Callable[[], object]) -> tuple[float, float]:
    """Write one after the other while something works; return its seconds and the longest write."""
    done = threading.Event()
    waits: list[float] = []

    def writer() -> None:
        while not done.is_set() or not waits:
            began = time.monotonic()
            write()
            waits.append(time.monotonic() - began)

    thread = threading.Thread(target=writer)
    thread.start()
    began = time.monotonic()
    try:
        work()
    finally:
        took = time.monotonic() - began
        done.set()
        thread.join(60)
    return took, max(waits)


def insisting(conn: psycopg.Connection, statement: str) -> int:
    """Do maintenance again when a deadlock ended it; return how often that was.

    The library's exclusive lock and a concurrent index wait for each other; our writers take no
    lock on the table, and must never be the cause.
    """
    deadlocks = 0
    while True:
        try:
            conn.execute("drop index if exists stock.by_topic")
            conn.execute(statement)
        except psycopg.errors.DeadlockDetected:
            deadlocks += 1
        else:
            return deadlocks


def both(
    large: tuple[Ledger, PostgresApplicationRecorder], conn: psycopg.Connection, statement: str
) -> tuple[tuple[float, float], tuple[float, float], int]:
    """Do one piece of maintenance beside our writers, then beside the library's."""
    ledger, stock = large
    deadlocks: list[int] = []
    ours = longest(
        lambda: ledger.execute(opening(), tenant=TENANT, by="staff:test"),
        lambda: conn.execute(statement.format("ledger")),
    )
    theirs = longest(
        lambda: stock.insert_events([StoredEvent(uuid4(), 1, "t", STATE)]),
        lambda: deadlocks.append(insisting(conn, statement.format("stock.stored_events"))),
    )
    return ours, theirs, sum(deadlocks)


def test_maintenance_of_a_large_ledger_does_not_stop_writers(
    large: tuple[Ledger, PostgresApplicationRecorder], report: Report
) -> None:
    """At most two seconds, whatever is done; the library's writers wait for the whole of it."""
    figures: dict[str, str] = {}
    waits: list[tuple[float, float]] = []
    with operator(large[0].database) as conn:
        for name, statement in MAINTENANCE.items():
            ours, theirs, deadlocks = both(large, conn, statement)
            waits.append((ours[1], theirs[1]))
            figures[name] = (
                f"{1000 * ours[0]:.0f} ms, longest write {1000 * ours[1]:.0f} ms; the library's:"
                f" {1000 * theirs[0]:.0f} ms, {1000 * theirs[1]:.0f} ms, deadlocks {deadlocks}"
            )
    report.add("writers beside maintenance", facts=FACTS[size()], **figures)
    assert max(mine for mine, _ in waits) <= 2.0
    assert max(other for _, other in waits) > max(mine for mine, _ in waits)


def our_stalls(database: Database) -> tuple[float, float, float]:
    """Cut off a writer; return how long others, those of its stream, and readers stood still."""
    command = opening()
    port = int(conninfo.conninfo_to_dict(database.url)["port"] or 0)
    with ledger_on(database) as ledger, Way(port) as way:
        behind = conninfo.make_conninfo(with_role(database.url, "anseo_worker"), port=way.port)
        cut = psycopg.connect(behind)
        ledger.within(cut, [Intent(TENANT, command, "staff:test", uuid4())])
        way.hush()
        began = time.monotonic()
        append(ledger)
        others = time.monotonic() - began
        ledger.execute(command, tenant=TENANT, by="staff:test")
        same = time.monotonic() - began
        assert wait_until(lambda: readers_are_there(database), 20)
        readers = time.monotonic() - began
        cut.close()
    return others, same, readers


def test_a_writer_that_is_cut_off_holds_nobody_longer_than_six_seconds(
    database: Database, report: Report
) -> None:
    """Not readers, not writers of its own stream; writers of other streams not at all."""
    others, same, readers = our_stalls(database)
    stock = stock_stall(database)
    report.add(
        "a writer that was cut off",
        writers_of_other_streams=f"{1000 * others:.0f} ms",
        writers_of_its_stream=f"{same:.1f} s",
        readers=f"{readers:.1f} s",
        writers_of_the_library=f"not before its session was ended by hand after {stock:.1f} s",
    )
    assert others < 0.5
    assert 1 < same <= CUT_OFF_SECONDS
    assert readers <= CUT_OFF_SECONDS
    assert stock > CUT_OFF_SECONDS


def readers_are_there(database: Database) -> bool:
    with database.worker() as conn:
        rows = read_after(conn, 0, 10)
        return bool(rows) and rows[-1][3] == newest(conn)


def stock_stall(database: Database) -> float:
    """Cut off a writer of the library as it comes; return how long another one waited for it."""
    stock = stock_recorder(database.url)
    stock.create_table()
    port = int(conninfo.conninfo_to_dict(database.url)["port"] or 0)
    with Way(port) as way, operator(database) as conn:
        cut = psycopg.connect(conninfo.make_conninfo(database.url, port=way.port))
        session = cut.info.backend_pid
        cut.execute("set idle_in_transaction_session_timeout = 0")  # the library's own default
        cut.commit()
        cut.execute("lock table stock.stored_events in exclusive mode")
        way.hush()
        waiting = threading.Thread(
            target=stock.insert_events, args=([StoredEvent(uuid4(), 1, "t", STATE)],)
        )
        began = time.monotonic()
        waiting.start()
        waiting.join(CUT_OFF_SECONDS + 1)
        conn.execute("select pg_terminate_backend(%s)", (session,))
        waiting.join(30)
        stalled = time.monotonic() - began
        way.speak()
        cut.close()
    stock.datastore.close()
    return stalled

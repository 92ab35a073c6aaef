"""A whole command through the ledger, beside the library's stock recorder in the same run."""

import time
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from domain.case.commands import OpenCase
from domain.shared.ids import CaseId, StudentId
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from tests.support.ledgers import SCHOOL, TENANT, ledger_on
from tests.support.measuring import in_turn, report

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
COMMANDS = 300


def stock(database: Database) -> PostgresApplicationRecorder:
    parts = conninfo_to_dict(database.url)
    store = PostgresDatastore(
        str(parts["dbname"]),
        str(parts["host"]),
        str(parts["port"]),
        str(parts["user"]),
        str(parts["password"]),
    )
    recorder = PostgresApplicationRecorder(store, events_table_name="stock_events")
    recorder.create_table()
    return recorder


def per_second(once: Callable[[], object]) -> float:
    began = time.perf_counter()
    for _ in range(COMMANDS):
        once()
    return COMMANDS / (time.perf_counter() - began)


def opening(ledger: Ledger) -> None:
    command = OpenCase(case_id=CaseId(uuid4()), student_id=StudentId(uuid4()), school_id=SCHOOL)
    ledger.execute(command, tenant=TENANT, by="staff:bench")


def bare(recorder: PostgresApplicationRecorder) -> None:
    stream: UUID = uuid4()
    recorder.insert_events([StoredEvent(stream, 1, "case.opened", b'{"student_id":"x"}')])


@pytest.mark.figure("append-idle")
def test_one_command_when_idle(database: Database) -> None:
    """Rounds are interleaved, so that a noisy moment meets both."""
    recorder = stock(database)
    with ledger_on(database) as ledger:
        pairs = in_turn(
            lambda: per_second(lambda: opening(ledger)), lambda: per_second(lambda: bare(recorder))
        )
    recorder.datastore.close()
    assert report("append-idle", pairs, "commands/s", COMMANDS).value > 0

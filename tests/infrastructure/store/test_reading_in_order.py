"""Readers never pass a fact that may still appear."""

from uuid import UUID

import psycopg
import pytest
from eventsourcing.application import Application
from psycopg.conninfo import conninfo_to_dict

from domain.case.commands import OpenCase, case_id
from domain.shared.ids import StudentId, derived_id
from infrastructure.store import recorder
from infrastructure.store.database import Database, with_role
from tests.support.ledgers import HOLD, SCHOOL, TENANT, ledger_on, weekdays

pytestmark = pytest.mark.postgres


class Stock(Application[UUID]):
    """An application as the library's tutorial writes it."""

    name = "ledger"


def command(number: int) -> OpenCase:
    student = StudentId(derived_id("student", number))
    case = case_id(TENANT, student, weekdays()[0])
    return OpenCase(case_id=case, student_id=student, school_id=SCHOOL)


def test_a_reader_waits_for_a_writer_that_drew_a_lower_position(database: Database) -> None:
    """A slow writer holds position 1 open while position 2 commits: nothing may be read yet."""
    with ledger_on(database) as ledger:
        slow = psycopg.connect(with_role(database.url, "anseo_worker"))
        slow.execute(HOLD)
        slow.execute("select nextval('ledger_notification_id_seq')")
        ledger.execute(command(2), tenant=TENANT, by="staff:anna")
        with database.worker() as conn:
            assert recorder.read_after(conn, 0, 10) == []
            # The control: without the bound the later fact is seen and the earlier one missed.
            assert len(conn.execute("select 1 from ledger").fetchall()) == 1
        slow.rollback()
        slow.close()
        with database.worker() as conn:
            assert len(recorder.read_after(conn, 0, 10)) == 1


def test_a_rolled_back_append_leaves_a_gap_and_no_stall(database: Database) -> None:
    with ledger_on(database) as ledger:
        rolled_back = psycopg.connect(with_role(database.url, "anseo_worker"))
        rolled_back.execute(HOLD)
        rolled_back.execute("select nextval('ledger_notification_id_seq')")
        rolled_back.rollback()
        rolled_back.close()
        ledger.execute(command(1), tenant=TENANT, by="staff:anna")
        with database.worker() as conn:
            (row,) = recorder.read_after(conn, 0, 10)
        assert row[3] == 2


def test_a_write_transaction_left_open_in_another_database_stalls_nobody(
    database: Database, postgres_url: str
) -> None:
    with ledger_on(database) as ledger, psycopg.connect(postgres_url) as foreign:
        foreign.execute("create temporary table held (a int)")
        foreign.execute("select pg_advisory_xact_lock_shared((24225::bigint << 48) | 0)")
        ledger.execute(command(1), tenant=TENANT, by="staff:anna")
        with database.worker() as conn:
            assert len(recorder.read_after(conn, 0, 10)) == 1


def test_the_sequence_keeps_no_cache(database: Database) -> None:
    """A cache above 1 would hand out positions that the lock's key does not cover."""
    with database.worker() as conn:
        row = conn.execute(
            "select seqcache from pg_sequence"
            " where seqrelid = 'ledger_notification_id_seq'::regclass"
        ).fetchone()
    assert row == (1,)


def test_a_stock_application_of_the_library_reads_a_stream_and_the_notification_log(
    database: Database,
) -> None:
    parts = conninfo_to_dict(database.url)
    with ledger_on(database) as ledger:
        for number in range(3):
            ledger.execute(command(number), tenant=TENANT, by="staff:anna")
        with database.owner() as conn:  # the library derives the table's name from its own
            conn.execute("create view ledger_events as select * from ledger")
        stock = Stock(
            env={
                "PERSISTENCE_MODULE": "eventsourcing.postgres",
                "POSTGRES_DBNAME": str(parts["dbname"]),
                "POSTGRES_HOST": str(parts["host"]),
                "POSTGRES_PORT": str(parts["port"]),
                "POSTGRES_USER": str(parts["user"]),
                "POSTGRES_PASSWORD": str(parts["password"]),
                "CREATE_TABLE": "no",
            }
        )
        log = stock.recorder
        facts = log.select_notifications(start=1, limit=10)
        stream = log.select_events(facts[0].originator_id)
        stock.close()
    assert [fact.id for fact in facts] == [1, 2, 3]
    assert [event.topic for event in stream] == ["case.opened"]

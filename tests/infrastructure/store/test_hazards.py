"""Hazards of a store, each caused for real: what the doctor says, and what is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.runtime.role import wait_until
from infrastructure.settings import Settings
from infrastructure.store import hazards
from infrastructure.store.database import Database, with_role
from infrastructure.store.errors import UnsafeReading
from infrastructure.store.ledger import Ledger
from infrastructure.store.migrations import migrate
from infrastructure.store.recorder import bound
from infrastructure.wiring.house import House
from tests.support.appended import append, fresh
from tests.support.ledgers import ledger_on

pytestmark = pytest.mark.postgres
QUIET: Final[dict[str, str]] = {}


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_on(database) as one:
        yield one


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """A server that a test may set up wrongly."""
    postgres = EmbeddedPostgres(tmp_path / "own")
    with psycopg.connect(postgres.ensure()) as conn:
        migrate(conn)
    try:
        yield postgres
    finally:
        postgres.remove()


def found(database: Database, name: str) -> hazards.Finding:
    return next(f for f in hazards.examine(database, QUIET) if f.name == name)


def refusal(database: Database, environment: dict[str, str] = QUIET) -> str:
    with database.owner() as conn, pytest.raises(UnsafeReading) as refused:
        hazards.refuse(conn, environment)
    return str(refused.value)


def change(database: Database, statement: str) -> None:
    with psycopg.connect(database.url, autocommit=True) as conn:
        conn.execute(statement)


def test_a_store_as_it_should_be_has_nothing_to_do(database: Database) -> None:
    looked = hazards.examine(database, QUIET)
    assert [f for f in looked if not f.ok or f.do] == []
    assert len({f.name for f in looked}) == len(looked) == 12


def test_readers_that_stand_still_name_the_session_that_holds_them(ledger: Ledger) -> None:
    """A fact waits behind an append that was never ended: who, from where, since when."""
    with psycopg.connect(with_role(ledger.database.url, "anseo_worker")) as held:
        session = held.info.backend_pid
        ledger.recorder.append(held, [fresh()])
        assert found(ledger.database, "readers move").ok, "nobody waits behind it yet"
        append(ledger)
        change(ledger.database, "update ledger set recorded_at = recorded_at - interval '9 s'")
        looked = found(ledger.database, "readers move")
        held.rollback()
    assert not looked.ok
    assert f"session {session} (anseo_worker, 127.0.0.1:" in looked.found
    assert "idle in transaction" in looked.found
    assert f"pg_terminate_backend({session})" in looked.do
    assert found(ledger.database, "readers move").ok


def test_a_sequence_with_a_cache_is_refused(database: Database) -> None:
    change(database, "alter sequence ledger_notification_id_seq cache 10")
    assert "cache 1" in refusal(database)
    assert not found(database, "ledger sequence").ok


def test_database_functions_of_the_library_over_the_ledger_are_refused(
    database: Database, tmp_path: Path
) -> None:
    parts = conninfo_to_dict(database.url)
    where = [str(parts[name]) for name in ("dbname", "host", "port", "user", "password")]
    with PostgresDatastore(*where, enable_db_functions=True) as datastore:
        stock = PostgresApplicationRecorder(datastore, events_table_name="ledger")
        change(database, stock.sql_create_pg_function_insert_events.as_string())
    assert "public.es_insert_events_uuid" in refusal(database)
    with (
        pytest.raises(UnsafeReading, match="append without the lock"),
        House(Settings(ANSEO_HOME=tmp_path), database.url),
    ):
        pass


def test_the_variable_that_switches_them_on_is_refused(database: Database) -> None:
    assert "is set" in refusal(database, {"POSTGRES_ENABLE_DB_FUNCTIONS": "y"})
    with database.owner() as conn:
        hazards.refuse(conn, {"POSTGRES_ENABLE_DB_FUNCTIONS": "no"})


def test_a_limit_that_the_database_sets_too_high_is_seen_in_the_session(
    database: Database,
) -> None:
    name = conninfo_to_dict(database.url)["dbname"]
    change(database, f"alter database {name} set transaction_timeout = '2h'")
    looked = found(database, "time-outs of anseo_worker")
    assert (looked.ok, looked.found) == (False, "transaction_timeout 7200 s, at most 3600 s")


def test_an_operator_s_forgotten_session_is_ended_by_the_database_s_own_limit(
    database: Database,
) -> None:
    with psycopg.connect(database.url) as conn:
        shown = conn.execute("show idle_in_transaction_session_timeout").fetchone()
    assert shown in {("1min",), ("5s",)}  # of the migration, or of a copied database's server


def test_pools_that_add_up_to_more_than_the_server_gives_are_told(database: Database) -> None:
    large = Database(database.url, pool_size=100)
    looked = found(large, "connections")
    large.close()
    assert not looked.ok
    assert "lower ANSEO_POOL_SIZE to 13" in looked.do


def test_a_lock_on_the_table_that_stops_appends_is_told_with_its_holder(ledger: Ledger) -> None:
    append(ledger)
    with psycopg.connect(ledger.database.url) as operator:
        session = operator.info.backend_pid
        operator.execute("create index for_a_report on ledger (actor)")
        assert wait_until(lambda: not found(ledger.database, "nothing stops appends").ok, 20)
        looked = found(ledger.database, "nothing stops appends")
        operator.rollback()
    assert f"by session {session}" in looked.found
    assert "CREATE (ShareLock)" in looked.found
    assert f"pg_cancel_backend({session})" in looked.do
    assert found(ledger.database, "nothing stops appends").ok


def test_an_alarm_stands_until_a_person_has_settled_it(database: Database) -> None:
    with database.worker() as conn:
        assert hazards.raise_alarm(conn, "fact-appeared-late", 7, "seen by nobody")
        assert not hazards.raise_alarm(conn, "fact-appeared-late", 7, "seen by nobody")
    assert "fact-appeared-late at position 7" in found(database, "alarms").found
    with database.worker() as conn:
        assert hazards.settle(conn, "staff:anna", "rebuilt") == 1
    assert found(database, "alarms").ok


def test_a_server_with_few_locks_and_without_fsync_is_told(own_server: EmbeddedPostgres) -> None:
    with psycopg.connect(own_server.url(), autocommit=True) as conn:
        conn.execute("alter system set max_locks_per_transaction = 64")
        conn.execute("alter system set fsync = off")
    own_server.stop()
    database = Database(own_server.ensure())
    assert found(database, "room for locks").found == "12800 of at least 51200"
    assert found(database, "durable commits").found == "off: fsync"
    database.close()


def test_a_replica_is_refused_at_the_start_and_by_every_reader(
    own_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """A server in recovery shows the sequence and the rows, and no lock of any writer."""
    own_server.stop()
    assert own_server.folder is not None
    (own_server.folder / "data" / "standby.signal").touch()
    database = Database(own_server.ensure())
    assert "read replica" in refusal(database)
    with database.worker() as conn, pytest.raises(UnsafeReading, match="primary"):
        bound(conn)
    with (
        pytest.raises(UnsafeReading, match="DATABASE_URL"),
        House(Settings(ANSEO_HOME=tmp_path), database.url),
    ):
        pass
    assert not found(database, "primary").ok
    database.close()

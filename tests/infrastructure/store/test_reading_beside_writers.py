"""What a reader sees beside transactions that stay open, each shape on its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import conninfo

from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Connection, Database, with_role
from infrastructure.store.errors import UnsafeReading
from infrastructure.store.ledger import Ledger
from infrastructure.store.recorder import bound, read_after
from tests.support.appended import append, fresh
from tests.support.ledgers import ledger_on

pytestmark = pytest.mark.postgres
# The popular way to read: nothing at or above the oldest transaction that is still running.
OLDEST_RUNNING: Final = (
    "select originator_version from ledger"
    " where xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
    " order by xmin::text::bigint, notification_id"
)


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_on(database) as one:
        yield one


@contextmanager
def opened(database: Database) -> Iterator[Connection]:
    """Give a worker's connection whose transaction the test ends itself."""
    with psycopg.connect(with_role(database.url, "anseo_worker")) as conn:
        yield conn


def seen(database: Database, after: int = 0) -> list[tuple[UUID, int]]:
    with database.worker() as conn:
        return [(row[1], row[2]) for row in read_after(conn, after, 100)]


def test_a_fact_that_commits_late_is_seen_before_those_that_overtook_it(ledger: Ledger) -> None:
    slow, quick = uuid4(), uuid4()
    with opened(ledger.database) as late:
        ledger.recorder.append(late, [fresh(slow)])
        for version in range(1, 6):
            append(ledger, quick, version)
        assert seen(ledger.database) == []
        late.commit()
    assert seen(ledger.database) == [(slow, 1), *((quick, version) for version in range(1, 6))]


def test_facts_before_an_open_transaction_are_seen_while_it_is_held(ledger: Ledger) -> None:
    """It stalls what comes behind it, never what was there before."""
    before, behind = uuid4(), uuid4()
    append(ledger, before)
    with opened(ledger.database) as held:
        ledger.recorder.append(held, [fresh(uuid4())])
        append(ledger, behind)
        assert seen(ledger.database) == [(before, 1)]
        held.rollback()
    assert seen(ledger.database) == [(before, 1), (behind, 1)]


def test_an_appender_whose_session_dies_leaves_a_gap_and_no_stall(ledger: Ledger) -> None:
    after = uuid4()
    held = psycopg.connect(with_role(ledger.database.url, "anseo_worker"))
    ledger.recorder.append(held, [fresh(uuid4())])
    append(ledger, after)
    with ledger.database.owner() as conn:
        conn.execute("select pg_terminate_backend(%s)", (held.info.backend_pid,))
    held.close()
    assert wait_until(lambda: seen(ledger.database) == [(after, 1)], 10)


def test_two_appends_of_one_transaction_hold_the_bound_below_the_first(ledger: Ledger) -> None:
    one, other, overtaking = uuid4(), uuid4(), uuid4()
    with opened(ledger.database) as conn:
        ledger.recorder.append(conn, [fresh(one)])
        append(ledger, overtaking)
        ledger.recorder.append(conn, [fresh(other)])
        assert seen(ledger.database) == []
        conn.commit()
    assert seen(ledger.database) == [(one, 1), (overtaking, 1), (other, 1)]


def test_a_transaction_that_began_early_and_appended_late_keeps_its_stream_in_order(
    ledger: Ledger,
) -> None:
    """Ordered by transaction, as readers by the oldest running one are, the stream is shuffled."""
    stream = uuid4()
    append(ledger, stream, 1)
    with opened(ledger.database) as early:
        early.execute("select pg_current_xact_id()")
        append(ledger, stream, 2)
        ledger.recorder.append(early, [fresh(stream, 3)])
        early.commit()
    assert [version for _, version in seen(ledger.database)] == [1, 2, 3]
    with ledger.database.owner() as conn:
        shuffled = [row[0] for row in conn.execute(OLDEST_RUNNING).fetchall()]
    assert shuffled == [1, 3, 2]


def test_a_write_transaction_elsewhere_in_the_cluster_stalls_only_those_who_ask_for_the_oldest(
    ledger: Ledger, postgres_url: str
) -> None:
    elsewhere = conninfo.make_conninfo(postgres_url, dbname="postgres")
    with psycopg.connect(elsewhere) as foreign:
        foreign.execute("create temporary table open_for_long (a int)")
        append(ledger, uuid4())
        assert len(seen(ledger.database)) == 1
        with ledger.database.owner() as conn:
            assert conn.execute(OLDEST_RUNNING).fetchall() == []
        foreign.rollback()


def test_a_reader_in_one_snapshot_is_refused(ledger: Ledger) -> None:
    """Its rows would be as old as its first question, and what committed since would be skipped.

    So shown first: the bound says 1, the rows say nothing.
    """
    with opened(ledger.database) as late, opened(ledger.database) as reader:
        ledger.recorder.append(late, [fresh(uuid4())])
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        reader.execute("select 1 from ledger")
        late.commit()
        assert reader.execute("select count(*) from ledger").fetchone() == (0,)
        with pytest.raises(UnsafeReading, match="READ COMMITTED"):
            bound(reader)


def test_a_database_that_defaults_to_one_snapshot_does_not_reach_our_readers(
    ledger: Ledger,
) -> None:
    database = ledger.database
    with database.owner() as conn:
        name = conn.info.dbname
        conn.execute(f"alter database {name} set default_transaction_isolation = 'serializable'")
    again = Database(database.url)
    append(ledger, uuid4())
    assert len(seen(again)) == 1
    again.close()

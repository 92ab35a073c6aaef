"""Callers of one process share a transaction, and each still succeeds or fails alone."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import psycopg
import pytest

from domain.case.commands import CloseCase, OpenCase, RaiseTier, case_id
from domain.case.refusals import CaseUnknown
from domain.kernel.refusals import Conflict
from domain.shared.ids import CaseId, StudentId, TenantId, derived_id
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Connection, Database, with_role
from infrastructure.store.group_commit import GroupCommit
from infrastructure.store.ledger import Ledger, Receipt
from tests.support.ledgers import SCHOOL, TENANT, ledger_on, weekdays

pytestmark = pytest.mark.postgres


def opening(number: int) -> OpenCase:
    student = StudentId(derived_id("student", number))
    return OpenCase(
        case_id=case_id(TENANT, student, weekdays()[0]), student_id=student, school_id=SCHOOL
    )


@pytest.fixture
def ledger(database: Database) -> Iterator[Ledger]:
    with ledger_on(database) as ledger:
        yield ledger


@contextmanager
def held_up(ledger: Ledger) -> Iterator[Callable[[int], None]]:
    """Hold up the ledger's group until so many callers wait for the next one."""
    with psycopg.connect(ledger.database.url) as conn, ThreadPoolExecutor(1) as pool:
        conn.execute("lock table command_answer in access exclusive mode")
        first = pool.submit(ledger.execute, opening(0), tenant=TENANT, by="staff:anna")
        assert wait_until(lambda: ledger._group._led, 10)

        def let_go_with(waiting: int) -> None:
            assert wait_until(lambda: len(ledger._group._waiting) == waiting, 10)
            conn.rollback()

        yield let_go_with
        assert first.result(10).facts == 1


def transactions(ledger: Ledger) -> list[tuple[int, ...]]:
    """Return the facts' positions by the transaction that stored them."""
    with ledger.database.owner() as conn:
        rows = conn.execute(
            "select array_agg(notification_id order by notification_id) from ledger"
            " group by xmin::text order by min(notification_id)"
        ).fetchall()
    return [tuple(row[0]) for row in rows]


def asked(pool: ThreadPoolExecutor, ledger: Ledger, *wishes: object) -> list[Future[Receipt]]:
    return [pool.submit(ledger.execute, wish, tenant=TENANT, by="staff:anna") for wish in wishes]  # type: ignore[arg-type]


def test_who_waits_together_commits_together(ledger: Ledger) -> None:
    with ThreadPoolExecutor(8) as pool:
        with held_up(ledger) as let_go_with:
            futures = asked(pool, ledger, *(opening(n) for n in range(1, 9)))
            let_go_with(8)
        receipts = [future.result(10) for future in futures]
    first, group = transactions(ledger)
    assert (len(first), len(group)) == (1, 8)
    assert sorted(receipt.position for receipt in receipts) == sorted(group)


def test_followers_are_told_once_for_each_transaction(database: Database) -> None:
    told: list[int] = []
    with ledger_on(database, committed=lambda: told.append(1)) as ledger:
        with ThreadPoolExecutor(3) as pool:
            with held_up(ledger) as let_go_with:
                futures = asked(pool, ledger, *(opening(n) for n in range(1, 4)))
                let_go_with(3)
            assert [future.result(10).facts for future in futures] == [1, 1, 1]
        assert len(told) == len(transactions(ledger)) == 2


def test_in_a_group_each_command_succeeds_or_fails_alone(ledger: Ledger) -> None:
    """A refusal, a conflict and a bug; the others are in the ledger all the same."""
    unknown = CloseCase(case_id=CaseId(uuid4()), reason="RESOLVED")
    with ThreadPoolExecutor(8) as pool:
        with held_up(ledger) as let_go_with:
            good = asked(pool, ledger, opening(1), opening(2))
            (refused,) = asked(pool, ledger, unknown)
            late = pool.submit(
                ledger.execute, opening(3), tenant=TENANT, by="staff:anna", expecting=7
            )
            broken = pool.submit(ledger.execute, opening(4), tenant=TENANT, by="staff:\0")
            let_go_with(5)
        assert [future.result(10).version for future in good] == [1, 1]
        with pytest.raises(CaseUnknown):
            refused.result(10)
        with pytest.raises(Conflict):
            late.result(10)
        with pytest.raises(psycopg.DataError):
            broken.result(10)
    assert sum(len(positions) for positions in transactions(ledger)) == 3


def test_two_commands_of_a_group_on_one_stream_are_decided_one_after_the_other(
    ledger: Ledger,
) -> None:
    case = opening(1)
    ledger.execute(case, tenant=TENANT, by="staff:anna")
    with ThreadPoolExecutor(2) as pool:
        with held_up(ledger) as let_go_with:
            futures = asked(
                pool,
                ledger,
                RaiseTier(case_id=case.case_id, tier=2),
                RaiseTier(case_id=case.case_id, tier=3),
            )
            let_go_with(2)
        versions = sorted(future.result(10).version for future in futures)
    assert versions[-1] == 3


def test_the_same_command_id_twice_in_a_group_gets_one_answer(ledger: Ledger) -> None:
    command_id = uuid4()
    with ThreadPoolExecutor(2) as pool:
        with held_up(ledger) as let_go_with:
            futures = [
                pool.submit(
                    ledger.execute, opening(1), tenant=TENANT, by="staff:a", command_id=command_id
                )
                for _ in range(2)
            ]
            let_go_with(2)
        first, second = (future.result(10) for future in futures)
    assert first == second
    assert first.facts == 1


def test_a_stream_that_another_process_holds_keeps_nobody_else_waiting(ledger: Ledger) -> None:
    """The control is the lock itself: the command of the held stream ends only after it."""
    slow, quick = opening(1), opening(2)
    with (
        psycopg.connect(with_role(ledger.database.url, "anseo_worker")) as other,
        ThreadPoolExecutor(2) as pool,
    ):
        high = int.from_bytes(slow.case_id.bytes[8:12], signed=True)
        low = int.from_bytes(slow.case_id.bytes[12:], signed=True)
        other.execute("select pg_advisory_xact_lock(%s::int, %s::int)", (high, low))
        with held_up(ledger) as let_go_with:
            waits, goes = asked(pool, ledger, slow, quick)
            let_go_with(2)
        assert goes.result(5).facts == 1
        assert not waits.done()
        other.rollback()
        assert waits.result(10).facts == 1


def test_a_connection_that_dies_in_between_is_replaced(ledger: Ledger) -> None:
    ledger.execute(opening(1), tenant=TENANT, by="staff:anna")
    with ledger.database.owner() as conn:
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'anseo_worker' and datname = current_database()"
        )
    receipts = [ledger.execute(opening(n), tenant=TENANT, by="staff:anna") for n in (2, 3)]
    assert [receipt.facts for receipt in receipts] == [1, 1]


def test_tenants_in_one_group_stay_apart(ledger: Ledger) -> None:
    other = TenantId(derived_id("tenant", "other"))
    with ThreadPoolExecutor(2) as pool:
        with held_up(ledger) as let_go_with:
            mine = pool.submit(ledger.execute, opening(1), tenant=TENANT, by="staff:a")
            theirs = pool.submit(ledger.execute, opening(2), tenant=other, by="staff:b")
            let_go_with(2)
        found = {mine.result(10).stream: TENANT, theirs.result(10).stream: other}
    with ledger.database.worker() as conn:
        rows = conn.execute("select originator_id, tenant from ledger").fetchall()
    assert {stream: tenant for stream, tenant in rows if stream in found} == found


def test_whoever_comes_while_nobody_is_busy_leads_on_its_own_thread(database: Database) -> None:
    """An idle store costs no hand-over to another thread."""
    threads: list[int] = []

    def together(_: Connection, items: Sequence[int]) -> list[int]:
        threads.append(threading.get_ident())
        return list(items)

    group = GroupCommit[int, int](database.session, together, lambda item: item)
    assert [group.submit(n) for n in (1, 2)] == [1, 2]
    group.close()
    assert threads == [threading.get_ident()] * 2


def test_what_a_group_could_not_do_is_done_alone_by_its_callers(database: Database) -> None:
    def together(conn: Connection, items: Sequence[int]) -> list[int]:
        conn.execute("BEGIN")
        conn.execute("select 1 / 0")
        return list(items)

    group = GroupCommit[int, int](database.session, together, lambda item: -item)
    assert [group.submit(1), group.submit(2)] == [-1, -2]
    assert group._conn is not None
    assert group._conn.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
    group.close()

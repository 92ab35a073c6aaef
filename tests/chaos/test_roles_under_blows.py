"""The ticking role as real processes: drained, killed, cut off and left without a store."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.support.diary import full_diary
from tests.support.ledgers import ledger_on
from tests.support.rig import QUICK, ROOT, clean_environment, patiently

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(300)]
STEPS: Final = 8_000
PATIENCE: Final = 60.0
DRAIN: Final = 20.0
TAKE_OVER: Final = 10.0
_TAKEN: Final = "select count(*) from ledger where topic = 'playbook_run.step_requested'"
# Each step is one fact and one stored answer, or neither.
_HALF_DONE: Final = (
    "select count(*) from ledger l full join command_answer a on a.tenant = l.tenant"
    " and a.command_id = l.command_id where (l.command_id is null or a.command_id is null)"
)
_TWICE: Final = (
    "select count(*) from (select originator_id from ledger"
    " where topic = 'playbook_run.step_requested' group by 1 having count(*) > 1) as twice"
)
_HOLDER: Final = (
    "select pid from pg_locks where locktype = 'advisory' and granted"
    " and ((classid::bigint << 32) | objid::bigint) = hashtextextended('tick', 7267)"
    " and database = (select oid from pg_database where datname = current_database())"
)


@pytest.fixture
def diary(broken_database: Database) -> Database:
    """Thousands of due steps."""
    with ledger_on(broken_database) as ledger:
        full_diary(broken_database, ledger, STEPS)
    return broken_database


def number(database: Database, query: str) -> int:
    with psycopg.connect(database.url) as conn:
        row = conn.execute(query).fetchone()
    return int(row[0]) if row else 0


@contextmanager
def ticking(database: Database, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `anseo run tick` as a process; whatever a test leaves of it is ended."""
    environment = {
        **clean_environment(),
        **QUICK,
        "ANSEO_HOME": str(folder / "home"),
        "DATABASE_URL": database.url,
    }
    with (folder / "tick.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.commandline.main", "run", "tick"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def begun(database: Database, more_than: int = 0) -> None:
    """Wait until work is in the middle."""
    assert wait_until(lambda: number(database, _TAKEN) > more_than, PATIENCE, 0.005)
    assert number(database, _TAKEN) < STEPS, "too quick for this test: give it more steps"


def all_taken(database: Database) -> None:
    assert wait_until(
        lambda: patiently(lambda: number(database, _TAKEN)) >= STEPS, PATIENCE, 0.05
    ), f"{number(database, _TAKEN)} of {STEPS}"
    assert number(database, _TAKEN) == STEPS
    assert number(database, _TWICE) == number(database, _HALF_DONE) == 0


def test_sigterm_in_the_middle_of_work_ends_in_time_and_leaves_nothing_half_done(
    diary: Database, tmp_path: Path, report: Report
) -> None:
    with ticking(diary, tmp_path) as process:
        begun(diary)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(DRAIN) == 0
        seconds = time.monotonic() - began
    taken = number(diary, _TAKEN)
    assert 0 < taken < STEPS
    assert number(diary, _HALF_DONE) == 0
    with ticking(diary, tmp_path):
        all_taken(diary)
    report.add("SIGTERM in the middle", seconds=round(seconds, 2), taken_before=taken)


def test_who_stands_by_takes_over_when_the_active_one_is_killed(
    diary: Database, tmp_path: Path, report: Report
) -> None:
    with ticking(diary, tmp_path) as first:
        begun(diary)
        first.send_signal(signal.SIGSTOP)  # it keeps its lock while the other one starts
        with ticking(diary, tmp_path) as second:
            log = tmp_path / "tick.log"
            assert second.poll() is None, log.read_text()
            assert wait_until(lambda: sessions(diary) >= 2, PATIENCE, 0.05)
            before = number(diary, _TAKEN)
            began = time.monotonic()
            first.send_signal(signal.SIGKILL)
            assert wait_until(lambda: number(diary, _TAKEN) > before, PATIENCE, 0.02)
            seconds = time.monotonic() - began
            all_taken(diary)
    report.add("stand-by takes over", seconds=round(seconds, 2))
    assert seconds < TAKE_OVER


def sessions(database: Database) -> int:
    """Count the processes that are up: each listens for hints."""
    return number(
        database,
        "select count(*) from pg_stat_activity where query ilike 'listen %'"
        " and datname = current_database()",
    )


def test_a_role_goes_on_by_itself_when_the_store_was_stopped_at_once(
    diary: Database, breakable: EmbeddedPostgres, tmp_path: Path, report: Report
) -> None:
    with ticking(diary, tmp_path) as process:
        begun(diary)
        breakable.stop("immediate")
        breakable.ensure()
        began = time.monotonic()
        before = patiently(lambda: number(diary, _TAKEN))
        assert wait_until(lambda: number(diary, _TAKEN) > before, PATIENCE, 0.02)
        seconds = time.monotonic() - began
        all_taken(diary)
        assert process.poll() is None
    report.add("PostgreSQL stopped at once", seconds=round(seconds, 2), taken_before=before)
    assert seconds < TAKE_OVER


def test_a_lock_that_is_lost_with_a_batch_in_hand_doubles_nothing(
    diary: Database, tmp_path: Path, report: Report
) -> None:
    """The sessions that hold the lock are ended again and again; two processes work at once."""
    cut = 0
    with ticking(diary, tmp_path) as first, ticking(diary, tmp_path) as second:
        begun(diary)
        with psycopg.connect(diary.url, autocommit=True) as conn:
            while number(diary, _TAKEN) < STEPS:
                held = conn.execute(_HOLDER).fetchall()
                for (pid,) in held:
                    conn.execute("select pg_terminate_backend(%s)", (pid,))
                    cut += 1
                wait_until(lambda: number(diary, _TAKEN) >= STEPS, 0.2)
        all_taken(diary)
        assert first.poll() is None
        assert second.poll() is None
    report.add("lock lost with a batch in hand", cut=cut)
    assert cut > 0


def test_the_control_an_empty_answer_is_noticed(diary: Database, tmp_path: Path) -> None:
    """The look that says "nothing half done" finds a fact whose answer is missing."""
    with ticking(diary, tmp_path):
        begun(diary)
    with psycopg.connect(diary.url) as conn:
        conn.execute(
            "delete from command_answer where command_id in (select command_id from ledger"
            " where topic = 'playbook_run.step_requested' limit 1)"
        )
    assert number(diary, _HALF_DONE) == 1

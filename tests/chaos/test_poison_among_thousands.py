"""R8: one fact among ten thousand that nobody can read; every follower goes on within seconds."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
import pytest

from infrastructure.runtime import health
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.support.diary import run_of, say, starts
from tests.support.ledgers import ledger_on
from tests.support.rig import QUICK, ROOT, clean_environment

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(300)]
RUNS: Final = 4_000  # two facts each, and a case for two of them: ten thousand facts
MOST_SECONDS: Final = 5.0
PATIENCE: Final = 120.0


@contextmanager
def followers(database: Database, folder: Path) -> Iterator[None]:
    """Run all read models and all process managers as a process."""
    environment = {
        **clean_environment(),
        **QUICK,
        "ANSEO_HOME": str(folder / "home"),
        "DATABASE_URL": database.url,
    }
    with (folder / "followers.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "api.commandline.main", "run", "project", "react"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        yield
    finally:
        process.kill()
        process.wait()


def look(database: Database) -> health.Standing:
    with database.worker() as conn:
        return health.look(conn)


def behind(database: Database) -> list[str]:
    return [one.name for one in look(database).followers if one.own and one.lag]


def test_one_poisoned_fact_in_ten_thousand_holds_nobody_up(
    broken_database: Database, tmp_path: Path, report: Report
) -> None:
    database = broken_database
    with ledger_on(database) as ledger:
        say(ledger, starts(0, RUNS))
        with psycopg.connect(database.url) as conn:
            conn.execute(
                "update ledger set topic = 'playbook_run.of_tomorrow' where originator_id = %s"
                " and originator_version = 2",
                (run_of(RUNS // 2),),
            )
        with followers(database, tmp_path):
            assert wait_until(lambda: not behind(database), PATIENCE, 0.1), behind(database)
            slowest = 0.0
            for number in range(RUNS, RUNS + 40, 2):
                say(ledger, starts(number, number + 2))
                began = time.monotonic()
                assert wait_until(lambda: not behind(database), MOST_SECONDS, 0.01)
                slowest = max(slowest, time.monotonic() - began)
    parked = look(database).parked
    assert parked == dict.fromkeys(health.OWN, 1)  # the alarm: `/readyz`, `/metrics`, `followers`
    report.add("one poisoned fact among 10,000", facts=RUNS * 5 // 2, slowest=round(slowest, 2))

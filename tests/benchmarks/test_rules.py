"""Rules over a whole district beside one bare window query over its day rows.

50,000 pupils, 190 school days, two sessions a day. Ours reads stored register lines and asks every
stage of the default Irish and English ladders; the floor only adds up one number a pupil and day.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infrastructure.register import pages
from infrastructure.store.database import Database
from tests.support import postgres
from tests.support.made_up_register import made_up_school, school_id
from tests.support.measuring import in_turn, report
from tests.support.rules_ways import DAYS, TENANT, YEAR

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
ROOT = Path(__file__).parents[2]
PUPILS = int(os.environ.get("ANSEO_BENCH_PUPILS", "50000"))
OF_ONE_SCHOOL = 500
SEED = 20
FLOOR = "select student, day, sum(a) over (partition by student order by day) from day_row"
TWENTY_DAYS = (
    "select count(*) from (select student from day_row where day < %s group by student"
    " having sum(a) >= 40) reached"
)
Go = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def district(postgres_url: str, template: str) -> Iterator[Database]:
    """Stored lines of a district, and the same marks as one row a pupil and day."""
    with postgres.throw_away(postgres_url, template) as database:
        random = np.random.default_rng(SEED)
        with database.tenant(TENANT) as conn:
            for school in range(-(-PUPILS // OF_ONE_SCHOOL)):
                pupils = min(OF_ONE_SCHOOL, PUPILS - school * OF_ONE_SCHOOL)
                sheet = made_up_school(random, school, school * OF_ONE_SCHOOL, pupils)
                pages.write(conn, TENANT, school_id(school), YEAR, sheet, 1)
        with database.owner() as conn:
            _day_rows(conn)
        yield database


def _day_rows(conn: Any) -> None:
    conn.execute("set statement_timeout = 0; set row_security = off; set work_mem = '512MB'")
    conn.execute(
        "create unlogged table day_row as select l.n::int student, d.day, d.n::smallint n,"
        " ((get_byte(l.marks, 2 * d.n::int - 2) > 1)::int"
        " + (get_byte(l.marks, 2 * d.n::int - 1) > 1)::int)::smallint a"
        " from (select row_number() over (order by student) n, marks from register_line) l"
        " cross join unnest(%s::date[]) with ordinality d (day, n) order by l.n, d.n",
        (DAYS,),
    )
    conn.execute("create unique index on day_row (student, day)")
    conn.commit()
    conn.autocommit = True
    conn.execute("vacuum analyze day_row")
    conn.execute("vacuum analyze register_line")


@pytest.fixture
def go(district: Database) -> Go:
    def gone(way: str) -> dict[str, Any]:
        told = subprocess.run(
            [sys.executable, "-m", "tests.support.rules_ways", way, district.url],
            cwd=ROOT,
            check=True,
            capture_output=True,
            timeout=600,
        )
        answer: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
        return answer

    return gone


def window_query(district: Database) -> float:
    """Seconds of one bare window query, its answer kept in a passing table."""
    with district.owner() as conn:
        conn.execute("set statement_timeout = 0; set work_mem = '512MB'")
        conn.execute("set max_parallel_workers_per_gather = 2")
        began = time.perf_counter()
        conn.execute(f"create temp table running as {FLOOR}")
        seconds = time.perf_counter() - began
        conn.rollback()
    return seconds


def twenty_days(district: Database, before: date = DAYS[-1]) -> int:
    """Pupils with twenty days of absence before a day, counted by SQL."""
    with district.owner() as conn:
        row = conn.execute(TWENTY_DAYS, (before,)).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.figure("rules-day")
@pytest.mark.timeout(900)
def test_all_stages_of_two_ladders_for_one_day(district: Database, go: Go) -> None:
    told: list[dict[str, Any]] = []

    def ours() -> float:
        told.append(go("day"))
        return float(told[-1]["seconds"])

    pairs = in_turn(ours, lambda: window_query(district))
    assert told[-1]["found"]["ie-default-1:STATUTORY_20_DAY"] == twenty_days(district)
    assert report("rules-day", pairs, "s", PUPILS, SEED).ratio > 0


@pytest.mark.figure("rules-year")
@pytest.mark.timeout(900)
def test_all_stages_of_two_ladders_for_every_day_of_a_year(district: Database, go: Go) -> None:
    told: list[dict[str, Any]] = []

    def ours() -> float:
        told.append(go("year"))
        return float(told[-1]["seconds"])

    pairs = in_turn(ours, lambda: window_query(district))
    # Approved on the next school day: whoever reached it on the last day but one has not entered.
    entered = told[-1]["found"]["ie-default-1:STATUTORY_20_DAY"]
    assert entered == twenty_days(district, DAYS[-2])
    assert report("rules-year", pairs, "s", PUPILS, SEED).ratio > 0
    memory = [(float(one["most_mb"]), 1024.0) for one in told]
    assert report("rules-year-memory", memory, "MB", PUPILS, SEED).ratio > 0

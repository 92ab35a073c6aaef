"""A page of the run monitor by any filter, beside a bare query of the same rows by their keys."""

import os
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations
from random import Random
from typing import Any, Final

import pytest

from infrastructure.store.database import Connection, Database
from infrastructure.store.reads import filled
from projections.kit import Query
from projections.run_monitor import RUN_MONITOR
from projections.run_pages import page
from tests.support import postgres
from tests.support.examples import TENANT, TRIGGERED_AT
from tests.support.lagging import percentile
from tests.support.many_runs import SCHOOLS, fill
from tests.support.measuring import report

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark, pytest.mark.timeout(1800)]
SIZE: Final = int(os.environ.get("ANSEO_BENCH_SIZE", "1000000"))
SEED: Final = 1
PAGES: Final = 40
ROUNDS: Final = 7
FEW: Final = 5
STATUSES: Final = ("ACTIVE", "STOPPED", "PAUSED", "COMPLETED", "ESCALATED")
"""Of the runs whose values are asked for: most are over, one in a hundred is paused."""
BARE: Final = Query(
    "run_monitor",
    "select doc, triggered_at, key from {run_monitor} where tenant = %(tenant)s"
    " and key = any(%(keys)s) limit 1000",
)
COLUMNS: Final = {
    "status": "status",
    "student": "student_id",
    "guardian": "guardian_id",
    "playbook": "playbook_id",
    "stage": "stage",
    "step": "current_step_id",
    "triggered_from": "triggered_at",
    "triggered_to": "triggered_at + interval '30 days'",
}
# Each filter by itself and each two of them: of all schools, of one, and of a few.
WAYS: Final = [
    (asked, schools)
    for n in (0, 1, 2)
    for asked in combinations(COLUMNS, n)
    for schools in (0, 1, FEW)
]
Pages = list[tuple[Query, dict[str, Any], dict[str, Any]]]


@pytest.fixture(scope="module")
def monitor(postgres_url: str, template: str) -> Iterator[Database]:
    """A monitor of so many runs, each of which came through the fold."""
    with postgres.throw_away(postgres_url, template) as database:
        began = time.perf_counter()
        found = fill(database, SIZE, SEED)
        assert found.rows == SIZE
        took = time.perf_counter() - began
        sys.stdout.write(f"{found.facts} facts of {SIZE} runs folded in {took:.0f} s\n")
        yield database


def pages_of(conn: Connection, way: tuple[str, ...], schools: int, random: Random) -> Pages:
    """Return pages as they are asked for, with values of runs that there are.

    Of each status in turn, the first page and one further on.
    """
    columns = ", ".join(f"m.{name}" for name in COLUMNS.values())
    found: Pages = []
    for number in range(PAGES):
        place = TRIGGERED_AT + timedelta(seconds=int(17 * SIZE * random.random()))
        row = conn.execute(
            f"select {columns}, m.school_id from {RUN_MONITOR.table} m where m.tenant = %s"
            " and m.status = %s and m.triggered_at >= %s order by m.triggered_at limit 1",
            (TENANT, STATUSES[number // 2 % len(STATUSES)], place),
        ).fetchone()
        if row is None:
            continue
        asked = {name: value for name, value in zip(COLUMNS, row, strict=False) if name in way}
        behind = number % 2 > 0 and "triggered_from" not in way
        beside = random.sample(SCHOOLS, schools - 1) if schools else []
        mine = [row[-1], *beside] if schools else None
        query = page(asked, mine, behind=behind, limit=51)
        more = {"after_at": place, "after_key": "", "school": mine}
        values = {**asked, **more, "tenant": TENANT, "limit": 51}
        keys = [key for _, _, key in conn.execute(filled(query), values).fetchall()]
        found.append((query, values, {"tenant": TENANT, "keys": keys}))
    return found


def timed(conn: Connection, query: Query, values: dict[str, Any]) -> float:
    """Return how many milliseconds a query takes, rows read."""
    text = filled(query)
    began = time.perf_counter()
    conn.execute(text, values).fetchall()
    return 1000 * (time.perf_counter() - began)


def p95(conn: Connection, pages: Pages) -> tuple[float, float]:
    """Return the p95 of both sides, asked in turn."""
    ours, bare = [], []
    for query, values, keys in pages:
        ours.append(timed(conn, query, values))
        bare.append(timed(conn, BARE, keys))
    return percentile(ours, 0.95), percentile(bare, 0.95)


@pytest.mark.figure("monitor-page")
def test_a_page_by_any_filter_beside_its_rows_by_their_keys(monitor: Database) -> None:
    """The figure is that of the filter whose page costs most beside its bare rows."""
    random, measured = Random(SEED), []
    with monitor.tenant(TENANT) as conn:
        conn.execute("set local transaction_timeout = 0")
        for way, schools in WAYS:
            pages = pages_of(conn, way, schools, random)
            pairs = [p95(conn, pages) for _ in range(ROUNDS)]
            ratio = sorted(mine / other for mine, other in pairs)[ROUNDS // 2]
            name = ", ".join((*way, *([f"{schools} schools"] if schools else []))) or "nothing"
            measured.append((ratio, name, pairs))
    for ratio, name, pairs in sorted(measured)[-12:]:
        mine, other = sorted(pairs)[ROUNDS // 2]
        sys.stdout.write(f"{ratio:.2f}  {name}: {mine:.2f} / {other:.2f} ms\n")
    assert report("monitor-page", max(measured)[2], "ms", SIZE, SEED).value > 0

"""Verifying beside a bare read of the same rows, and sealing beside storing them."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infrastructure.seal import store
from infrastructure.store.database import Database
from tests.support.measuring import in_turn, report
from tests.support.sealing import Sealed

pytestmark = [pytest.mark.postgres, pytest.mark.benchmark]
FACTS = 300_000
TENANTS = 20
# Facts as the demo's are: a few hundred bytes of JSON, every other one with a cause.
MADE = (
    "insert into ledger (originator_id, originator_version, topic, state, tenant, event_version,"
    " occurred_at, recorded_at, actor, command_id, cause, correlation)"
    " select gen_random_uuid(), 1, 'playbook_run.step_sent', convert_to(format("
    '\'{"run_id":"%%s","step_id":"%%s","message_id":"%%s","at":"2025-10-01T09:00:00Z"}\','
    " gen_random_uuid(), gen_random_uuid(), gen_random_uuid()), 'UTF8'),"
    " md5((i %% %s)::text)::uuid,"
    " 1, now(), clock_timestamp(), 'process:step_settler', gen_random_uuid(),"
    " case when i %% 2 = 0 then gen_random_uuid() end, gen_random_uuid()"
    " from generate_series(1, %s) i"
)


@pytest.fixture
def sealed(database: Database, tmp_path: Path) -> Iterator[Sealed]:
    with closing(Sealed(database, tmp_path)) as sealed:
        yield sealed


def make(sealed: Sealed) -> float:
    """Store the facts in one statement; return how many a second."""
    began = time.perf_counter()
    with sealed.database.worker() as conn:
        conn.execute(MADE, (TENANTS, FACTS))
    return FACTS / (time.perf_counter() - began)


def seal(sealed: Sealed) -> float:
    """Seal all that is new; return how many facts a second."""
    began, done = time.perf_counter(), 0
    while batch := sealed.sealer.step():
        done += batch
    return done / (time.perf_counter() - began)


def verify(sealed: Sealed) -> float:
    began = time.perf_counter()
    told = sealed.report()
    seconds = time.perf_counter() - began
    assert told.ok
    return told.facts / seconds


def read(sealed: Sealed) -> float:
    """Let the server scan the same rows in the same order, and take them."""
    began = time.perf_counter()
    with sealed.database.worker() as conn:
        count = sum(1 for _ in store.rows(conn, None, 1 << 40))
    return count / (time.perf_counter() - began)


@pytest.mark.figure("seal")
def test_verifying_beside_a_bare_read(sealed: Sealed) -> None:
    make(sealed)
    seal(sealed)
    pairs = in_turn(lambda: verify(sealed), lambda: read(sealed))
    assert report("seal", pairs, "facts/s", FACTS).value > 0


@pytest.mark.figure("seal-write")
def test_sealing_beside_storing(sealed: Sealed) -> None:
    """Storing is the fastest there is, one statement for all; a follower must keep up with less."""
    pairs = []
    for _ in range(3):
        stored = make(sealed)
        pairs.append((seal(sealed), stored))
    assert report("seal-write", pairs, "facts/s", FACTS).value > 0
    assert sealed.report().ok

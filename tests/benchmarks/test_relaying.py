"""The relay beside kafka-python without crc32c, beside librdkafka, and its memory.

Each way runs in a process of its own, publishes to topics of its own, and what it published is
counted by the broker's own offsets afterwards.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from infrastructure.relay.reference_consumer import count_published
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from tests.support import broker
from tests.support.measuring import in_turn, report
from tests.support.relaying import position, store_many

pytestmark = [pytest.mark.postgres, pytest.mark.kafka, pytest.mark.benchmark]
ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "tests.support.relay_ways")
FACTS = 40_000
MANY = 100_000
MILLION = 1_000_000
Go = Callable[[str], dict[str, Any]]


@pytest.fixture
def recorder(database: Database) -> Iterator[LedgerRecorder]:
    recorder = LedgerRecorder(database.url)
    yield recorder
    recorder.datastore.close()


@pytest.fixture
def go(database: Database, recorder: LedgerRecorder) -> Iterator[Go]:
    """Go a way from the first fact to the last one, over a broker of this test's own."""
    with broker.own_broker() as own:
        bootstrap = broker.address(own)

        def gone(way: str) -> dict[str, Any]:
            with database.owner() as conn:
                conn.execute("delete from follower_position")
                conn.execute("delete from relay_state")
                row = conn.execute("select count(*), max(notification_id) from ledger").fetchone()
            assert row is not None
            prefix = broker.fresh_prefix()
            told = subprocess.run(
                [*COMMAND, way, database.url, bootstrap, prefix],
                cwd=ROOT,
                check=True,
                capture_output=True,
                timeout=1_200,
            )
            assert count_published(bootstrap, prefix) == row[0]
            assert way == "ready" or position(database, recorder) == row[1]
            answer: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
            return answer | {"rate": row[0] / answer["seconds"]}

        yield gone


@pytest.mark.figure("relay")
@pytest.mark.timeout(900)
def test_the_relay_beside_the_plain_client(
    database: Database, recorder: LedgerRecorder, go: Go
) -> None:
    store_many(database, recorder, FACTS)
    pairs = in_turn(lambda: go("relay")["rate"], lambda: go("plain")["rate"])
    assert report("relay", pairs, "facts/s", FACTS).value > 0


@pytest.mark.figure("relay-librdkafka")
@pytest.mark.timeout(900)
def test_the_relay_beside_librdkafka(database: Database, recorder: LedgerRecorder, go: Go) -> None:
    store_many(database, recorder, MANY)
    pairs = in_turn(lambda: go("relay")["rate"], lambda: go("librdkafka")["rate"])
    assert report("relay-librdkafka", pairs, "facts/s", MANY).value > 0


@pytest.mark.figure("relay-ready")
@pytest.mark.timeout(900)
def test_the_relay_beside_librdkafka_with_records_made_before(
    database: Database, recorder: LedgerRecorder, go: Go
) -> None:
    """No floor of a goal: it tells how far from what the broker itself could take we are."""
    store_many(database, recorder, MANY)
    pairs = in_turn(lambda: go("relay")["rate"], lambda: go("ready")["rate"])
    assert report("relay-ready", pairs, "facts/s", MANY).value > 0


@pytest.mark.figure("relay-memory")
@pytest.mark.timeout(1_800)
def test_the_memory_of_a_relay_that_is_a_million_facts_behind(
    database: Database, recorder: LedgerRecorder, go: Go
) -> None:
    """The floor is the same relay with a tenth of the facts: memory must not grow with them."""
    store_many(database, recorder, MILLION // 10)
    few = go("relay")
    with database.owner() as conn:
        conn.execute("truncate ledger")
    store_many(database, recorder, MILLION)
    many = go("relay")
    pair = (many["megabytes"], few["megabytes"])
    assert report("relay-memory", [pair], "MB", MILLION).value <= 500
    sys.stdout.write(f"{few['rate']:.0f} facts/s at a tenth, {many['rate']:.0f} at a million\n")

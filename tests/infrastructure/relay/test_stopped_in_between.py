import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from infrastructure.relay.outbound import Relay
from infrastructure.relay.reference_consumer import ReferenceConsumer
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from tests.support.relaying import on_topics, position, publish_all, store, told, walks

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
Make = Callable[..., Relay]
ROOT = Path(__file__).parents[3]
PROGRAM = """
import sys
from infrastructure.relay.outbound import Relay
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
database = Database(sys.argv[1])
relay = Relay(database, LedgerRecorder(database.url), sys.argv[2], sys.argv[3], batch=40)
while relay.step():
    pass
"""


def run_until_stopped(database: Database, bootstrap: str, prefix: str, place: str) -> int:
    """Run a relay in a process of its own that ends at a named place, as kill -9 would end it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, database.url, bootstrap, prefix],
        cwd=ROOT,
        env={"ANSEO_CRASH_AT": place, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
    )
    return done.returncode


@pytest.mark.parametrize(
    ("place", "repeated"),
    [("relay.after_publish", 40), ("relay.after_position", 0), ("relay.after_publish:3", 40)],
)
def test_a_relay_killed_in_between_repeats_at_most_a_batch_and_loses_nothing(
    place: str,
    repeated: int,
    make_relay: Make,
    bootstrap: str,
    prefix: str,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    positions = store(database, recorder, walks(range(50)))
    assert run_until_stopped(database, bootstrap, prefix, place) == 137
    assert (position(database, recorder) or 0) < positions[-1]

    publish_all(make_relay(bootstrap))
    seen = Counter(int(told(record, "ce_sequence")) for record in on_topics(bootstrap, prefix))
    assert sorted(seen) == positions
    assert sum(seen.values()) - len(seen) == repeated

    with ReferenceConsumer(bootstrap, prefix) as consumer:
        assert consumer.catch_up() == 200
        assert consumer.repeated == repeated
        assert Counter(fact.position for fact in consumer.facts()) == Counter(positions)

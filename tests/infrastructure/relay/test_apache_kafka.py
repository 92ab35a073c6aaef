"""What only Apache Kafka does: keep its log when it is killed, and refuse what we let through."""

from collections.abc import Callable, Iterator

import pytest

from domain.playbook_run.events import RunStarted, StepScheduled
from infrastructure.relay.broker import Session
from infrastructure.relay.outbound import Relay
from infrastructure.relay.reference_consumer import count_published
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from tests.support.apache_kafka import ApacheKafka, apache_kafka, missing
from tests.support.examples import example
from tests.support.relaying import (
    MovedClock,
    fresh,
    on_topics,
    parked,
    position,
    publish_all,
    store,
    stream,
    told,
    walks,
)

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.kafka,
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket"),
]
Make = Callable[..., Relay]


@pytest.fixture(scope="module")
def apache() -> Iterator[ApacheKafka]:
    if why := missing():
        pytest.skip(why)
    with apache_kafka() as node:
        yield node


def limited(bootstrap: str, topic: str, most: int) -> None:
    """Make a topic whose batches may have so many bytes at most."""
    session = Session(bootstrap)
    session._admin.create_topics(
        {
            topic: {
                "num_partitions": 3,
                "replication_factor": 1,
                "configs": {"max.message.bytes": str(most)},
            }
        }
    )
    session.close()


def test_a_topic_that_takes_small_batches_only_gets_them_small(
    make_relay: Make,
    apache: ApacheKafka,
    prefix: str,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    limited(apache.bootstrap, f"{prefix}.playbook_run", 10_000)
    positions = store(database, recorder, walks(range(100)))
    publish_all(make_relay(apache.bootstrap, patience_seconds=10.0))
    records = on_topics(apache.bootstrap, prefix)
    assert sorted(int(told(record, "ce_sequence")) for record in records) == positions
    assert parked(database) == []


def test_what_the_broker_alone_finds_too_large_is_parked_and_its_neighbours_go_on(
    make_relay: Make,
    apache: ApacheKafka,
    prefix: str,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    """The client gives up everything that was on its way, and says the same of it all."""
    limited(apache.bootstrap, f"{prefix}.playbook_run", 1_400)
    large = fresh(500, 1, example(RunStarted))
    others = [fresh(n, v, example(StepScheduled)) for v in (1, 2) for n in range(20)]
    behind = fresh(500, 2, example(StepScheduled))
    positions = store(database, recorder, [*others[:10], large, *others[10:], behind])

    publish_all(make_relay(apache.bootstrap, patience_seconds=10.0))
    assert position(database, recorder) == positions[-1]
    assert [row[:2] for row in parked(database)] == [
        (stream(500), positions[10]),
        (stream(500), positions[-1]),
    ]
    seen = [int(told(record, "ce_sequence")) for record in on_topics(apache.bootstrap, prefix)]
    assert set(seen) == set(positions) - {positions[10], positions[-1]}


def test_a_node_that_was_killed_has_forgotten_nothing_and_nothing_is_published_again(
    make_relay: Make,
    apache: ApacheKafka,
    prefix: str,
    clock: MovedClock,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    store(database, recorder, walks(range(50)))
    relay = make_relay(apache.bootstrap, patience_seconds=5.0)
    publish_all(relay)
    apache.kill()
    store(database, recorder, walks(range(50, 60)))
    assert relay.step() == 0
    assert relay.health().state == "waiting"

    apache.start()
    clock.pass_by(6)
    assert publish_all(relay) == 40
    assert relay.health().state == "active"
    assert count_published(apache.bootstrap, prefix) == 240

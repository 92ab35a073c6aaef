"""The stand-in broker, and what kafka-python may and may not expect from it."""

import importlib.util
import os
import signal
import socket
import time
import uuid
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from infrastructure.embedded.broker import EmbeddedBroker
from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.files import read_state
from infrastructure.embedded.processes import wait_until
from tests.infrastructure.embedded.conftest import Start

pytestmark = pytest.mark.kafka

ENSURE = """
import sys
from pathlib import Path
from infrastructure.embedded.broker import EmbeddedBroker
print(EmbeddedBroker(Path(sys.argv[1])).ensure())
"""


@pytest.fixture
def bootstrap(shared_broker: EmbeddedBroker) -> str:
    address = shared_broker.ensure()
    assert address is not None
    return address


@pytest.fixture
def topic(bootstrap: str) -> TopicPartition:
    """A topic of one partition that this test alone uses."""
    name = f"t{uuid.uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(name, 1, 1)])
    admin.close()
    return TopicPartition(name, 0)


def produce(bootstrap: str, topic: TopicPartition, numbers: range, **options: object) -> list[int]:
    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=50, **options)
    sent = [producer.send(topic.topic, key=b"k", value=b"%d" % n) for n in numbers]
    producer.flush()
    offsets = [future.get(timeout=10).offset for future in sent]
    producer.close()
    return offsets


def read_to_the_end(bootstrap: str, topic: TopicPartition, since: int) -> list[bytes]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    consumer.assign([topic])
    consumer.seek(topic, since)
    read: list[bytes] = []
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for records in consumer.poll(timeout_ms=500).values():
            read += [record.value for record in records]
        if consumer.position(topic) == consumer.highwater(topic):
            break
    consumer.close()
    return read


def end_offset(bootstrap: str, topic: TopicPartition) -> int:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    end = consumer.end_offsets([topic])[topic]
    consumer.close()
    return int(end)


def cluster_id_seen_by_clients(bootstrap: str) -> str:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    seen = admin.describe_cluster()["cluster_id"]
    admin.close()
    return str(seen)


@pytest.mark.parametrize(
    "options",
    [{"acks": "all"}, {"enable_idempotence": True}, {"compression_type": "gzip"}],
    ids=["acks all", "idempotent", "gzip"],
)
def test_records_come_back_in_order_without_gaps(
    bootstrap: str, topic: TopicPartition, options: dict[str, object]
) -> None:
    offsets = produce(bootstrap, topic, range(100), **options)
    offsets += produce(bootstrap, topic, range(100, 200), **options)
    assert offsets == list(range(200))
    assert read_to_the_end(bootstrap, topic, 0) == [b"%d" % n for n in range(200)]


def test_the_true_end_of_a_topic_is_found_by_reading_on(
    bootstrap: str, topic: TopicPartition
) -> None:
    """The broker gives the last batch's first offset plus one, which is too low."""
    produce(bootstrap, topic, range(100))
    end = end_offset(bootstrap, topic)
    assert 0 < end <= 100
    assert read_to_the_end(bootstrap, topic, end) == [b"%d" % n for n in range(end, 100)]


def test_the_end_is_right_when_each_record_was_sent_alone(
    bootstrap: str, topic: TopicPartition
) -> None:
    for n in range(3):
        produce(bootstrap, topic, range(n, n + 1))
    assert end_offset(bootstrap, topic) == 3


def test_a_transaction_is_readable_after_its_commit(bootstrap: str, topic: TopicPartition) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, transactional_id=topic.topic)
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(topic.topic, b"all or nothing")
    producer.commit_transaction()
    producer.close()
    assert read_to_the_end(bootstrap, topic, 0) == [b"all or nothing"]


def test_a_topic_is_made_once_with_the_wanted_partitions(bootstrap: str) -> None:
    name = f"t{uuid.uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    admin.create_topics([NewTopic(name, 3, 1, topic_configs={"cleanup.policy": "compact"})])
    assert len(admin.describe_topics([name])[0]["partitions"]) == 3
    with pytest.raises(TopicAlreadyExistsError):
        admin.create_topics([NewTopic(name, 3, 1)])
    admin.close()


def test_topics_make_themselves_with_four_partitions_so_create_them_first(bootstrap: str) -> None:
    name, unseen = f"t{uuid.uuid4().hex}", f"t{uuid.uuid4().hex}"
    produce(bootstrap, TopicPartition(name, 0), range(1))
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    assert len(admin.describe_topics([name])[0]["partitions"]) == 4
    assert admin.describe_topics([unseen])[0]["error_code"] == 3
    assert unseen not in admin.list_topics()
    admin.close()


def test_a_second_process_uses_the_broker_that_runs(
    shared_broker: EmbeddedBroker, bootstrap: str, start: Start
) -> None:
    before = shared_broker.cluster_id()
    said, _ = start(ENSURE, str(shared_broker.home)).communicate()
    assert said.strip() == bootstrap
    assert shared_broker.cluster_id() == before


def test_each_life_of_the_broker_has_its_own_cluster_id(shared_broker: EmbeddedBroker) -> None:
    first = shared_broker.ensure()
    assert first is not None
    before = shared_broker.cluster_id()
    assert cluster_id_seen_by_clients(first) == before

    shared_broker.stop()
    assert not shared_broker.running()
    assert shared_broker.cluster_id() is None

    assert shared_broker.ensure() == first
    assert shared_broker.cluster_id() not in (None, before)
    assert cluster_id_seen_by_clients(first) == shared_broker.cluster_id()


def test_a_killed_broker_is_started_again(shared_broker: EmbeddedBroker) -> None:
    shared_broker.ensure()
    before = shared_broker.cluster_id()
    os.kill(int(read_state(shared_broker.home / "broker.json")["pid"]), signal.SIGKILL)
    assert wait_until(lambda: not shared_broker.running(), seconds=10)
    shared_broker.ensure()
    assert shared_broker.running()
    assert shared_broker.cluster_id() != before


def test_a_port_taken_in_the_meantime_is_abandoned(shared_broker: EmbeddedBroker) -> None:
    first = shared_broker.ensure()
    assert first is not None
    shared_broker.stop()
    with socket.create_server(("127.0.0.1", int(first.rpartition(":")[2]))):
        other = shared_broker.ensure()
        assert other not in (None, first)
        assert cluster_id_seen_by_clients(str(other)) == shared_broker.cluster_id()


def test_without_a_program_for_this_system_there_is_no_broker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", "")
    assert EmbeddedBroker(tmp_path / "home").ensure() is None


def test_a_wrong_path_to_the_program_is_not_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", "/nowhere/tansu")
    with pytest.raises(EmbeddedServerError, match="program is not there") as refused:
        EmbeddedBroker(tmp_path / "home").ensure()
    assert refused.value.where == "/nowhere/tansu"

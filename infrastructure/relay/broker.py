"""One session with a Kafka broker, from opening to the first fault.

A session is thrown away after any fault and a new one is opened: the client's own recovery would
hide that another broker answers under the same address, one that has forgotten everything.
"""

import contextlib
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from infrastructure.relay.client import (
    InvalidRecordError,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaError,
    KafkaProducer,
    MessageSizeTooLargeError,
    OffsetSpec,
    RecordListTooLargeError,
    TopicAlreadyExistsError,
    TopicPartition,
)
from infrastructure.relay.wire import WireRecord, partition_of

_REQUEST_MS: Final = 6_000
_OPEN_MS: Final = 3_000
_POLL_MS: Final = 200
_ROUNDS: Final = 50
_REFUSED: Final = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)
_EARLIER: Final = "an earlier fact of this stream is parked"


class BrokerAway(Exception):
    """The broker cannot be reached or did not acknowledge; nothing is lost, try again."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the broker tells it."""

    id: str
    partitions: int


@dataclass(slots=True)
class Published:
    """What became of a batch: where acknowledged records lie, and which were refused and why."""

    offsets: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)

    def add(self, topic: str, partition: int, offset: int) -> None:
        """Remember the first and last offset in a partition; -1 is a repeat already stored."""
        if offset >= 0:
            first, last = self.offsets.get((topic, partition), (offset, offset))
            self.offsets[topic, partition] = (min(first, offset), max(last, offset))


@contextlib.contextmanager
def _border() -> Iterator[None]:
    try:
        yield
    except (KafkaError, OSError) as error:
        raise BrokerAway(f"{type(error).__name__}: {error}"[:300]) from error


def _knock(bootstrap: str) -> None:
    # The client leaves a thread behind each time it cannot open; a relay whose broker is away for
    # a day would fill the process with them.
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=2):
            return
    raise BrokerAway(f"no broker answers at {bootstrap}")


class Session:
    """A producer and an administrator of one broker.

    `patience` is how many seconds a batch may wait for its acknowledgements. Only when it is over
    does the client give up, and may be closed without a thread of it publishing on.
    """

    def __init__(
        self, bootstrap: str, *, max_record_bytes: int = 1_000_000, patience: float = 10.0
    ) -> None:
        """Connect.

        Raises:
            BrokerAway: nobody answers.
        """
        _knock(bootstrap)
        self._patience = patience
        with _border():
            self._producer = KafkaProducer(
                bootstrap_servers=bootstrap,
                client_id="anseo-relay",
                acks="all",
                enable_idempotence=True,
                linger_ms=10,
                batch_size=262_144,
                max_request_size=max_record_bytes,
                request_timeout_ms=int(patience * 600),
                delivery_timeout_ms=int(patience * 1000),
                max_block_ms=int(patience * 600),
                bootstrap_timeout_ms=_OPEN_MS,
                allow_auto_create_topics=False,
            )
        try:
            self._admin = _admin(bootstrap)
        except BrokerAway:
            self._producer.close(timeout=1)
            raise

    def close(self) -> None:
        """End the session; what was not acknowledged is published again by the next one."""
        with contextlib.suppress(KafkaError, OSError):
            self._producer.close(timeout=self._patience)
        with contextlib.suppress(KafkaError, OSError):
            self._admin.close()

    def cluster_id(self) -> str:
        """Return the broker's identity."""
        with _border():
            return str(self._admin.describe_cluster()["cluster_id"])

    def topics(self, names: Sequence[str]) -> dict[str, Topic]:
        """Return those of the topics that exist."""
        with _border():
            return _topics(self._admin, names)

    def create(self, names: Sequence[str], partitions: int) -> None:
        """Create topics; one that somebody else created meanwhile is as good."""
        with _border():
            for name in names:
                with contextlib.suppress(TopicAlreadyExistsError):
                    self._admin.create_topics(
                        {name: {"num_partitions": partitions, "replication_factor": -1}},
                        wait_for_metadata=True,
                    )

    def publish(self, records: Sequence[WireRecord], partitions: Mapping[str, int]) -> Published:
        """Send records and wait until every one is acknowledged or refused.

        A record behind a refused one of the same stream is refused too, unsent.

        Raises:
            BrokerAway: at least one was neither; all of them may be sent again.
        """
        published = Published()
        sent: list[tuple[int, WireRecord, Any]] = []
        stuck: set[bytes] = set()
        with _border():
            for index, record in enumerate(records):
                if record.key in stuck:
                    published.refused[index] = _EARLIER
                    continue
                try:
                    sent.append((index, record, self._send(record, partitions[record.topic])))
                except _REFUSED as error:
                    published.refused[index] = type(error).__name__
                    stuck.add(record.key)
            self._producer.flush(timeout=self._patience * 2)
            for index, record, future in sent:
                self._settle(published, index, record, future)
        return published

    def _send(self, record: WireRecord, partitions: int) -> Any:
        return self._producer.send(
            record.topic,
            value=record.value,
            key=record.key,
            headers=record.headers,
            partition=partition_of(record.key, partitions),
        )

    @staticmethod
    def _settle(published: Published, index: int, record: WireRecord, future: Any) -> None:
        error = future.exception
        if error is None:
            told = future.value
            published.add(record.topic, told.partition, told.offset)
        elif isinstance(error, _REFUSED):
            published.refused[index] = type(error).__name__
        else:
            raise error


def _admin(bootstrap: str) -> KafkaAdminClient:
    with _border():
        return KafkaAdminClient(
            bootstrap_servers=bootstrap,
            client_id="anseo-relay",
            request_timeout_ms=_REQUEST_MS,
            bootstrap_timeout_ms=_OPEN_MS,
        )


def _topics(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, Topic]:
    # Asking for all topics, because asking for one by name makes some brokers create it.
    return {
        told["name"]: Topic(str(told.get("topic_id") or ""), len(told["partitions"]))
        for told in admin.describe_topics(None)
        if told["name"] in names and not told["error_code"]
    }


def topics_at(bootstrap: str, names: Sequence[str]) -> dict[str, Topic]:
    """Return those of the topics that a broker has."""
    _knock(bootstrap)
    admin = _admin(bootstrap)
    try:
        with _border():
            return _topics(admin, names)
    finally:
        admin.close()


def ends_of(bootstrap: str, topics: Mapping[str, int]) -> dict[str, list[int]]:
    """Return the offset behind the last record of every partition.

    ListOffsets alone is not believed: the embedded broker answers it with the first record of the
    last batch. The high-water mark that comes with that very batch is right on every broker.

    Raises:
        BrokerAway: a partition did not tell.
    """
    _knock(bootstrap)
    places = [TopicPartition(name, n) for name, count in topics.items() for n in range(count)]
    ends = {name: [0] * count for name, count in topics.items()}
    admin = _admin(bootstrap)
    try:
        with _border():
            told = admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
    finally:
        admin.close()
    last = {place: one.offset - 1 for place, one in told.items() if one.offset > 0}
    for place, end in _high_water(bootstrap, last).items():
        ends[place.topic][place.partition] = end
    return ends


def _high_water(bootstrap: str, last: Mapping[Any, int]) -> dict[Any, int]:
    if not last:
        return {}
    consumer = reader(bootstrap)
    try:
        with _border():
            consumer.assign(list(last))
            for place, offset in last.items():
                consumer.seek(place, offset)
            for _ in range(_ROUNDS):
                consumer.poll(timeout_ms=_POLL_MS)
                marks = {place: consumer.highwater(place) for place in last}
                if None not in marks.values():
                    return {place: int(mark) for place, mark in marks.items()}
    finally:
        consumer.close()
    raise BrokerAway("not every partition told its end")


def reader(bootstrap: str) -> KafkaConsumer:
    """Return a consumer without a group; the client's defaults would lose and skip records."""
    with _border():
        return KafkaConsumer(
            bootstrap_servers=bootstrap,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            allow_auto_create_topics=False,
            bootstrap_timeout_ms=_OPEN_MS,
            request_timeout_ms=30_000,
        )

"""One session with a Kafka broker, from opening to the first fault.

A session is thrown away after any fault and a new one is opened: the client's own recovery would
hide that another broker answers under the same address, one that has forgotten everything.
"""

import contextlib
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from infrastructure.relay.client import (
    KafkaAdminClient,
    KafkaConsumer,
    KafkaError,
    OffsetSpec,
    TopicAlreadyExistsError,
    TopicPartition,
)
from infrastructure.relay.publishing import BrokerAway, Publisher, border

_REQUEST_MS: Final = 6_000
_OPEN_MS: Final = 3_000
_POLL_MS: Final = 200
_ROUNDS: Final = 50


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as the broker tells it."""

    id: str
    partitions: int


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
        self.publisher = Publisher(bootstrap, max_record_bytes=max_record_bytes, patience=patience)
        try:
            self._admin = _admin(bootstrap)
        except BrokerAway:
            self.publisher.close()
            raise

    def close(self) -> None:
        """End the session; what was not acknowledged is published again by the next one."""
        self.publisher.close()
        with contextlib.suppress(KafkaError, OSError):
            self._admin.close()

    def cluster_id(self) -> str:
        """Return the broker's identity."""
        with border():
            return str(self._admin.describe_cluster()["cluster_id"])

    def topics(self, names: Sequence[str]) -> dict[str, Topic]:
        """Return those of the topics that exist."""
        with border():
            return _topics(self._admin, names)

    def create(self, names: Sequence[str], partitions: int) -> None:
        """Create topics; one that somebody else created meanwhile is as good."""
        with border():
            for name in names:
                with contextlib.suppress(TopicAlreadyExistsError):
                    self._admin.create_topics(
                        {name: {"num_partitions": partitions, "replication_factor": -1}},
                        wait_for_metadata=True,
                    )


def _admin(bootstrap: str) -> KafkaAdminClient:
    with border():
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
        with border():
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
        with border():
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
        with border():
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
    with border():
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

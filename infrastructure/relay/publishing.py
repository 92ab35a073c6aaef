"""Records out, acknowledgements back: what a session does with a batch of the ledger."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from infrastructure.relay.batches import OVERHEAD, Batch, Packed, end, hand_over, send_off
from infrastructure.relay.client import (
    InvalidRecordError,
    KafkaError,
    KafkaProducer,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from infrastructure.relay.wire import partition_of

_BATCH_BYTES: Final = 512_000
_REQUEST_BYTES: Final = 8_000_000
_OPEN_MS: Final = 3_000
_REFUSED: Final = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)
EARLIER: Final = "an earlier fact of this stream is parked"
Place = tuple[str, int]


class BrokerAway(Exception):
    """The broker cannot be reached or did not acknowledge; nothing is lost, try again."""


@contextlib.contextmanager
def border() -> Iterator[None]:
    """Turn what the client and the network raise into what the relay understands."""
    try:
        yield
    except (KafkaError, OSError) as error:
        raise BrokerAway(f"{type(error).__name__}: {error}"[:300]) from error


@dataclass(slots=True)
class Published:
    """What became of records: where the acknowledged ones lie, which were refused and why.

    `left` were neither, through no fault of their own: a broker that refuses one record ends the
    producer's session, and with it what was on its way. They are for the next session, each in a
    batch of its own if it was not told which one of a batch is at fault.
    """

    offsets: dict[Place, tuple[int, int]] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    left: list[int] = field(default_factory=list)
    alone: bool = False

    def add(self, place: Place, first: int, last: int) -> None:
        """Remember the first and last offset in a partition; -1 is a repeat already stored."""
        if first >= 0:
            known = self.offsets.get(place, (first, last))
            self.offsets[place] = (min(first, known[0]), max(last, known[1]))


@dataclass(slots=True)
class _Parcel:
    """Records of one partition that go together: their indices in the whole, and their bodies."""

    indices: list[int] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    size: int = 0


class Publisher:
    """An idempotent producer that waits for every acknowledgement.

    `patience` is how many seconds a batch may wait for its acknowledgements. Only when it is over
    does the client give up, and may be closed without a thread of it publishing on.
    """

    def __init__(self, bootstrap: str, *, max_record_bytes: int, patience: float) -> None:
        self._most = max_record_bytes
        self._patience = patience
        with border():
            self._producer = KafkaProducer(
                bootstrap_servers=bootstrap,
                client_id="anseo-relay",
                acks="all",
                enable_idempotence=True,
                linger_ms=0,  # whole batches are handed over: there is nothing to wait for
                batch_size=_BATCH_BYTES,
                max_request_size=max(max_record_bytes, _REQUEST_BYTES),
                request_timeout_ms=int(patience * 600),
                delivery_timeout_ms=int(patience * 1000),
                max_block_ms=int(patience * 600),
                bootstrap_timeout_ms=_OPEN_MS,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
        self._met: set[str] = set()

    def close(self) -> None:
        """End the session; what was not acknowledged is published again by the next one."""
        end(self._producer, self._patience)

    def publish(
        self,
        records: Sequence[Packed],
        partitions: Mapping[str, int],
        *,
        alone: bool = False,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Published:
        """Send records and wait until every one is acknowledged, refused or left.

        A record behind a refused one of the same stream is refused too, unsent. What there is to
        do `meanwhile` is done while the broker works.

        Raises:
            BrokerAway: at least one was none of it; all of them may be sent again.
        """
        published = Published()
        with border():
            sent = self._send(published, records, partitions, alone=alone)
        deadline = time.monotonic() + self._patience * 2
        meanwhile()
        with border():
            for batch, indices in sent:
                _settle(published, batch, indices, deadline)
        if published.left and not (published.refused or published.alone):
            raise BrokerAway("the session ended before everything was acknowledged")
        return published

    def _send(
        self,
        published: Published,
        records: Sequence[Packed],
        partitions: Mapping[str, int],
        *,
        alone: bool,
    ) -> list[tuple[Batch, list[int]]]:
        sent: list[tuple[Batch, list[int]]] = []
        open_now: dict[Place, _Parcel] = {}
        stuck: set[bytes] = set()
        for index, record in enumerate(records):
            if record.key in stuck:
                published.refused[index] = EARLIER
                continue
            body = record.body
            if len(body) + OVERHEAD > self._most:
                published.refused[index] = MessageSizeTooLargeError.__name__
                stuck.add(record.key)
                continue
            place = (record.topic, partition_of(record.key, partitions[record.topic]))
            parcel = open_now.setdefault(place, _Parcel())
            if parcel.bodies and (alone or parcel.size + len(body) > _BATCH_BYTES):
                sent.append(self._hand_over(place, parcel))
                parcel = open_now[place] = _Parcel()
            parcel.indices.append(index)
            parcel.bodies.append(body)
            parcel.size += len(body)
        sent += [self._hand_over(place, parcel) for place, parcel in open_now.items()]
        send_off(self._producer)
        return sent

    def _hand_over(self, place: Place, parcel: _Parcel) -> tuple[Batch, list[int]]:
        topic, partition = place
        if topic not in self._met:
            self._producer.partitions_for(topic)  # the client learns who leads its partitions
            self._met.add(topic)
        return hand_over(self._producer, topic, partition, parcel.bodies), parcel.indices


def _settle(published: Published, batch: Batch, indices: Sequence[int], deadline: float) -> None:
    place = (batch.topic_partition.topic, batch.topic_partition.partition)
    first = batch.acknowledged(deadline)
    if first is not None:
        published.add(place, first, first + len(indices) - 1)
        return
    told = batch.told(deadline)
    refusals = sum(isinstance(error, _REFUSED) for _, error in told)
    certain = batch.answered and (len(told) == 1 or refusals < len(told))
    for index, (offset, error) in zip(indices, told, strict=True):
        if error is None:
            published.add(place, offset, offset)
        elif certain and isinstance(error, _REFUSED):
            published.refused[index] = type(error).__name__
        elif refusals or batch.aborted:
            published.left.append(index)
        else:
            raise error
    published.alone |= bool(refusals) and not certain and not batch.aborted

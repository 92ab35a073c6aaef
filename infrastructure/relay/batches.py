"""Whole record batches for the client, filled here instead of one `send` a record.

`KafkaProducer.send` costs some fifty microseconds a record: a future, three locks and four passes
over the headers. A relay needs none of it, because it waits for whole batches. So the records are
written here in the broker's own form (magic 2) and laid into the client's queue; from there on it
is the client's work as always: producer id and sequence numbers, one batch of a partition on its
way at a time, trying again, splitting what a broker finds too large, and the deadline.

This leans on the inside of kafka-python, whose version is pinned for that reason. The tests hold
the bytes to those of the client's own builder, and the behaviour to two brokers.
"""

import contextlib
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from infrastructure.relay import wire
from infrastructure.relay.client import (
    DefaultRecordBatchBuilder,
    FinalState,
    FutureRecordMetadata,
    KafkaError,
    KafkaProducer,
    KafkaTimeoutError,
    MemoryRecordsBuilder,
    ProducerBatch,
    TopicPartition,
)
from infrastructure.relay.wire import WireRecord

_MAGIC: Final = 2
_UNCOMPRESSED: Final = 0
OVERHEAD: Final = DefaultRecordBatchBuilder.HEADER_STRUCT.size + 21
"""What a batch of one record may take beside the record's body."""


def _varint(number: int) -> bytes:
    """Write a number that is not negative as the protocol does: zigzag, seven bits a byte."""
    rest, out = number << 1, bytearray()
    while rest > 0x7F:  # noqa: PLR2004  the highest bit says that more follows
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


class _Names(dict[str, bytes]):
    """Names of headers as they are written; there are some fifteen, all of them ours."""

    def __missing__(self, name: str) -> bytes:
        written = name.encode()
        return self.setdefault(name, _varint(len(written)) + written)


class _Lengths(dict[int, bytes]):
    """Small numbers as they are written; larger ones are too many to keep."""

    def __missing__(self, number: int) -> bytes:
        return _varint(number)


_NAMES: Final = _Names()
_LENGTHS: Final = _Lengths((number, _varint(number)) for number in range(16_384))


class Packed(NamedTuple):
    """A record whose key, value and headers are written as they will lie in a batch."""

    topic: str
    key: bytes
    body: bytes


def packed(record: WireRecord) -> Packed:
    """Pack a record."""
    lengths, names = _LENGTHS, _NAMES
    topic, key, value, said = record
    parts = [lengths[len(key)], key, lengths[len(value)], value, lengths[len(said)]]
    for name, text in zip(wire.HEADERS, said, strict=False):
        parts += (names[name], lengths[len(text)], text)
    return Packed(topic, key, b"".join(parts))


class _Filled(DefaultRecordBatchBuilder):  # type: ignore[misc]  # the client ships no types
    """A builder that takes all its records at once."""

    def fill(self, bodies: Sequence[bytes]) -> None:
        self._first_timestamp = self._max_timestamp = int(time.time() * 1000)
        parts: list[bytes] = []
        for offset, body in enumerate(bodies):
            delta = _LENGTHS[offset]
            # Attributes and the time since the first record are a zero each.
            parts += (_LENGTHS[2 + len(delta) + len(body)], b"\0\0", delta, body)
        self._buffer += b"".join(parts)
        self._last_offset = len(bodies) - 1
        self._num_records = len(bodies)


class _Records(MemoryRecordsBuilder):  # type: ignore[misc]  # the client ships no types
    def __init__(self, bodies: Sequence[bytes]) -> None:
        size = sum(map(len, bodies))
        super().__init__(_MAGIC, _UNCOMPRESSED, size)
        self._builder = _Filled(
            magic=_MAGIC,
            compression_type=_UNCOMPRESSED,
            is_transactional=False,
            producer_id=-1,
            producer_epoch=-1,
            base_sequence=-1,
            batch_size=size,
        )
        self._builder.fill(bodies)
        self._next_offset = len(bodies)


class Batch(ProducerBatch):  # type: ignore[misc]  # the client ships no types
    """Records of one partition on their way, with one future for all of them."""

    def __init__(self, place: Any, bodies: Sequence[bytes]) -> None:
        self._futures: list[Any] = []
        super().__init__(place, _Records(bodies))
        self._count = len(bodies)
        self.max_record_size = max(map(len, bodies))

    @property
    def _record_futures(self) -> list[Any]:
        """The future of each record, made only when the client splits a batch and asks for it."""
        if not self._futures and not self.is_done:
            self._futures = [
                FutureRecordMetadata(self.produce_future, index, None, None, -1, -1, -1)
                for index in range(self._count)
            ]
        return self._futures

    @_record_futures.setter
    def _record_futures(self, futures: list[Any]) -> None:
        self._futures = futures

    @property
    def answered(self) -> bool:
        """Whether the broker itself spoke of this batch, as it was, and refused it.

        One that the client gave up with its session carries the same error, and is not at fault.
        """
        return not self._futures and self.final_state is FinalState.FAILED

    @property
    def aborted(self) -> bool:
        """Whether the client gave it up with its session."""
        return self.final_state is FinalState.ABORTED

    def acknowledged(self, deadline: float) -> int | None:
        """Wait, and return the first record's offset if the whole batch was acknowledged at once.

        Raises:
            KafkaTimeoutError: nothing was told in time.
        """
        self.produce_future.wait(max(deadline - time.monotonic(), 0))
        if self._futures:  # it was split, and each part answers for itself
            return None
        if not self.is_done:
            raise KafkaTimeoutError("not acknowledged in time")
        first, _, errors = self.produce_future.value
        return None if errors is not None else int(first)

    def told(self, deadline: float) -> list[tuple[int, Exception | None]]:
        """Return for each record its offset (-1: not told) and its error, if it has one.

        Raises:
            KafkaTimeoutError: a part of a split batch was not told in time.
        """
        if self._futures:
            return [_told(future, deadline) for future in self._futures]
        _, _, errors = self.produce_future.value
        return [(-1, errors(index)) for index in range(self._count)]


def _told(future: Any, deadline: float) -> tuple[int, Exception | None]:
    while not future.is_done:  # a part may be split again, which wakes whoever waits
        if not future._produce_future.wait(max(deadline - time.monotonic(), 0)):  # noqa: SLF001
            raise KafkaTimeoutError("not acknowledged in time")
    return (-1, future.exception) if future.exception else (int(future.value.offset), None)


def hand_over(
    producer: KafkaProducer, topic: str, partition: int, bodies: Sequence[bytes]
) -> Batch:
    """Lay a batch into the client's queue, behind those of the same partition."""
    queue = producer._accumulator  # noqa: SLF001
    place = TopicPartition(topic, partition)
    batch = Batch(place, bodies)
    with queue._tp_lock(place):  # noqa: SLF001
        queue._batches[place].append(batch)  # noqa: SLF001
        queue._incomplete.add(batch)  # noqa: SLF001
    return batch


def send_off(producer: KafkaProducer) -> None:
    """Wake the client's thread: there is something in its queue."""
    producer._sender.wakeup()  # noqa: SLF001


def end(producer: KafkaProducer, patience: float) -> None:
    """Close a producer, and see that no thread of it publishes on when that goes wrong."""
    try:
        with contextlib.suppress(KafkaError, OSError):
            producer.close(timeout=patience)
    finally:
        if producer._sender.is_alive():  # noqa: SLF001
            producer._sender.force_close()  # noqa: SLF001

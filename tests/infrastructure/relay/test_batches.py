"""Batches are filled by us, so their bytes are held to those of the client's own builder."""

from uuid import uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.recorded import fact_id
from domain.shared.ids import _NAMESPACE
from infrastructure.relay import wire
from infrastructure.relay.batches import Batch, Packed, packed
from infrastructure.relay.client import (
    MemoryRecords,
    MemoryRecordsBuilder,
    MessageSizeTooLargeError,
    TopicPartition,
)
from tests.support.examples import RUN

PLACE = TopicPartition("anseo.playbook_run", 3)
SOON = 0.0  # these batches are settled before anybody waits
TEXTS = st.binary(max_size=300)
RECORDS = st.builds(
    wire.WireRecord,
    st.just("anseo.playbook_run"),
    TEXTS,
    st.one_of(TEXTS, st.sampled_from((b"x" * 63, b"x" * 64, b"x" * 8_192, b"x" * 2_100_000))),
    st.lists(TEXTS, max_size=len(wire.HEADERS)).map(tuple),
)


def as_the_client_would(records: list[wire.WireRecord], at_ms: int) -> bytes:
    builder = MemoryRecordsBuilder(2, 0, 1 << 30)
    for record in records:
        builder.append(at_ms, record.key, record.value, record.headers)
    builder.set_producer_state(7, 1, 42, is_transactional=False)
    builder.close()
    return bytes(builder.buffer())


def as_we_do(records: list[wire.WireRecord]) -> bytes:
    batch = Batch(PLACE, [packed(record).body for record in records])
    batch.records.set_producer_state(7, 1, 42, is_transactional=False)
    batch.records.close()
    return bytes(batch.records.buffer())


@given(st.lists(RECORDS, min_size=1, max_size=5))
def test_a_batch_has_the_bytes_that_the_client_would_write(
    records: list[wire.WireRecord],
) -> None:
    ours = as_we_do(records)
    at_ms = next(iter(MemoryRecords(ours))).first_timestamp
    assert ours == as_the_client_would(records, at_ms)


@pytest.mark.parametrize("count", [1, 63, 64, 65, 8_191, 8_192, 8_193, 20_000])
def test_many_records_are_numbered_as_the_client_numbers_them(count: int) -> None:
    records = [wire.WireRecord("t", b"k", b"%d" % number, (b"1.0",)) for number in range(count)]
    ours = as_we_do(records)
    (batch,) = MemoryRecords(ours)
    assert ours == as_the_client_would(records, batch.first_timestamp)
    assert batch.validate_crc()


def test_a_record_says_its_topic_and_key_beside_its_body() -> None:
    record = wire.WireRecord("anseo.case", b"key", b"{}", (b"1.0", b"id"))
    assert packed(record) == Packed("anseo.case", b"key", packed(record).body)
    assert record.headers == [("ce_specversion", b"1.0"), ("ce_id", b"id")]


def test_acknowledged_at_once_it_tells_its_first_offset() -> None:
    batch = Batch(PLACE, [b"one", b"two"])
    batch.complete(17, -1)
    assert batch.acknowledged(SOON) == 17
    assert not batch.answered
    assert not batch.aborted


def test_refused_by_the_broker_each_record_has_its_error() -> None:
    batch = Batch(PLACE, [b"one", b"two"])
    error = MessageSizeTooLargeError("too large")
    batch.complete_exceptionally(error, lambda _: error)
    assert batch.acknowledged(SOON) is None
    assert batch.told(SOON) == [(-1, error), (-1, error)]
    assert batch.answered


def test_abandoned_with_its_session_a_batch_is_not_at_fault_although_the_error_is_the_same() -> (
    None
):
    batch = Batch(PLACE, [b"one"])
    batch.abort(MessageSizeTooLargeError("another one was too large"))
    assert batch.acknowledged(SOON) is None
    assert batch.aborted
    assert not batch.answered


def test_split_each_part_answers_for_its_own_records() -> None:
    batch = Batch(PLACE, [b"one", b"two", b"three"])
    first, second = Batch(PLACE, [b"one", b"two"]), Batch(PLACE, [b"three"])
    for index, future in enumerate(batch._record_futures):
        part = first if index < 2 else second
        future.rebind(part.produce_future, index % 2)
    first.complete(40, -1)
    error = MessageSizeTooLargeError("too large")
    second.complete_exceptionally(error, lambda _: error)
    assert batch.acknowledged(SOON) is None
    assert batch.told(SOON) == [(40, None), (41, None), (-1, error)]
    assert not batch.answered, "which record is at fault was not said of the whole"


def test_ids_are_what_the_standard_library_makes_of_the_same_name() -> None:
    assert fact_id(RUN, 12) == uuid5(_NAMESPACE, f"fact\x1f{RUN}\x1f12")

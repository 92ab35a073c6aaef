"""An import becomes visible by one fact, once."""

from domain.register_batch.aggregate import RegisterBatch
from domain.register_batch.commands import RecordBatch
from domain.register_batch.events import BatchRecorded
from tests.support.examples import BATCH, example
from tests.support.scenario import given


def test_an_import_is_recorded_with_its_counts_and_the_hash_of_its_file() -> None:
    given(RegisterBatch).when(example(RecordBatch)).then(example(BatchRecorded))


def test_the_same_import_again_is_ignored() -> None:
    given(RegisterBatch, example(BatchRecorded)).when(example(RecordBatch)).ignored()


def test_the_batch_itself_decides() -> None:
    assert example(RecordBatch).stream == BATCH

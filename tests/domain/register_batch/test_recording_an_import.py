"""An import becomes visible by one fact, once."""

from domain.register_batch.aggregate import RegisterBatch
from domain.register_batch.commands import BY_HAND, RecordBatch
from domain.register_batch.events import BatchRecorded
from domain.register_batch.refusals import ChangedByPersonOnly
from tests.support.examples import BATCH, but, example
from tests.support.scenario import given, world


def test_an_import_is_recorded_with_its_counts_and_the_hash_of_its_file() -> None:
    given(RegisterBatch).when(example(RecordBatch)).then(example(BatchRecorded))


def test_the_same_import_again_is_ignored() -> None:
    given(RegisterBatch, example(BatchRecorded)).when(example(RecordBatch)).ignored()


def test_the_batch_itself_decides() -> None:
    assert example(RecordBatch).stream == BATCH


def test_what_a_person_says_is_recorded_in_a_persons_name_or_not_at_all() -> None:
    corrected = but(RecordBatch, content="correction", source=BY_HAND)
    given(RegisterBatch).when(corrected, world(actor="staff:7")).then(
        but(BatchRecorded, content="correction", source=BY_HAND)
    )
    given(RegisterBatch, world=world(actor="process:evaluate")).when(corrected).refused(
        ChangedByPersonOnly
    )

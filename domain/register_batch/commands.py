"""What may be asked of an import."""

from typing import ClassVar, Final
from uuid import UUID

from domain.kernel.commands import Command
from domain.shared.ids import BatchId, SchoolId

BY_HAND: Final = "person"
"""The source of a batch that a named person wrote here: a corrected mark, a closure."""


class RecordBatch(Command):
    """The rows of a batch are staged and checked: make them visible."""

    kind: ClassVar[str] = "register_batch"
    batch_id: BatchId
    content: str
    source: str
    content_hash: str
    rows: int
    quarantined: int
    students: int
    school_id: SchoolId | None = None

    @property
    def stream(self) -> UUID:
        """The batch decides: it can be recorded once."""
        return self.batch_id


RegisterBatchCommand = RecordBatch

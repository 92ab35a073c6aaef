"""One import."""

from collections.abc import Sequence
from typing import ClassVar

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.register_batch.commands import RecordBatch, RegisterBatchCommand
from domain.register_batch.events import BatchRecorded, RegisterBatchEvent


class RegisterBatch(Aggregate[RegisterBatchCommand, RegisterBatchEvent]):
    """Is recorded once; the same file again says nothing new."""

    kind: ClassVar[str] = "register_batch"

    def __init__(self) -> None:
        self.recorded = False

    def decide(self, command: RecordBatch, world: World) -> Sequence[RegisterBatchEvent]:  # noqa: ARG002  nothing of the world is asked
        """Return what follows."""
        if self.recorded:
            return []
        return [
            BatchRecorded(
                content=command.content,
                source=command.source,
                content_hash=command.content_hash,
                rows=command.rows,
                quarantined=command.quarantined,
                students=command.students,
                school_id=command.school_id,
            )
        ]

    def evolve(self, event: BatchRecorded) -> None:  # noqa: ARG002  only that it happened counts
        """Remember that it is recorded."""
        self.recorded = True

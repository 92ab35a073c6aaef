"""One import."""

from collections.abc import Sequence
from typing import ClassVar

from domain.kernel.aggregate import Aggregate
from domain.kernel.world import World
from domain.register_batch.commands import BY_HAND, RecordBatch, RegisterBatchCommand
from domain.register_batch.events import BatchRecorded, RegisterBatchEvent
from domain.register_batch.refusals import ChangedByPersonOnly


class RegisterBatch(Aggregate[RegisterBatchCommand, RegisterBatchEvent]):
    """Is recorded once; the same file again says nothing new."""

    kind: ClassVar[str] = "register_batch"

    def __init__(self) -> None:
        self.recorded = False

    def decide(self, command: RecordBatch, world: World) -> Sequence[RegisterBatchEvent]:
        """Return what follows. What a person says is recorded in a person's name, or not at all."""
        if self.recorded:
            return []
        if command.source == BY_HAND and not world.actor.startswith("staff:"):
            raise ChangedByPersonOnly
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

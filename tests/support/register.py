"""What a test of the register needs: a ledger that records batches, and a place for people."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from domain.register_batch.aggregate import RegisterBatch
from domain.register_batch.commands import RecordBatch
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import TenantId, derived_id
from infrastructure.imports.importing import Commit
from infrastructure.imports.prepared import StagedBatch
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Ledger

TENANT = TenantId(UUID("11111111-1111-4111-8111-111111111111"))
OTHER_TENANT = TenantId(UUID("22222222-2222-4222-8222-222222222222"))


class People:
    """Keeps what an import says about people where a test can look."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[UUID, dict[str, Any]]] = {}

    def put_many(
        self,
        conn: Connection,  # noqa: ARG002  the vault writes in this transaction; a dict has none
        tenant: TenantId,  # noqa: ARG002  one test, one tenant
        kind: str,
        records: Mapping[UUID, Mapping[str, Any]],
    ) -> None:
        """Keep the fields."""
        self.kept.setdefault(kind, {}).update({one: dict(said) for one, said in records.items()})

    def keep_raw(self, *said: object) -> None:
        """Keep nothing: what a source said word for word is the vault's own test."""


def _no_calendars(_conn: Connection, _tenant: UUID, _schools: object) -> dict[UUID, SchoolCalendar]:
    return {}


@contextmanager
def recording(database: Database, tenant: TenantId = TENANT) -> Iterator[Commit]:
    """Give the callable that records a batch in the real ledger."""
    ledger = Ledger(database, {"register_batch": RegisterBatch}, _no_calendars)

    def commit(staged: StagedBatch) -> int:
        command = RecordBatch(
            batch_id=staged.batch,
            content=staged.content,
            source=staged.source,
            content_hash=staged.content_hash,
            rows=staged.rows,
            quarantined=staged.quarantined,
            students=staged.students,
            school_id=staged.school,
        )
        command_id = derived_id("import", staged.batch)
        return ledger.execute(command, tenant=tenant, by="import", command_id=command_id).position

    try:
        yield commit
    finally:
        ledger.close()

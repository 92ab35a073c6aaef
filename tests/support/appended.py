"""One fact, appended as the product does: for tests to which its words do not matter."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from domain.case.events import CaseTierRaised
from infrastructure.store.ledger import Ledger
from infrastructure.store.recorder import Fresh
from tests.support.ledgers import TENANT


def fresh(stream: UUID | None = None, version: int = 1) -> Fresh:
    """Return a fact of a stream, of a new one where none is named."""
    stream = stream or uuid4()
    return Fresh(
        tenant=TENANT,
        stream=stream,
        version=version,
        event=CaseTierRaised(tier=2),
        occurred_at=datetime.now(UTC),
        actor="staff:test",
        command_id=uuid4(),
        cause=None,
        correlation=stream,
    )


def append(ledger: Ledger, stream: UUID | None = None, version: int = 1) -> int:
    """Append one fact in a transaction of its own and return its position."""
    with ledger.database.worker() as conn:
        return ledger.recorder.append(conn, [fresh(stream, version)])[0]

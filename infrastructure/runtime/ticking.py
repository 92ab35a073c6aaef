"""The clock of due steps: claims what is due and lets each run decide. Doubles are harmless."""

from typing import Final

import msgspec

from domain.playbook_run.commands import TakeStep
from domain.shared.ids import TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.crash_points import crash_point
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import positions
from infrastructure.store import reads
from infrastructure.store.database import Database
from infrastructure.store.ledger import Intent, Ledger, Receipt
from projections import due_steps
from projections.due_steps import DUE_STEPS, DueRow

BATCH: Final = 200


class Ticker:
    """Takes due steps in the order of their times.

    Its own work shows in the table a moment later; until the read model has folded what it
    appended last, it asks for nothing, so no step is claimed twice in a row for nothing.
    """

    name = "tick"
    exclusive: str | None = "tick"

    def __init__(self, database: Database, ledger: Ledger, bell: Bell) -> None:
        self._database = database
        self._ledger = ledger
        self._bell = bell
        self._last = 0

    def step(self) -> int:
        """Take one batch of due steps."""
        with self._database.worker() as conn:
            if min(positions(conn, (DUE_STEPS,)).values()) < self._last:
                return 0
            asked = {"now": school_now(conn), "limit": BATCH}
            rows = reads.fetch(conn, due_steps.CLAIM, asked)
            intents = [_intent(tenant, doc) for tenant, doc in rows]
            outcomes = self._ledger.within(conn, intents)
            crash_point("tick.before_commit")
        crash_point("tick.after_commit")
        self._last = max([self._last, *(o.position for o in outcomes if isinstance(o, Receipt))])
        if outcomes:
            self._bell.ring("project")
        return len(outcomes)


def _intent(tenant: TenantId, doc: str) -> Intent:
    row = msgspec.json.decode(doc, type=DueRow)
    return Intent(
        tenant=tenant,
        command=TakeStep(
            run_id=row.run_id,
            school_id=row.school_id,
            step_id=row.step_id,
            case_id=row.case_id,
            student_id=row.student_id,
            guardian_id=row.guardian_id,
        ),
        actor="process:tick",
        command_id=derived_id("tick", row.run_id, row.step_id, row.due_at),
    )

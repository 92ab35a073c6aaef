"""What process managers may look up, answered in the reaction's own transaction."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from domain.kernel.aggregate import Aggregate
from domain.message.aggregate import Message
from domain.message.events import MessageRequested
from domain.playbook_run.aggregate import PlaybookRun
from domain.playbook_run.events import RunStarted
from domain.shared.ids import (
    CaseId,
    GuardianId,
    InterventionId,
    MessageId,
    RunId,
    SchoolId,
    StudentId,
    TenantId,
)
from domain.shared.playbooks import Playbook
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.rows import GuardianLinkRow
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Ledger
from processmanagers.kit import OpenRun
from projections import definitions, interventions, run_monitor
from projections.definitions import PlaybookRow
from projections.interventions import InterventionRow
from projections.kit import Query
from projections.run_monitor import RunRow

A = TypeVar("A", bound=Aggregate[Any, Any])


class LookUps:
    """One tenant's look-ups. Read models are as new as the fact, the ledger is always new."""

    def __init__(self, conn: Connection, tenant: TenantId, ledger: Ledger) -> None:
        self._conn = conn
        self._tenant = tenant
        self._ledger = ledger

    def run(self, run: RunId) -> RunStarted:
        """Return how a run began."""
        started = self._ledger.load(self._conn, PlaybookRun, run).started
        if started is None:
            raise LookupError(f"run {run} never began")
        return started

    def message(self, message: MessageId) -> MessageRequested:
        """Return what was asked of a message."""
        requested = self._ledger.load(self._conn, Message, message).requested
        if requested is None:
            raise LookupError(f"message {message} was never asked for")
        return requested

    def case_of(self, intervention: InterventionId) -> CaseId | None:
        """Return the case of an intervention."""
        asked = {"tenant": self._tenant, "key": str(intervention)}
        rows = reads.documents(self._conn, interventions.ONE, InterventionRow, asked)
        return rows[0].case_id if rows else None

    def playbooks(self, stage: str, school: SchoolId) -> Sequence[Playbook]:
        """Return the playbooks in use that this stage starts at this school."""
        asked = {"tenant": self._tenant, "stage": stage, "school": school}
        rows = reads.documents(self._conn, definitions.FOR_STAGE, PlaybookRow, asked)
        return [row.playbook for row in rows]

    def guardians(self, student: StudentId) -> Sequence[GuardianId]:
        """Return who may be contacted, by priority. Unknown is not yes: nobody is assumed."""
        today = school_now(self._conn).date()
        links = register.guardians_of(self._conn, self._tenant, [student])[student]
        return [
            link.guardian for link in links if link.may_receive_info and not _forbidden(link, today)
        ]

    def open_runs_of_student(self, student: StudentId) -> Sequence[OpenRun]:
        """Return the student's runs that have not ended."""
        return self._runs(run_monitor.OPEN_OF_STUDENT, student=student)

    def open_runs_of_intervention(self, intervention: InterventionId) -> Sequence[OpenRun]:
        """Return the intervention's runs that have not ended."""
        return self._runs(run_monitor.OPEN_OF_INTERVENTION, instance=intervention)

    def _runs(self, query: Query, **asked: object) -> list[OpenRun]:
        rows = reads.documents(self._conn, query, RunRow, {"tenant": self._tenant, **asked})
        return [OpenRun(row.run_id, row.school_id, row.guardian_id) for row in rows]

    def open_interventions(self, student: StudentId) -> Sequence[InterventionId]:
        """Return the student's interventions that have not ended."""
        asked = {"tenant": self._tenant, "student": student}
        rows = reads.documents(self._conn, interventions.OF_STUDENT, InterventionRow, asked)
        return [row.intervention_id for row in rows if row.status in {"ACTIVE", "ESCALATED"}]


def _forbidden(link: GuardianLinkRow, today: date) -> bool:
    """A no-contact flag forbids until its last day, or for good where it names none."""
    if link.no_contact_reason is None:
        return False
    return link.no_contact_until is None or today <= link.no_contact_until

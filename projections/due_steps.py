"""Timers: for each run the step that waits, and what a decision about it must look at."""

from datetime import datetime

from domain.kernel.recorded import Recorded
from domain.playbook_run import events as e
from domain.shared.ids import CaseId, GuardianId, RunId, SchoolId, StudentId
from projections.kit import Query, ReadModel, Row, expect


class DueRow(Row):
    """One open run; `due_at` is absent while a message is in the air."""

    run_id: RunId
    school_id: SchoolId
    student_id: StudentId
    case_id: CaseId
    guardian_id: GuardianId | None
    step_id: str = ""
    due_at: datetime | None = None


def keys(fact: Recorded) -> tuple[str, ...]:
    """One row a run."""
    return (str(fact.stream),) if isinstance(fact.event, e.RunEvent) else ()


def evolve(row: DueRow | None, fact: Recorded, key: str) -> DueRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its run's timer."""
    match fact.event:
        case e.RunStarted() as started:
            return DueRow(
                run_id=RunId(fact.stream),
                school_id=started.school_id,
                student_id=started.student_id,
                case_id=started.case_id,
                guardian_id=started.guardian_id,
            )
        case e.StepScheduled(step_id=step, due_at=due):
            return expect(row).but(step_id=step, due_at=due)
        case e.StepRequested():
            return expect(row).but(due_at=None)
        case e.RunStopped() | e.RunCompleted():
            return None
        case _:
            return row


DUE_STEPS = ReadModel(
    "due_steps",
    version=1,
    row=DueRow,
    keys=keys,
    evolve=evolve,
    columns=("due_at",),
    indexes=("due_at",),
)
# Asked by the tick for every tenant: the worker's policy shows them all.
CLAIM = Query(
    "due_steps",
    "select tenant, doc from {due_steps} where due_at <= %(now)s order by due_at, key"
    " limit %(limit)s for update skip locked",
)
WAITING = Query("due_steps", "select count(*) from {due_steps} where due_at <= %(now)s")

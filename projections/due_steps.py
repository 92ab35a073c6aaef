"""Timers: for each run the step that waits, and what a decision about it must look at."""

from datetime import date, datetime
from typing import get_args

from domain.kernel.recorded import Told
from domain.playbook_run import events as e
from domain.shared.ids import CaseId, GuardianId, RunId, SchoolId, StudentId
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_LISTENS = get_args(e.RunEvent)


class DueRow(Row):
    """One open run. `due_at` is the earlier of its two clocks, absent while none runs.

    `step_due_at` is absent while a message is in the air; `held` stops both clocks. `entry` is the
    version of the run's fact that set a clock last: a step may be due a second time at the very
    moment at which it was looked at and put off.
    """

    run_id: RunId
    school_id: SchoolId
    student_id: StudentId
    case_id: CaseId
    guardian_id: GuardianId | None
    step_id: str = ""
    step_due_at: datetime | None = None
    escalate_at: datetime | None = None
    held: bool = False
    steps_over: bool = False
    due_at: datetime | None = None
    members: tuple[GuardianId, ...] = ()
    contact_on: date | None = None
    entry: int = 0

    @property
    def escalates(self) -> bool:
        """Say whether what is due is that a person takes over."""
        return self.due_at is not None and self.due_at != self.step_due_at


def evolve(row: DueRow | None, fact: Told, key: str) -> DueRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its run's timer."""
    match fact.event:
        case e.RunStarted() as started:
            return DueRow(
                run_id=RunId(fact.stream),
                school_id=started.school_id,
                student_id=started.student_id,
                case_id=started.case_id,
                guardian_id=started.guardian_id,
                members=started.members,
            )
        case e.StepScheduled(step_id=step, due_at=due, contact_on=on):
            return _set(fact, expect(row).but(step_id=step, step_due_at=due, contact_on=on))
        case e.ActionScheduled(step_id=step, due_at=due):
            return _set(fact, expect(row).but(step_id=step, step_due_at=due, contact_on=None))
        case e.StepRequested() | e.StepJoined():
            return _set(fact, expect(row).but(step_due_at=None))
        case e.EscalationScheduled(due_at=due):
            return _set(fact, expect(row).but(escalate_at=due))
        case e.EscalationDismissed():
            left = expect(row).but(escalate_at=None)
            return None if left.steps_over else _set(fact, left)
        case e.RunPaused():
            return _set(fact, expect(row).but(held=True))
        case e.RunResumed():
            return _set(fact, expect(row).but(held=False))
        case e.RunCompleted():
            left = expect(row).but(step_due_at=None, steps_over=True)
            return _set(fact, left) if left.escalate_at is not None else None
        case e.RunStopped() | e.RunEscalated():
            return None
        case _:
            return row


def _set(fact: Told, row: DueRow) -> DueRow:
    """Let the earlier clock decide when the run is due."""
    clocks = [at for at in (row.step_due_at, row.escalate_at) if at is not None]
    due = None if row.held else min(clocks, default=None)
    return row.but(due_at=due, entry=fact.version)


DUE_STEPS = ReadModel(
    "due_steps",
    version=5,
    row=DueRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("due_at",),
    indexes=("tenant, due_at, key",),
)
# Asked by the tick for every tenant: the worker's policy shows them all. Tenants are found by
# jumping from one to the next in the index, and those with something due share the batch evenly:
# one tenant's hundred thousand steps of nine o'clock do not hold up the one step of another.
# Each tenant is probed by a `limit 1`: as `exists` it became a join that read all that is due.
CLAIM = Query(
    "due_steps",
    "with recursive tenants (tenant) as ("
    "(select tenant from {due_steps} order by tenant limit 1) union all"
    " select (select d.tenant from {due_steps} d where d.tenant > t.tenant"
    " order by d.tenant limit 1) from tenants t where t.tenant is not null),"
    " seen as (select tenant, at, key from unnest(%(tenants)s::uuid[], %(ats)s::timestamptz[],"
    " %(keys)s::text[]) as u (tenant, at, key)),"
    " busy as materialized (select t.tenant, coalesce(s.at, '-infinity') as at,"
    " coalesce(s.key, '') as key from tenants t left join seen s using (tenant)"
    " cross join lateral (select from {due_steps} d where d.tenant = t.tenant"
    " and d.due_at <= %(now)s and (d.due_at, d.key) > (coalesce(s.at, '-infinity'),"
    " coalesce(s.key, '')) order by d.due_at, d.key limit 1) as one"
    " where t.tenant is not null)"
    " select due.tenant, due.due_at, due.key, due.doc from busy cross join lateral ("
    "select d.tenant, d.due_at, d.key, d.doc from {due_steps} d"
    " where d.tenant = busy.tenant and d.due_at <= %(now)s"
    " and (d.due_at, d.key) > (busy.at, busy.key) and d.key <> all(%(parked)s)"
    " order by d.due_at, d.key"
    " limit (select greatest(%(limit)s / count(*), 1) from busy) for update skip locked) as due"
    " order by due.due_at, due.tenant, due.key limit %(limit)s",
)
OF_RUNS = Query(
    "due_steps",
    "select tenant, due_at, key, doc from {due_steps} where due_at <= %(now)s"
    " and key = any(%(keys)s) order by due_at, tenant, key limit 1000 for update skip locked",
)
WAITING = Query("due_steps", "select count(*) from {due_steps} where due_at <= %(now)s")

"""Plans of syncs, in versions, and what came of each school's last one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.attendance.jurisdictions import jurisdiction
from domain.kernel.refusals import Conflict, NotFound
from domain.shared.ids import SchoolId, TenantId
from infrastructure.clock import machine_now, school_now
from infrastructure.imports.sync_times import Reading, Timetable
from infrastructure.register import reads
from infrastructure.store.database import Connection

FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)
_PLANS: Final[QueryNoTemplate] = (
    "select tenant, school, version, source, place, times, compare_at, paused, reason, set_by,"
    " set_at from (select distinct on (tenant, school) * from sync_plan"
    " where %(tenant)s::uuid is null or tenant = %(tenant)s"
    " order by tenant, school, version desc) newest where not withdrawn order by source"
)
_RUNS: Final[QueryNoTemplate] = (
    "select tenant, school, began_at, compared_at, tried_at, ended_at, outcome, problems,"
    " compare_problems, failures, retry_at from sync_run"
    " where %(tenant)s::uuid is null or tenant = %(tenant)s"
)
_VERSION: Final[QueryNoTemplate] = (
    "select coalesce(max(version), 0) from sync_plan where tenant = %s and school = %s"
)
_SAVE: Final[QueryNoTemplate] = (
    "insert into sync_plan (tenant, school, version, source, place, times, compare_at, paused,"
    " withdrawn, reason, set_by) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
_LOCK: Final[QueryNoTemplate] = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_KEEP: Final[QueryNoTemplate] = (
    "insert into sync_run (tenant, school, began_at, compared_at, tried_at, ended_at, outcome,"
    " problems, compare_problems, failures, retry_at)"
    " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    " on conflict (tenant, school) do update set began_at = excluded.began_at,"
    " compared_at = excluded.compared_at, tried_at = excluded.tried_at,"
    " ended_at = excluded.ended_at, outcome = excluded.outcome, problems = excluded.problems,"
    " compare_problems = excluded.compare_problems, failures = excluded.failures,"
    " retry_at = excluded.retry_at"
)
_FAILING: Final[QueryNoTemplate] = (
    "select count(*) from sync_run r where (r.outcome = 'REFUSED'"
    " or r.outcome = 'RUNNING' and r.failures > 1) and exists ("
    " select from (select distinct on (tenant, school) * from sync_plan p where p.tenant = r.tenant"
    " and p.school = r.school order by tenant, school, version desc) newest"
    " where not withdrawn and not paused)"
)


class SyncNotPlanned(NotFound):
    """No school that you may see is synced under this id: `anseo sync set` plans one."""

    code = "sync-unknown"


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """When one school is read from its own system."""

    tenant: TenantId
    school: SchoolId
    version: int
    source: str
    place: str
    times: Sequence[time]
    compare_at: time
    paused: bool
    reason: str
    set_by: str
    set_at: datetime | None = None

    @property
    def at_source(self) -> str:
        """The school's id at the source."""
        return self.source.partition(":")[2]


@dataclass(frozen=True, slots=True)
class SyncRun:
    """A school's last try. `began_at` and `compared_at` are times that have been served.

    A comparison that was refused stays a problem until one is not, whatever changes come by day.
    """

    began_at: datetime | None
    compared_at: datetime | None
    tried_at: datetime
    ended_at: datetime | None
    outcome: str
    problems: Sequence[str]
    compare_problems: Sequence[str]
    failures: int
    retry_at: datetime | None

    @property
    def every_problem(self) -> list[str]:
        """The codes of what kept the last try, or the last comparison, from being believed."""
        return sorted({*self.problems, *self.compare_problems})


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan beside what came of it last, and the zone of its school."""

    plan: SyncPlan
    run: SyncRun | None
    zone: str

    @property
    def timetable(self) -> Timetable:
        """When the school is to be read."""
        return Timetable(self.zone, tuple(self.plan.times), self.plan.compare_at)

    def due(self, school_clock: datetime, machine: datetime) -> Reading | None:
        """Return what is to be read now: nothing while it is paused, or waits after a failure."""
        run = self.run
        if self.plan.paused or (run is not None and run.retry_at and run.retry_at > machine):
            return None
        return self._due(school_clock)

    def _due(self, now: datetime) -> Reading | None:
        run = self.run
        return self.timetable.due(
            now, run.began_at if run else None, run.compared_at if run else None
        )

    def following(self, now: datetime) -> tuple[datetime, Reading] | None:
        """Return when it is read next, and how much; None while it is paused."""
        if self.plan.paused:
            return None
        waiting = self._due(now)
        if waiting is None:
            return self.timetable.following(now)
        retry = self.run.retry_at if self.run else None
        return max(now, retry or now), waiting


def set_plan(
    conn: Connection, plan: SyncPlan, *, seen: int | None = None, withdrawn: bool = False
) -> int:
    """Save the next version of a plan and return it; `seen` is the one that was looked at.

    Raises:
        Conflict: when somebody else has saved a version since.
    """
    conn.execute(_LOCK, (f"sync plan {plan.tenant} {plan.school}",))
    row = conn.execute(_VERSION, (plan.tenant, plan.school)).fetchone()
    last = int(row[0]) if row else 0
    if seen not in {None, last}:
        raise Conflict(expected=seen, version=last)
    key = (plan.tenant, plan.school, last + 1, plan.source, plan.place)
    said = (list(plan.times), plan.compare_at, plan.paused, withdrawn, plan.reason, plan.set_by)
    conn.execute(_SAVE, (*key, *said))
    return last + 1


def planned(conn: Connection, tenant: TenantId | None = None) -> list[Planned]:
    """Return the plans of a tenant, or of all, with what came of each."""
    asked = {"tenant": tenant}
    plans = [SyncPlan(*row) for row in conn.execute(_PLANS, asked).fetchall()]
    runs = {(row[0], row[1]): SyncRun(*row[2:]) for row in conn.execute(_RUNS, asked).fetchall()}
    zones = {
        row.school: row.zone
        for owner in {plan.tenant for plan in plans}
        for row in reads.schools(conn, owner)
    }
    return [
        Planned(plan, runs.get((plan.tenant, plan.school)), zones.get(plan.school) or _zone(plan))
        for plan in plans
    ]


def plan_of(conn: Connection, tenant: TenantId, school: UUID) -> Planned:
    """Return the plan of one school.

    Raises:
        SyncNotPlanned: when it has none.
    """
    found = [one for one in planned(conn, tenant) if one.plan.school == school]
    if not found:
        raise SyncNotPlanned
    return found[0]


def begun(conn: Connection, one: Planned) -> SyncRun:
    """Write down that a try begins, as one that has failed: it may take its process with it."""
    before, now = one.run, machine_now()
    failures = (before.failures if before else 0) + 1
    wait = min(FIRST_WAIT * 2 ** min(failures - 1, 10), LONGEST_WAIT)
    run = SyncRun(
        began_at=before.began_at if before else None,
        compared_at=before.compared_at if before else None,
        tried_at=now,
        ended_at=None,
        outcome="RUNNING",
        problems=before.problems if before else (),
        compare_problems=before.compare_problems if before else (),
        failures=failures,
        retry_at=now + wait,
    )
    _keep(conn, one.plan, run)
    return run


def stopped(conn: Connection, one: Planned, run: SyncRun) -> None:
    """Write down that a try was given up because the role ends: it is due again at once."""
    before = one.run
    outcome = before.outcome if before else "REFUSED"
    failures = before.failures if before else 0
    again = replace(run, outcome=outcome, failures=failures, retry_at=None)
    _keep(conn, one.plan, again)


def ended(
    conn: Connection,
    one: Planned,
    run: SyncRun,
    reading: Reading,
    at: datetime,
    problems: Sequence[str],
    *,
    again: bool,
) -> None:
    """Write down what came of a try that began `at` by the school clock.

    `again`: it is tried again after a while, and its time of day is not served yet.
    """
    everything = reading is Reading.EVERYTHING
    of_all = tuple(problems) if everything else run.compare_problems
    _keep(
        conn,
        one.plan,
        replace(
            run,
            began_at=run.began_at if again else at,
            compared_at=at if everything and not again else run.compared_at,
            ended_at=machine_now(),
            outcome="REFUSED" if problems or of_all else "WELL",
            problems=tuple(problems),
            compare_problems=of_all,
            failures=run.failures if problems else 0,
            retry_at=run.retry_at if again else None,
        ),
    )


def failing(conn: Connection) -> int:
    """Count the schools whose last sync came to nothing, and which nobody has paused."""
    row = conn.execute(_FAILING).fetchone()
    return int(row[0]) if row else 0


def shown(conn: Connection, one: Planned) -> dict[str, Any]:
    """Return a plan as the command line and the API show it."""
    plan, run = one.plan, one.run
    following = one.following(school_now(conn))
    return {
        "school_id": str(plan.school),
        "source": plan.source,
        "version": plan.version,
        "zone": one.zone,
        "times": [f"{one:%H:%M}" for one in plan.times],
        "compare_at": f"{plan.compare_at:%H:%M}",
        "paused": plan.paused,
        "reason": plan.reason,
        "set_by": plan.set_by,
        "set_at": plan.set_at,
        "outcome": None if run is None else run.outcome,
        "problems": [] if run is None else run.every_problem,
        "failures": 0 if run is None else run.failures,
        "tried_at": None if run is None else run.tried_at,
        "ended_at": None if run is None else run.ended_at,
        "read_at": None if run is None else run.began_at,
        "compared_at": None if run is None else run.compared_at,
        "next_at": following and following[0],
        "next_reads": following and following[1].value,
    }


def _zone(plan: SyncPlan) -> str:
    return "Europe/Dublin" if jurisdiction(plan.place).code == "IE" else "Europe/London"


def _keep(conn: Connection, plan: SyncPlan, run: SyncRun) -> None:
    served = (run.began_at, run.compared_at, run.tried_at, run.ended_at)
    said = (run.outcome, list(run.problems), list(run.compare_problems))
    key = (plan.tenant, plan.school)
    conn.execute(_KEEP, (*key, *served, *said, run.failures, run.retry_at))

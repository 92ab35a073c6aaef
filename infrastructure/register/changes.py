"""What the register learned between two positions, school by school."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.store.database import Connection

_BATCHES: Final[QueryNoTemplate] = (
    "select batch from known_batch where tenant = %(tenant)s"
    " and position > %(since)s and position <= %(position)s"
    " and (school is null or school = any(%(schools)s) or content not in ('marks', 'correction'))"
)
_REWRITTEN: Final[QueryNoTemplate] = (
    "select school from school where tenant = %(tenant)s and batch = any(%(batches)s)"
    " and school = any(%(schools)s) union select school from school_term"
    " where tenant = %(tenant)s and batch = any(%(batches)s) and school = any(%(schools)s)"
)
_DAYS: Final[QueryNoTemplate] = (
    "select distinct school, on_date from calendar_day where tenant = %(tenant)s"
    " and batch = any(%(batches)s) and school = any(%(schools)s)"
)
_ROLLS: Final[QueryNoTemplate] = (
    "with told as materialized (select distinct student from student where tenant = %(tenant)s"
    " and batch = any(%(batches)s)) select distinct school from student join told using (student)"
    " where tenant = %(tenant)s and school = any(%(schools)s)"
)
_MARKS: Final[QueryNoTemplate] = (
    "select school, on_date, case when count(*) <= %(few)s then array_agg(student) end from mark"
    " where tenant = %(tenant)s and batch = any(%(batches)s) and school = any(%(schools)s)"
    " group by school, on_date"
)
_LEARNED: Final[QueryNoTemplate] = (
    "select school, student, min(on_date) from mark where tenant = %(tenant)s"
    " and batch = any(%(batches)s) and school = any(%(schools)s)"
    " and (%(until)s::date is null or on_date <= %(until)s) group by school, student"
)
_TOLD_OF: Final[QueryNoTemplate] = (
    "select s.school, y.student from student_years y join student s using (tenant, student)"
    " where y.tenant = %(tenant)s and y.batch = any(%(batches)s) and s.school = any(%(schools)s)"
    " union select s.school, t.student from student t join student s using (tenant, student)"
    " where t.tenant = %(tenant)s and t.batch = any(%(batches)s) and s.school = any(%(schools)s)"
)
_MARKED_ON: Final[QueryNoTemplate] = (
    "select school, array_agg(distinct student) from mark where tenant = %(tenant)s"
    " and batch = any(%(batches)s) and school = any(%(schools)s) and on_date = %(on)s"
    " group by school"
)
_FEW: Final = 50  # students: reading their lines is quicker than reading the school's days
_PLANNER: Final[QueryNoTemplate] = "select set_config('enable_seqscan', %s, true)"


@dataclass(slots=True)
class Change:
    """What became known of one school.

    `everything`: its terms or the school itself changed, and every day may be another. `roll`: who
    is on its roll. `days`: what closed or opened, for everybody. `marks`: whose marks, by day;
    None where it is many.
    """

    everything: bool = False
    roll: bool = False
    days: set[date] = field(default_factory=set)
    marks: dict[date, Collection[UUID] | None] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether the school's lines are what they were."""
        return not (self.everything or self.roll or self.days or self.marks)

    @property
    def students(self) -> set[UUID] | None:
        """Whose marks changed, where these are a few; None: look at everybody."""
        found: set[UUID] = set()
        for students in self.marks.values():
            if students is None or len(found) > _FEW:
                return None
            found.update(students)
        return found


Learned = tuple[dict[StudentId, date], date | None]
"""The earliest day about which something of each pupil was learned, and of everybody."""
NOTHING: Final[Learned] = ({}, None)


def learned(
    conn: Connection, tenant: TenantId, school: SchoolId, since: int, position: int
) -> Learned:
    """Return the earliest day about which something of each pupil was learned behind a position.

    Who was put on a roll, or taken off it, may stand otherwise on every day of the year. Beside it
    the earliest day that closed or opened, which is news about everybody; the earliest day of all
    where terms or the school itself changed.
    """
    return learned_of(conn, tenant, [school], since, position).get(school, NOTHING)


def learned_of(
    conn: Connection,
    tenant: TenantId,
    schools: Collection[SchoolId],
    since: int,
    position: int,
    until: date | None = None,
) -> dict[SchoolId, Learned]:
    """Return the same for each of some schools; of marks those of days until one."""
    asked = {**_asked(tenant, schools, since, position), "until": until}
    asked["batches"] = [batch for (batch,) in conn.execute(_BATCHES, asked).fetchall()]
    if not asked["batches"]:
        return {}
    pupils: dict[SchoolId, dict[StudentId, date]] = {school: {} for school in schools}
    conn.execute(_PLANNER, ("off",))
    for school, student, on in conn.execute(_LEARNED, asked).fetchall():
        pupils[school][student] = on
    conn.execute(_PLANNER, ("on",))
    for school, student in conn.execute(_TOLD_OF, asked).fetchall():
        pupils[school][student] = date.min
    days: dict[SchoolId, date] = {}
    for school, on in conn.execute(_DAYS, asked).fetchall():
        days[school] = min(days.get(school, on), on)
    days |= {school: date.min for (school,) in conn.execute(_REWRITTEN, asked).fetchall()}
    return {school: (pupils[school], days.get(school)) for school in schools}


def marked_on(
    conn: Connection,
    tenant: TenantId,
    schools: Collection[SchoolId],
    on: date,
    since: int,
    position: int,
) -> dict[SchoolId, frozenset[StudentId]]:
    """Return of whom at some schools a mark of a day became known between two positions."""
    asked = {**_asked(tenant, schools, since, position), "on": on}
    asked["batches"] = [batch for (batch,) in conn.execute(_BATCHES, asked).fetchall()]
    if not asked["batches"]:
        return {}
    conn.execute(_PLANNER, ("off",))
    with conn.cursor(binary=True) as cursor:
        found = cursor.execute(_MARKED_ON, asked).fetchall()
    conn.execute(_PLANNER, ("on",))
    return {school: frozenset(students) for school, students in found}


def changes(
    conn: Connection,
    tenant: TenantId,
    schools: Collection[SchoolId],
    since: int,
    position: int,
) -> Mapping[SchoolId, Change] | None:
    """Return what became known of some schools behind a position; None: no batch at all."""
    asked = _asked(tenant, schools, since, position)
    batches = [batch for (batch,) in conn.execute(_BATCHES, asked).fetchall()]
    if not batches:
        return None
    asked["batches"] = batches
    found: dict[SchoolId, Change] = defaultdict(Change)
    for (school,) in conn.execute(_REWRITTEN, asked).fetchall():
        found[school].everything = True
    for school, on in conn.execute(_DAYS, asked).fetchall():
        found[school].days.add(on)
    for (school,) in conn.execute(_ROLLS, asked).fetchall():
        found[school].roll = True
    # A table that was never analysed looks as if reading all of it were nothing.
    conn.execute(_PLANNER, ("off",))
    with conn.cursor(binary=True) as cursor:
        for school, on, students in cursor.execute(_MARKS, asked):
            found[school].marks[on] = students
    conn.execute(_PLANNER, ("on",))
    return found


def _asked(
    tenant: TenantId, schools: Collection[SchoolId], since: int, position: int
) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "schools": list(schools),
        "since": since,
        "position": position,
        "few": _FEW,
    }

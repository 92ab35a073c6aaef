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
    "select student, min(on_date) from mark where tenant = %(tenant)s"
    " and batch = any(%(batches)s) and school = any(%(schools)s) group by student"
)
_TOLD_OF: Final[QueryNoTemplate] = (
    "select y.student from student_years y join student s using (tenant, student)"
    " where y.tenant = %(tenant)s and y.batch = any(%(batches)s) and s.school = any(%(schools)s)"
    " union select distinct t.student from student t where t.tenant = %(tenant)s"
    " and t.batch = any(%(batches)s) and (t.school = any(%(schools)s) or exists"
    " (select from student s where s.tenant = t.tenant and s.student = t.student"
    " and s.school = any(%(schools)s)))"
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


def learned(
    conn: Connection,
    tenant: TenantId,
    school: SchoolId,
    since: int,
    position: int,
) -> tuple[dict[StudentId, date], date | None]:
    """Return the earliest day about which something of each pupil was learned behind a position.

    Who was put on a roll, or taken off it, may stand otherwise on every day of the year. Beside it
    the earliest day that closed or opened, which is news about everybody; the earliest day of all
    where terms or the school itself changed.
    """
    asked = _asked(tenant, [school], since, position)
    asked["batches"] = [batch for (batch,) in conn.execute(_BATCHES, asked).fetchall()]
    if not asked["batches"]:
        return {}, None
    conn.execute(_PLANNER, ("off",))
    marks: dict[StudentId, date] = dict(conn.execute(_LEARNED, asked).fetchall())
    conn.execute(_PLANNER, ("on",))
    for (student,) in conn.execute(_TOLD_OF, asked).fetchall():
        marks[student] = date.min
    if conn.execute(_REWRITTEN, asked).fetchone():
        return marks, date.min
    days = [on for _, on in conn.execute(_DAYS, asked).fetchall()]
    return marks, min(days, default=None)


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

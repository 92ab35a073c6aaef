"""The last look at the register before something leaves the school that a mark has caused.

A look after an import may not have come by yet. So what became known of a pupil since the last look
reaches the pupil's ladder first; the aggregate then says whether the letter or message may leave.
"""

from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import Final, NamedTuple

from msgspec.structs import replace

from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.accounts import intent_of
from infrastructure.runtime.agenda import ended, newest_known
from infrastructure.runtime.correcting import corrections
from infrastructure.runtime.deciding import rules_for
from infrastructure.runtime.looking import look
from infrastructure.runtime.recounting import leavers
from infrastructure.store import reads
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Intent, Ledger
from infrastructure.store.recorder import bound
from projections import evaluations
from projections.evaluations import EvaluationRow
from projections.kit import Query


class About(NamedTuple):
    """One pupil of whom something is about to leave a school."""

    tenant: TenantId
    school: SchoolId
    student: StudentId


class _Seen(NamedTuple):
    """A day that the rules looked at, and the position as which it was known then."""

    on: date
    known_at: int


# No evaluation's: history that is played again takes what it did as it is on record.
ACTOR: Final = "process:last-look"
_A_FEW_DAYS: Final = timedelta(days=7)  # an evening has looked at each day before
# Of whom something became known since the last look at their school: a mark of a day that was
# looked at, a closure, terms, or the roll. Each is found by its key, so the question costs the same
# on a quiet day and on the morning of an import. A look at the day itself counts for that day only.
_NEWS: Final = Query(
    "evaluations",
    "select u.tenant, u.school, u.student from"
    " unnest(%(tenants)s::uuid[], %(schools)s::uuid[], %(students)s::uuid[])"
    " as u (tenant, school, student)"
    ' left join lateral (select "on", known_at from {evaluations} where tenant = u.tenant'
    ' and school_id = u.school and ladder order by "on" desc limit 1) l on true'
    ' left join lateral (select "on", same_day_known_at as known_at from {evaluations}'
    " where tenant = u.tenant and school_id = u.school and same_day_known_at > 0"
    ' and (l."on" is null or "on" > l."on") order by "on" desc limit 1) d on true'
    " where exists (select from known_batch b where b.tenant = u.tenant"
    " and b.position > coalesce(l.known_at, d.known_at)"
    " and (b.school is null or b.school = u.school or b.content not in ('marks', 'correction'))"
    " and (exists (select from mark m where m.tenant = u.tenant and m.school = u.school"
    ' and m.student = u.student and m.batch = b.batch and (m.on_date <= l."on"'
    ' or (m.on_date = d."on" and b.position > d.known_at)))'
    " or b.content not in ('marks', 'correction') and ("
    " exists (select from student s where s.tenant = u.tenant and s.student = u.student"
    " and s.batch = b.batch)"
    " or exists (select from student_years y where y.tenant = u.tenant and y.student = u.student"
    " and y.batch = b.batch)"
    " or exists (select from calendar_day c where c.tenant = u.tenant and c.school = u.school"
    " and c.batch = b.batch)"
    " or exists (select from school_term t where t.tenant = u.tenant and t.school = u.school"
    " and t.batch = b.batch)"
    " or exists (select from school s where s.tenant = u.tenant and s.school = u.school"
    " and s.batch = b.batch))))",
)


class LastLook:
    """Asked just before something leaves. It is no look at the school, nor recorded as one."""

    def __init__(self, database: Database, ledger: Ledger, at: time) -> None:
        self._database, self._ledger, self._at = database, ledger, at

    def before(self, leaving: Iterable[About]) -> None:
        """Look again at those of whom something became known since; mostly that is nobody."""
        pupils = sorted({*leaving})
        if not pupils:
            return
        tenants, schools, students = (list(column) for column in zip(*pupils, strict=True))
        asked = {"tenants": tenants, "schools": schools, "students": students}
        with self._database.worker() as conn:
            touched = [About(*found) for found in reads.fetch(conn, _NEWS, asked)]
        for one in touched:
            self.recheck(one)

    def recheck(self, about: About) -> None:
        """Let what was learned of one pupil since the last looks reach the pupil's ladders."""
        with self._database.worker() as conn:
            rows = register.schools(conn, about.tenant)
            intents = [
                intent
                for school in rows
                if school.school == about.school
                for intent in self._intents(conn, about, school)
            ]
        if intents:
            self._ledger.execute_many(intents)

    def _intents(self, conn: Connection, about: About, school: SchoolRow) -> Iterable[Intent]:
        position = newest_known(conn, about.tenant, bound(conn))
        for seen in self._looked(conn, about.tenant, school):
            rules = rules_for(conn, about.tenant, school, seen.on)
            if rules is None or position <= seen.known_at:
                continue
            place = (conn, about.tenant, school, seen.on, rules, position)
            known = look(*place, since=seen.known_at, students=[about.student])
            for step in (*leavers(known), *corrections(known).steps):
                yield replace(intent_of(about.tenant, step.command, known), actor=ACTOR)

    def _looked(self, conn: Connection, tenant: TenantId, school: SchoolRow) -> Sequence[_Seen]:
        """Return the last evening, and today where families were to hear today."""
        now = school_now(conn)
        asked = {"tenant": tenant, "school": school.school, "until": ended(now, school, self._at)}
        ladder = reads.documents(conn, evaluations.LAST, EvaluationRow, asked)
        seen = [_Seen(one.on, one.known_at) for one in ladder]
        since = seen[0].on if seen else date.min
        asked["since"] = max(since, now.date() - _A_FEW_DAYS)
        days = reads.fetch(conn, evaluations.SAME_DAY, asked)
        of_school = [_Seen(on, at) for place, on, at, _ in days if at and place == school.school]
        return [*seen, *sorted(one for one in of_school if one.on > since)]

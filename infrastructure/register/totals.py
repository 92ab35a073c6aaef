"""Sums of sessions that another system gave: shown as they came, counted by no rule."""

from datetime import date
from typing import Any, Final

import msgspec

from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register.reads import NOW
from infrastructure.store.database import Connection

EVER: Final = {"first": date.min, "last": date.max, "position": NOW}
# A file that speaks of the same days again says its newest word; other days stand beside it.
OF_STUDENT: Final = (
    "select json_build_object('school_id', school, 'from', first_on, 'to', last_on, 'possible',"
    " possible, 'attended', attended, 'authorised', authorised, 'unauthorised', unauthorised,"
    " 'source', source, 'known_from', position, 'known_at', occurred_at, 'decides', false)::text"
    " from (select distinct on (t.school, t.first_on, t.last_on) t.*, k.source, k.position,"
    " k.occurred_at from attendance_total t join known_batch k on k.tenant = t.tenant"
    " and k.batch = t.batch where t.tenant = %(tenant)s and t.student = %(student)s"
    " and (%(school)s::uuid[] is null or t.school = any(%(school)s))"
    " and t.first_on <= %(last)s and t.last_on >= %(first)s and k.position <= %(position)s"
    " order by t.school, t.first_on, t.last_on, k.position desc) latest"
    " order by first_on, last_on, school limit 1000"
)


def totals_of(
    conn: Connection,
    tenant: TenantId,
    school: SchoolId,
    student: StudentId,
    span: tuple[date, date],
    position: int,
) -> list[dict[str, Any]]:
    """Return the sums that touch some days of a student at a school, as known at a position."""
    asked = {
        "tenant": tenant,
        "school": [school],
        "student": student,
        "first": span[0],
        "last": span[1],
        "position": position,
    }
    return [msgspec.json.decode(row[0]) for row in conn.execute(OF_STUDENT, asked).fetchall()]

"""What is known of a student beside the marks: enrolment, household, guardians; now or as then."""

from typing import Any, Final

from psycopg.abc import QueryNoTemplate

from domain.shared.ids import StudentId, TenantId
from infrastructure.register import reads
from infrastructure.register.rows import GuardianLinkRow
from infrastructure.store.database import Connection

_VERSIONS: Final[QueryNoTemplate] = (
    "with linked as (select distinct guardian from guardian_link where tenant = %(tenant)s"
    " and student = %(student)s), said as (select batch, 'enrolment' as about from student"
    " where tenant = %(tenant)s and student = %(student)s union"
    " select batch, 'guardians' from guardian_link where tenant = %(tenant)s"
    " and student = %(student)s union select g.batch, 'household' from guardian g"
    " join linked using (guardian) where g.tenant = %(tenant)s)"
    " select k.position, k.occurred_at, k.actor, k.source, array_agg(s.about order by s.about)"
    " from said s join known_batch k on k.tenant = %(tenant)s and k.batch = s.batch"
    " where k.position <= %(position)s group by 1, 2, 3, 4 order by 1 desc limit 100"
)


def record_view(
    conn: Connection, tenant: TenantId, student: StudentId, position: int
) -> dict[str, Any]:
    """Return a student's record as it was known at a position; null is what nobody has told us.

    Why somebody must not be contacted is not said here, only that it is so and until when.
    """
    found = reads.students(conn, tenant, position, students=[student])
    links = reads.guardians_of(conn, tenant, [student], position)[student]
    asked = {"tenant": tenant, "student": student, "position": position}
    row = found[0] if found else None
    return {
        "student_id": student,
        "known_at": position,
        "enrolment": None
        if row is None
        else {
            "school_id": row.school,
            "year_group": row.year_group,
            "enrolled_on": row.enrolled_on,
            "left_on": row.left_on,
            "household": row.household,
        },
        "guardians": [_guardian(link) for link in links],
        "versions": [
            {"position": at, "known_at": when, "by": actor, "source": source, "about": about}
            for at, when, actor, source, about in conn.execute(_VERSIONS, asked).fetchall()
        ],
    }


def _guardian(link: GuardianLinkRow) -> dict[str, Any]:
    return {
        "guardian_id": link.guardian,
        "relation": link.relation,
        "priority": link.priority,
        "may_receive_info": link.may_receive_info,
        "has_parental_responsibility": link.has_parental_responsibility,
        "lives_with": link.lives_with,
        "no_contact": link.no_contact_reason is not None,
        "no_contact_until": link.no_contact_until,
        "household": link.household,
    }

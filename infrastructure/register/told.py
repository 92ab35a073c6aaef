"""How many people a school may tell something: what a text would cost is counted with it."""

from typing import Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from infrastructure.store.database import Connection

_TOLD: Final[QueryNoTemplate] = (
    "with pupil as (select student from (select distinct on (s.student) s.student, s.school,"
    " s.withdrawn, s.left_on from student s join known_batch k using (batch)"
    " where s.tenant = %(tenant)s order by s.student, k.position desc) latest"
    " where not withdrawn and left_on is null"
    " and (%(school)s::uuid is null or school = %(school)s)),"
    " link as (select distinct on (r.student, r.guardian) r.student, r.guardian, r.withdrawn,"
    " r.may_receive_info, r.no_contact_reason from guardian_link r join known_batch k using (batch)"
    " where r.tenant = %(tenant)s order by r.student, r.guardian, k.position desc)"
    " select count(distinct guardian) from link join pupil using (student)"
    " where not link.withdrawn and may_receive_info and no_contact_reason is null"
)


def guardians_told(conn: Connection, tenant: UUID, school: UUID | None) -> int:
    """Return how many guardians of a school, or of all, may be told about a child."""
    row = conn.execute(_TOLD, {"tenant": tenant, "school": school}).fetchone()
    return int(row[0]) if row else 0

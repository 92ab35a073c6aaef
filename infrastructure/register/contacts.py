"""What the register says of guardians at this moment, for the last look before a call."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.kernel.commands import Link
from domain.shared.recipients import Contact
from infrastructure.store import arrays
from infrastructure.store.database import Connection

# Each link is found by its key: the question costs the same however large the register is.
_NOW: Final[QueryNoTemplate] = (
    "select u.student, u.guardian, case when l.withdrawn then false else l.may_receive_info end,"
    " l.has_parental_responsibility, l.no_contact_reason is not null, l.no_contact_until"
    " from unnest(%(students)b::uuid[], %(guardians)b::uuid[]) as u (student, guardian)"
    " cross join lateral (select r.* from guardian_link r join known_batch k"
    " on k.tenant = r.tenant and k.batch = r.batch where r.tenant = %(tenant)s"
    " and r.student = u.student and r.guardian = u.guardian order by k.position desc limit 1) l"
)


def contacts_now(conn: Connection, tenant: UUID, links: Sequence[Link]) -> dict[Link, Contact]:
    """Return what is known of some guardians in the caller's transaction; of strangers, nothing.

    Who is no guardian of the child any more has no right to information about it.
    """
    asked = {
        "tenant": tenant,
        "students": arrays.uuids([one.student for one in links]),
        "guardians": arrays.uuids([one.guardian for one in links]),
    }
    return {
        Link(student, guardian): Contact(
            guardian=guardian,
            may_receive_info=may,
            has_parental_responsibility=holds,
            no_contact=flag,
            no_contact_until=until,
        )
        for student, guardian, may, holds, flag, until in conn.execute(_NOW, asked)
    }

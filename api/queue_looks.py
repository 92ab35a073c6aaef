"""What the door knows beside the queue: today at each school, year groups, a line by its name."""

from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from api.dependencies import Reading
from api.receipts import Desk
from domain.kernel.refusals import NotFound
from infrastructure.store import reads
from projections.kit import Query
from projections.queue import QueueLine, QueueStream

ME: Final = "me"
NOBODY: Final = "nobody"
_ZONES: Final = (
    "select distinct on (s.school) s.school, s.zone from school s join known_batch k"
    " on k.tenant = s.tenant and k.batch = s.batch where s.tenant = %(tenant)s"
    " order by s.school, k.position desc"
)
_OF_YEAR_GROUP: Final = (
    "select student from (select distinct on (s.student) s.student, s.year_group, s.withdrawn"
    " from student s join known_batch k on k.tenant = s.tenant and k.batch = s.batch"
    " where s.tenant = %(tenant)s order by s.student, k.position desc) latest"
    " where not withdrawn and year_group = %(year_group)s"
)
_STREAM: Final = Query(
    "queue", "select doc from {queue} where tenant = %(tenant)s and key = %(key)s limit 1"
)


async def around(reading: Reading, year_group: str | None, owner: str | None) -> dict[str, Any]:
    """Return today at each school, by its own clock, and whom a year group has."""
    async with reading.look() as look:
        now = await look.school_now()
        zones = await look.rows(_ZONES)
        pupils = None
        if year_group is not None:
            found = await look.rows(_OF_YEAR_GROUP, year_group=year_group)
            pupils = [pupil for (pupil,) in found]
    names = {ME: reading.caller.actor, NOBODY: ""}
    return {
        "schools": [school for school, _ in zones],
        "days": [now.astimezone(ZoneInfo(zone)).date() for _, zone in zones],
        "students": pupils,
        "owner": None if owner is None else names.get(owner, owner),
    }


def line_at(desk: Desk, subject: UUID, stage: str, unknown: type[NotFound]) -> QueueLine:
    """Return a line of the queue in the caller's scope.

    Raises:
        NotFound: the same for a line that is not there and one of another school.
    """
    asked = {"tenant": desk.caller.tenant, "key": str(subject)}
    with desk.house.database.tenant(desk.caller.tenant) as conn:
        rows = reads.documents(conn, _STREAM, QueueStream, asked)
    line = rows[0].line(stage) if rows else None
    if line is None or not desk.caller.may_see(line.school_id):
        raise unknown
    return line

"""Schools' calendars as decisions see them: open days, in the zone of the school."""

from collections.abc import Iterable
from typing import Final

from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import SchoolId, TenantId
from infrastructure.register import reads as register
from infrastructure.store.database import Connection

_FALLBACK_ZONE: Final = "UTC"


def school_calendars(
    conn: Connection, tenant: TenantId, schools: Iterable[SchoolId]
) -> dict[SchoolId, SchoolCalendar]:
    """Return the calendars of some schools, as they are known now."""
    zones = {row.school: row.zone for row in register.schools(conn, tenant)}
    known = register.calendars(conn, tenant, schools=[*schools])
    return {
        school: SchoolCalendar(zones.get(school, _FALLBACK_ZONE), calendar.known_open_days)
        for school, calendar in known.items()
    }

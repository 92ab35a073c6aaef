"""Which rule set decides about a school on a day."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from psycopg.abc import QueryNoTemplate

from domain.attendance.in_force import decides_at, decides_on, scope_of
from domain.shared.ids import TenantId
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections import definitions
from projections.definitions import RuleSetRow

_TENANTS: Final[QueryNoTemplate] = "select distinct tenant from known_batch order by tenant"


def rules_for(conn: Connection, tenant: TenantId, school: SchoolRow, on: date) -> RuleSetRow | None:
    """Return the rule set that decides: the school's own, else its tenant's; of two the later.

    One of another place is passed over, and one that is not in force on the day: a tenant with
    schools in several places has a rule set in use for each. None where none is left.
    """
    asked = {"tenant": tenant, "school": school.school}
    for row in reads.documents(conn, definitions.FOR_SCHOOL, RuleSetRow, asked):
        scope = scope_of(row.definition)
        if decides_at(scope, school.jurisdiction) and decides_on(scope, on):
            return row
    return None


def undecided(conn: Connection) -> list[SchoolRow]:
    """Return the schools of all tenants about which no rule set decides today."""
    now = school_now(conn)
    return [
        row
        for (tenant,) in conn.execute(_TENANTS).fetchall()
        for row in register.schools(conn, tenant)
        if rules_for(conn, tenant, row, now.astimezone(ZoneInfo(row.zone)).date()) is None
    ]

"""Which rule set decides about a school on a day."""

from collections.abc import Sequence
from datetime import date
from functools import cached_property
from typing import Final
from zoneinfo import ZoneInfo

from psycopg.abc import QueryNoTemplate

from domain.attendance.in_force import Scope, decides_at, decides_on, scope_of
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
    return RulesInUse(conn, tenant, [school]).decide(school, on)


class RulesInUse:
    """The rule sets in use at some schools, asked for once."""

    def __init__(self, conn: Connection, tenant: TenantId, schools: Sequence[SchoolRow]) -> None:
        self._conn = conn
        self._asked = {"tenant": tenant, "schools": [one.school for one in schools]}

    @cached_property
    def _rows(self) -> list[tuple[RuleSetRow, Scope]]:
        rows = reads.documents(self._conn, definitions.FOR_SCHOOLS, RuleSetRow, self._asked)
        return [(row, scope_of(row.definition)) for row in rows]

    def decide(self, school: SchoolRow, on: date) -> RuleSetRow | None:
        """Return the one that decides about a school on a day."""
        for row, scope in self._rows:
            mine = row.school_id in {None, school.school}
            if mine and decides_at(scope, school.jurisdiction) and decides_on(scope, on):
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

"""Sees which returns schools owe: opens each in its time, and says once that it is past due.

It keeps nothing but what it looked at already: who starts after an outage finds the same returns.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.attendance.returns import Owed, owed
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays
from domain.owed_return.commands import WatchReturn, return_id
from domain.shared.ids import RuleSetId, SchoolId, TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.deciding import rules_for
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Intent
from projections import definitions, returns
from projections.definitions import RuleSetRow
from projections.returns import ReturnRow

ACTOR: Final = "process:returns"


class Owing:
    """Looks at each school once a day, and when its calendar or a rule set has changed."""

    def __init__(self) -> None:
        self._known: dict[TenantId, tuple[int, list[tuple[SchoolRow, SchoolDays]]]] = {}
        self._seen: dict[tuple[TenantId, SchoolId], tuple[date, int, int]] = {}

    def due(self, conn: Connection, news: dict[TenantId, int]) -> list[Intent]:
        """Return what is to be asked now."""
        now = school_now(conn)
        found: list[Intent] = []
        for tenant, changed in news.items():
            used = reads.count(conn, definitions.NEWEST_IN_USE, {"tenant": tenant})
            for school, calendar in self._schools(conn, tenant, changed):
                today = now.astimezone(ZoneInfo(school.zone)).date()
                place, seen = (tenant, school.school), (today, changed, used)
                if self._seen.get(place) == seen:
                    continue
                asked = list(_of_school(conn, tenant, school, calendar, today))
                if not asked:
                    self._seen[place] = seen
                found += asked
        return found

    def _schools(
        self, conn: Connection, tenant: TenantId, news: int
    ) -> list[tuple[SchoolRow, SchoolDays]]:
        known = self._known.get(tenant)
        if known is None or known[0] != news:
            calendars = register.calendars(conn, tenant)
            rows = [one for one in register.schools(conn, tenant) if one.school in calendars]
            known = self._known[tenant] = news, [(one, calendars[one.school]) for one in rows]
        return known[1]


def _of_school(
    conn: Connection, tenant: TenantId, school: SchoolRow, calendar: SchoolDays, today: date
) -> Iterator[Intent]:
    row = rules_for(conn, tenant, school, today)
    if row is None:
        return
    asked = {**returns.ANY, "tenant": tenant, "school": [school.school]}
    rows = {one.return_id: one for one in reads.documents(conn, returns.PAGE, ReturnRow, asked)}
    for one in owed(RuleSet.model_validate(row.definition), calendar, today):
        which = return_id(tenant, school.school, one.said.id, one.year_from)
        if _asks(rows.get(which), one, today, _used_since(row, school)):
            yield _intent(tenant, school, row, which, one, today)


def _used_since(row: RuleSetRow, school: SchoolRow) -> date:
    """Return since when rules decide here: what was due before that, they never asked for."""
    at = row.activated_at
    return date.min if at is None else at.astimezone(ZoneInfo(school.zone)).date()


def _asks(known: ReturnRow | None, one: Owed, today: date, since: date) -> bool:
    if known is None:
        return one.opens_on <= today and since <= one.due_on
    if known.status == "SUBMITTED":
        return False
    return known.due_on != one.due_on or (known.status == "OPEN" and today > one.due_on)


def _intent(
    tenant: TenantId, school: SchoolRow, row: RuleSetRow, which: UUID, one: Owed, today: date
) -> Intent:
    command = WatchReturn(
        return_id=which,
        school_id=school.school,
        rule_set_id=RuleSetId(row.rule_set_id),
        name=one.said.id,
        covers=one.said.covers or "",
        role=str(one.said.approval),
        cumulative=one.said.cumulative,
        school_year_from=one.year_from,
        opens_on=one.opens_on,
        due_on=one.due_on,
    )
    key = (which, one.opens_on, one.due_on, today, row.content_hash)
    return Intent(tenant, command, ACTOR, derived_id("return", tenant, *key))

"""Sees when clocks of the law run out: says so once, and where the calendar has moved a last day.

It keeps nothing: what waits follows from the rows of interventions and from which commands were
answered. Who starts after an outage finds the same clocks, and tells them then.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import msgspec
from psycopg.abc import QueryNoTemplate

from domain.intervention.clocks import school_days_later
from domain.intervention.commands import WatchClock
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import TenantId, derived_id
from infrastructure.clock import school_now
from infrastructure.register.school_calendars import school_calendars
from infrastructure.runtime.gathering import by
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.store.ledger import Intent
from projections import clocks, interventions
from projections.interventions import InterventionRow, StageLine

ACTOR: Final = "process:clocks"
_FARTHEST_EAST: Final = timedelta(hours=14)
_NEWS: Final = (
    "select tenant, max(position) from known_batch"
    " where content in ('schools', 'calendar', 'district') group by tenant"
)
_ANSWERED: Final[QueryNoTemplate] = (
    "select command_id from command_answer where tenant = any(%(tenants)s)"
    " and command_id = any(%(commands)s)"
)


class PastDue:
    """Asks the clocks that run, at the turn of each day and when a calendar has changed."""

    def __init__(self) -> None:
        self._known: dict[TenantId, int] = {}

    def due(self, conn: Connection, news: dict[TenantId, int]) -> list[Intent]:
        """Return what is to be asked now, without what was answered before."""
        moved = [tenant for tenant, at in news.items() if self._known.get(tenant) != at]
        now = school_now(conn)
        asked = {"day": (now + _FARTHEST_EAST).date(), "tenants": moved}
        rows = [
            (TenantId(tenant), msgspec.json.decode(doc, type=InterventionRow))
            for tenant, doc in reads.fetch(conn, interventions.CLOCKS, asked)
        ]
        calendars = {
            tenant: school_calendars(conn, tenant, {row.school_id for _, row in some})
            for tenant, some in by(rows, lambda one: one[0]).items()
        }
        found: list[Intent] = []
        for tenant, row in rows:
            calendar = calendars[tenant][row.school_id]
            found += _of_row(tenant, row, calendar, calendar.local(now).date())
        keys = {"tenants": [i.tenant for i in found], "commands": [i.command_id for i in found]}
        answered = {one for (one,) in conn.execute(_ANSWERED, keys).fetchall()}
        waiting = [one for one in found if one.command_id not in answered]
        if not waiting:
            self._known = news  # every clock of these calendars was asked
        return waiting


def calendar_news(conn: Connection) -> dict[TenantId, int]:
    """Return at which position a tenant's schools or calendars changed last."""
    return {TenantId(tenant): at for tenant, at in conn.execute(_NEWS).fetchall()}


def _of_row(
    tenant: TenantId, row: InterventionRow, calendar: SchoolCalendar, today: date
) -> Iterator[Intent]:
    for line in row.stages:
        if line.due_on is None or not clocks.runs(line):
            continue
        due = _last_day(line, line.due_on, calendar)
        passed = today > due and line.past_due_on is None
        again = line.past_due_on is not None and today <= due
        if passed or again or due != line.due_on:
            on = today if passed else None
            yield _intent(tenant, row, line, due, on)


def _last_day(line: StageLine, said: date, calendar: SchoolCalendar) -> date:
    began = line.qualified_on or line.evaluated_on
    if line.due_school_days is None or began is None:
        return said
    return school_days_later(began, line.due_school_days, calendar)


def _intent(
    tenant: TenantId, row: InterventionRow, line: StageLine, due: date, on: date | None
) -> Intent:
    command = WatchClock(
        intervention_id=row.intervention_id,
        student_id=row.student_id,
        school_id=row.school_id,
        case_id=row.case_id,
        stage=line.stage,
        firing=line.firing,
        due_on=due,
    )
    key = (row.intervention_id, line.stage, line.firing, line.known_at, line.due_on, due, on)
    return Intent(tenant, command, ACTOR, derived_id("clock", tenant, *key))

"""A ledger on a throw-away database, and a calendar that is open on every weekday."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.catalogue import AGGREGATES
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import SchoolId, StudentId, TenantId, derived_id
from infrastructure.clock import move_school_clock
from infrastructure.store import tables
from infrastructure.store.database import Database
from infrastructure.store.ledger import Ledger
from projections.all import READ_MODELS

TENANT = TenantId(derived_id("tenant", "test"))
OTHER = TenantId(derived_id("tenant", "other"))
SCHOOL = SchoolId(derived_id("school", "test"))
STUDENT = StudentId(derived_id("student", "test"))
HOLD = (  # what an append takes before it draws positions, as `append_commands` does
    "select pg_advisory_xact_lock_shared((24225::bigint << 48) | (select case when is_called"
    " then last_value else 0 end from ledger_notification_id_seq))"
)
NOON = datetime(2025, 10, 1, 11, 0, tzinfo=UTC)


def weekdays(first: date = date(2025, 9, 1), days: int = 300) -> tuple[date, ...]:
    """Return the weekdays of a stretch."""
    every = (first + timedelta(days=n) for n in range(days))
    return tuple(day for day in every if day.weekday() < 5)


CALENDAR = SchoolCalendar("Europe/Dublin", weekdays())


def calendars(_conn: Any, _tenant: UUID, schools: Sequence[UUID]) -> Mapping[UUID, SchoolCalendar]:
    """Give every school the same calendar."""
    return dict.fromkeys(schools, CALENDAR)


@contextmanager
def ledger_on(
    database: Database, now: datetime = NOON, committed: Callable[[], None] = lambda: None
) -> Iterator[Ledger]:
    """Open a ledger with the school clock set."""
    with database.worker() as conn:
        tables.ensure(conn, READ_MODELS)
        move_school_clock(conn, now)
    ledger = Ledger(database, AGGREGATES, calendars, committed)
    try:
        yield ledger
    finally:
        ledger.close()

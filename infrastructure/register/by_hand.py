"""What a person changes in the register by hand: one mark, days of a calendar, a term.

Each is a batch of its own beside the imports: nothing is overwritten, and it is an amendment.
"""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final, NamedTuple, assert_never
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.attendance.day_words import days_of
from domain.attendance.register_line import Session
from domain.register_batch.commands import BY_HAND, RecordBatch
from domain.shared.ids import BatchId, SchoolId, StudentId, TenantId
from infrastructure.store.database import Connection

CORRECTION: Final = "correction"
CALENDAR: Final = "calendar"
_BATCH: Final[QueryNoTemplate] = (
    "insert into staged_batch (tenant, batch, content, source, content_hash, school)"
    " values (%s, %s, %s, %s, %s, %s) on conflict do nothing"
)
_MARK: Final[QueryNoTemplate] = (
    "insert into mark (tenant, school, student, on_date, session, batch, code, status,"
    " minutes_late, row_no, local_code) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, %s)"
    " on conflict do nothing"
)
_DAY: Final[QueryNoTemplate] = (
    "insert into calendar_day (tenant, school, on_date, batch, kind, is_open, part, year_group,"
    " withdrawn) values (%s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing"
)
_TERM: Final[QueryNoTemplate] = (
    "insert into school_term (tenant, school, term, batch, begins_on, ends_on, declared_days)"
    " values (%s, %s, %s, %s, %s, %s, %s) on conflict do nothing"
)
_NO_TERM: Final[QueryNoTemplate] = (
    "insert into school_term (tenant, school, term, batch, begins_on, ends_on, declared_days,"
    " withdrawn) select t.tenant, t.school, t.term, %s, t.begins_on, t.ends_on, t.declared_days,"
    " true from school_term t join known_batch k on k.tenant = t.tenant and k.batch = t.batch"
    " where t.tenant = %s and t.school = %s and t.term = %s order by k.position desc limit 1"
    " on conflict do nothing"
)
_TERMS: Final[QueryNoTemplate] = (
    "select term, begins_on, ends_on, declared_days from (select distinct on (t.term) t.*"
    " from school_term t join known_batch k on k.tenant = t.tenant and k.batch = t.batch"
    " where t.tenant = %s and t.school = %s and k.position <= %s"
    " order by t.term, k.position desc) latest where not withdrawn order by begins_on, term"
)
_KNOWN: Final[QueryNoTemplate] = (
    "select session from (select distinct on (m.session) m.session, m.status from mark m"
    " join known_batch k on k.tenant = m.tenant and k.batch = m.batch where m.tenant = %s"
    " and m.school = %s and m.student = %s and m.on_date = %s"
    " order by m.session, k.position desc) latest where status <> 'VOID'"
)
_VERSION: Final[QueryNoTemplate] = (
    "select coalesce(max(k.position), 0) from known_batch k where k.tenant = %(tenant)s"
    " and k.batch in (select batch from calendar_day where tenant = %(tenant)s"
    " and school = %(school)s union select batch from school_term where tenant = %(tenant)s"
    " and school = %(school)s union select batch from register_hours where tenant = %(tenant)s"
    " and school = %(school)s)"
)
_LOCK: Final[QueryNoTemplate] = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"


@dataclass(frozen=True, slots=True)
class MarkChange:
    """One mark as it should have been; status VOID takes it back."""

    school: SchoolId
    student: StudentId
    on: date
    session: Session
    code: str
    status: str
    minutes_late: int | None = None
    local_code: str | None = None


@dataclass(frozen=True, slots=True)
class DayChange:
    """One word about a day of a school's calendar, or about all from it until another.

    Withdrawn: as if it had never been said. What opens several days opens no weekend.
    """

    school: SchoolId
    on: date
    kind: str
    is_open: bool
    part: str = "DAY"
    year_group: str = ""
    withdrawn: bool = False
    until: date | None = None

    @property
    def days(self) -> list[date]:
        """The days that the word is about."""
        return days_of(self.on, self.until or self.on, is_open=self.is_open)


class NamedTerm(NamedTuple):
    """A stretch of teaching, under the name by which it can be said anew."""

    name: str
    begins_on: date
    ends_on: date
    declared_days: int | None


@dataclass(frozen=True, slots=True)
class TermChange:
    """One term as it is to be, from its first to its last day; without days: it is taken back."""

    school: SchoolId
    name: str
    days: tuple[date, date] | None
    declared_days: int | None = None


Change = MarkChange | DayChange | TermChange


def named_terms(
    conn: Connection, tenant: TenantId, school: SchoolId, position: int
) -> list[NamedTerm]:
    """Return a school's terms as known at a position, by their days."""
    rows = conn.execute(_TERMS, (tenant, school, position)).fetchall()
    return [NamedTerm(*row) for row in rows]


def sessions_marked(
    conn: Connection, tenant: TenantId, school: SchoolId, student: StudentId, on: date
) -> set[Session]:
    """Return the parts of a day for which a student has a mark."""
    rows = conn.execute(_KNOWN, (tenant, school, student, on)).fetchall()
    return {Session(session) for (session,) in rows}


def calendar_version(
    conn: Connection, tenant: TenantId, school: SchoolId, *, for_change: bool = False
) -> int:
    """Return the position of the newest word about a school's calendar; 0 before the first.

    For a change it holds back whoever else would change the calendar until the transaction ends.
    """
    if for_change:
        conn.execute(_LOCK, (f"calendar of {school}",))
    row = conn.execute(_VERSION, {"tenant": tenant, "school": school}).fetchone()
    return int(row[0]) if row else 0


def stage(
    conn: Connection,
    tenant: TenantId,
    batch: BatchId,
    change: Change,
    reason_ref: UUID,
) -> RecordBatch:
    """Stage a change, unseen as yet; return the command that makes it visible.

    Said twice it is staged once: the batch's id is made from the wish's.
    """
    digest = sha256(f"{change} {reason_ref}".encode()).hexdigest()
    content = CORRECTION if isinstance(change, MarkChange) else CALENDAR
    conn.execute(_BATCH, (tenant, batch, content, BY_HAND, digest, change.school))
    rows = 1
    match change:
        case MarkChange():
            conn.execute(_MARK, _mark_row(tenant, batch, change))
        case DayChange():
            days = [_day_row(tenant, batch, change, on) for on in change.days]
            conn.cursor().executemany(_DAY, days)
            rows = len(days)
        case TermChange(school, name, days, declared):
            if days is None:
                conn.execute(_NO_TERM, (batch, tenant, school, name))
            else:
                conn.execute(_TERM, (tenant, school, name, batch, *days, declared))
        case _:
            assert_never(change)
    return RecordBatch(
        batch_id=batch,
        content=content,
        source=BY_HAND,
        content_hash=digest,
        rows=rows,
        quarantined=0,
        students=int(isinstance(change, MarkChange)),
        school_id=change.school,
    )


def _mark_row(tenant: TenantId, batch: BatchId, one: MarkChange) -> tuple[Any, ...]:
    place = (tenant, one.school, one.student, one.on, one.session.value, batch)
    return (*place, one.code, one.status, one.minutes_late, one.local_code)


def _day_row(tenant: TenantId, batch: BatchId, one: DayChange, on: date) -> tuple[Any, ...]:
    place = (tenant, one.school, on, batch)
    return (*place, one.kind, one.is_open, one.part, one.year_group, one.withdrawn)

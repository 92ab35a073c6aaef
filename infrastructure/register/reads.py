"""What the register knew at a ledger position. Always whole sets: never one query for a student."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.attendance.codes import DayCounting, MarkStatus, code_table
from domain.attendance.day_words import DayPart, DayWord, school_days
from domain.attendance.jurisdictions import with_usual_hours
from domain.attendance.metrics import Denominator
from domain.attendance.register_hours import RegisterHours
from domain.attendance.register_line import (
    Mark,
    Pupil,
    RegisterLine,
    Session,
    register_line,
    whole_day_line,
)
from domain.attendance.school_codes import LocalCode, SchoolCodes
from domain.attendance.school_days import SchoolDays, Term
from domain.attendance.school_roll import RollEntry, SchoolRoll
from domain.shared.ids import GuardianId, SchoolId, StudentId, TenantId
from infrastructure.register.rows import GuardianLinkRow, SchoolRow, StudentRow
from infrastructure.store.database import Connection
from infrastructure.store.resting import collector_rests

NOW: Final = 2**62  # later than every position
_EARLIEST, _LATEST = date(1900, 1, 1), date(2999, 12, 31)

_KNOWN: Final = (
    "with known as materialized (select batch, position from known_batch"
    " where tenant = %(tenant)s and position <= %(position)s) "
)
_NO_LOOPS: Final[QueryNoTemplate] = "select set_config('enable_nestloop', %s, true)"
_SCHOOLS: Final[QueryNoTemplate] = (
    _KNOWN + "select school, source, source_id, name, jurisdiction, zone, code_table, denominator"
    " from (select distinct on (r.school) r.* from school r join known k using (batch)"
    " where r.tenant = %(tenant)s order by r.school, k.position desc) latest"
    " where not withdrawn order by source_id, school"
)
_STUDENTS: Final[QueryNoTemplate] = (
    _KNOWN + "select student, source, source_id, school, household, year_group, enrolled_on,"
    " left_on from (select distinct on (r.student) r.* from student r join known k using (batch)"
    " where r.tenant = %(tenant)s order by r.student, k.position desc) latest"
    " where not withdrawn and (%(schools)s::uuid[] is null or school = any(%(schools)s))"
    " and (%(students)s::uuid[] is null or student = any(%(students)s))"
    " order by source_id, student"
)
_ROLL: Final[QueryNoTemplate] = (
    _KNOWN + "select source_id, student, household from (select distinct on (r.student) r.*"
    " from student r join known k using (batch) where r.tenant = %(tenant)s"
    " order by r.student, k.position desc) latest where not withdrawn and school = %(school)s"
)
_LINKS: Final[QueryNoTemplate] = (
    _KNOWN + ", latest as (select distinct on (r.student, r.guardian) r.* from guardian_link r"
    " join known k using (batch) where r.tenant = %(tenant)s"
    " and (r.student = any(%(students)s) or r.guardian = any(%(guardians)s))"
    " order by r.student, r.guardian, k.position desc),"
    " home as (select distinct on (r.guardian) r.guardian, r.household from guardian r"
    " join known k using (batch) where r.tenant = %(tenant)s"
    " and r.guardian in (select guardian from latest) order by r.guardian, k.position desc)"
    " select l.student, l.guardian, l.relation, l.priority, l.may_receive_info,"
    " l.has_parental_responsibility, l.lives_with, l.no_contact_reason, l.no_contact_until,"
    " h.household from latest l left join home h using (guardian) where not l.withdrawn"
    " order by l.student, l.priority nulls last, l.guardian"
)
_TERMS: Final[QueryNoTemplate] = (
    _KNOWN + "select school, begins_on, ends_on, declared_days from (select distinct on (r.school,"
    " r.term) r.* from school_term r join known k using (batch) where r.tenant = %(tenant)s"
    " and (%(schools)s::uuid[] is null or r.school = any(%(schools)s))"
    " order by r.school, r.term, k.position desc) latest where not withdrawn"
    " order by school, begins_on, term"
)
_DAYS: Final[QueryNoTemplate] = (
    _KNOWN + "select school, on_date, is_open, part, nullif(year_group, '')"
    " from (select distinct on (r.school, r.on_date, r.part, r.year_group) r.*"
    " from calendar_day r join known k using (batch) where r.tenant = %(tenant)s"
    " and (%(schools)s::uuid[] is null or r.school = any(%(schools)s))"
    " order by r.school, r.on_date, r.part, r.year_group, k.position desc) latest"
    " where not withdrawn"
)
_HOURS: Final[QueryNoTemplate] = (
    _KNOWN + "select school, first_on, last_on, am_start, am_close, pm_start, pm_close, day_end"
    " from (select distinct on (r.school, r.first_on, r.last_on) r.* from register_hours r"
    " join known k using (batch) where r.tenant = %(tenant)s"
    " and (%(schools)s::uuid[] is null or r.school = any(%(schools)s))"
    " order by r.school, r.first_on, r.last_on, k.position desc) latest where not withdrawn"
    " order by school, first_on, last_on"
)
_CODES: Final[QueryNoTemplate] = (
    _KNOWN + "select school, code, stands_for, meaning, effective_from, effective_to"
    " from (select distinct on (r.school, r.code, r.effective_from) r.* from school_code r"
    " join known k using (batch) where r.tenant = %(tenant)s"
    " and (%(schools)s::uuid[] is null or r.school = any(%(schools)s))"
    " order by r.school, r.code, r.effective_from, k.position desc) latest where not withdrawn"
    " order by school, code, effective_from"
)
_MARKS: Final[QueryNoTemplate] = (
    _KNOWN + ", latest as (select distinct on (m.school, m.student, m.on_date, m.session)"
    " m.student, m.school, m.on_date, m.session, m.code, m.status, m.minutes_late from mark m"
    " join known k using (batch) where m.tenant = %(tenant)s and m.school = any(%(schools)s)"
    " and (%(students)s::uuid[] is null or m.student = any(%(students)s))"
    " and m.on_date between %(first)s and %(last)s"
    " order by m.school, m.student, m.on_date, m.session, k.position desc)"
    " select school, student, array_agg(on_date order by on_date),"
    " array_agg(session order by on_date), array_agg(code order by on_date),"
    " array_agg(status order by on_date), array_agg(minutes_late order by on_date)"
    " from latest where status <> 'VOID'"
    " group by school, student"
)


_Columns = tuple[Any, ...]  # five arrays: day, session, code, status, minutes late
_NO_MARKS: Final[_Columns] = ([], [], [], [], [])


def schools(conn: Connection, tenant: TenantId, position: int | None = None) -> list[SchoolRow]:
    """Return every school that was known."""
    rows = conn.execute(_SCHOOLS, _asked(tenant, position)).fetchall()
    return [SchoolRow(*(*row[:7], Denominator(row[7]))) for row in rows]


def students(
    conn: Connection,
    tenant: TenantId,
    position: int | None = None,
    *,
    schools: Collection[SchoolId] | None = None,
    students: Collection[StudentId] | None = None,
) -> list[StudentRow]:
    """Return the students that were known: all, those of some schools, or those asked for."""
    asked = _asked(tenant, position, schools=_listed(schools), students=_listed(students))
    return [StudentRow(*row) for row in conn.execute(_STUDENTS, asked).fetchall()]


def guardians_of(
    conn: Connection,
    tenant: TenantId,
    students: Collection[StudentId],
    position: int | None = None,
) -> dict[StudentId, list[GuardianLinkRow]]:
    """Return each student's guardians, first the one whom the school asks first."""
    asked = _asked(tenant, position, students=list(students), guardians=[])
    found: dict[StudentId, list[GuardianLinkRow]] = {student: [] for student in students}
    for row in conn.execute(_LINKS, asked).fetchall():
        link = GuardianLinkRow(*row)
        found[link.student].append(link)
    return found


def students_of(
    conn: Connection,
    tenant: TenantId,
    guardians: Collection[GuardianId],
    position: int | None = None,
) -> dict[GuardianId, list[GuardianLinkRow]]:
    """Return each guardian's students with what the guardian is to them."""
    asked = _asked(tenant, position, students=[], guardians=list(guardians))
    found: dict[GuardianId, list[GuardianLinkRow]] = {guardian: [] for guardian in guardians}
    for row in conn.execute(_LINKS, asked).fetchall():
        link = GuardianLinkRow(*row)
        found[link.guardian].append(link)
    return found


def calendars(
    conn: Connection,
    tenant: TenantId,
    position: int | None = None,
    *,
    schools: Collection[SchoolId] | None = None,
) -> dict[SchoolId, SchoolDays]:
    """Return what was known of the schools' calendars. A school nobody told us about: weekdays."""
    asked = _asked(tenant, position, schools=_listed(schools))
    terms: dict[SchoolId, list[Term]] = defaultdict(list)
    for school, *term in conn.execute(_TERMS, asked).fetchall():
        terms[school].append(Term(*term))
    words: dict[SchoolId, list[DayWord]] = defaultdict(list)
    for school, on, is_open, part, year_group in conn.execute(_DAYS, asked).fetchall():
        words[school].append(DayWord(on, is_open, DayPart(part), year_group))
    known = {*terms, *words, *(schools or ())}
    return {school: school_days(terms.get(school, ()), words.get(school, ())) for school in known}


def register_hours(
    conn: Connection,
    tenant: TenantId,
    position: int | None = None,
    *,
    schools: Collection[SchoolId] | None = None,
) -> dict[SchoolId, list[RegisterHours]]:
    """Return when schools' registers close. A school that has not said it is not in it."""
    asked = _asked(tenant, position, schools=_listed(schools))
    found: dict[SchoolId, list[RegisterHours]] = defaultdict(list)
    for school, *said in conn.execute(_HOURS, asked).fetchall():
        found[school].append(RegisterHours(*said))
    return dict(found)


def hours_of(
    conn: Connection,
    tenant: TenantId,
    of_schools: Sequence[SchoolRow],
    position: int | None = None,
) -> dict[SchoolId, tuple[RegisterHours, ...]]:
    """Return when registers close: as each school has said, and what is usual at its place."""
    ids = [row.school for row in of_schools]
    said = register_hours(conn, tenant, position, schools=ids)
    return {
        row.school: with_usual_hours(said.get(row.school, ()), row.jurisdiction)
        for row in of_schools
    }


def open_days(
    conn: Connection, tenant: TenantId, school: SchoolId, position: int | None = None
) -> tuple[date, ...]:
    """Return the open days of one school from the first known term to the last, sorted."""
    return calendars(conn, tenant, position, schools=[school])[school].known_open_days


def local_codes(
    conn: Connection,
    tenant: TenantId,
    position: int | None = None,
    *,
    schools: Collection[SchoolId] | None = None,
) -> dict[SchoolId, list[LocalCode]]:
    """Return the codes that schools have of their own. A school without any is not in it."""
    asked = _asked(tenant, position, schools=_listed(schools))
    found: dict[SchoolId, list[LocalCode]] = defaultdict(list)
    for school, *said in conn.execute(_CODES, asked).fetchall():
        found[school].append(LocalCode(*said))
    return dict(found)


def school_codes(
    conn: Connection, tenant: TenantId, school: SchoolRow, position: int | None = None
) -> SchoolCodes:
    """Return how one school writes its register."""
    local = local_codes(conn, tenant, position, schools=[school.school])
    return SchoolCodes(code_table(school.code_table), tuple(local.get(school.school, ())))


def school_roll(
    conn: Connection, tenant: TenantId, school: SchoolId, position: int | None = None
) -> SchoolRoll | None:
    """Return what an import must know of a school, or None where there is no such school."""
    known = {row.school: row for row in schools(conn, tenant, position)}
    if school not in known:
        return None
    return SchoolRoll(
        school=school,
        source_id=known[school].source_id,
        codes=school_codes(conn, tenant, known[school], position),
        pupils=_roll(conn, tenant, school, position),
        calendar=calendars(conn, tenant, position, schools=[school])[school],
    )


def _roll(
    conn: Connection, tenant: TenantId, school: SchoolId, position: int | None
) -> dict[str, RollEntry]:
    """Return the pupils by their ids at the source: an import needs no more of 50,000 of them."""
    asked = _asked(tenant, position, school=school)
    with collector_rests(), conn.cursor(binary=True) as cursor:
        rows = cursor.execute(_ROLL, asked).fetchall()
        return {source_id: RollEntry(student, household) for source_id, student, household in rows}


def lines(
    conn: Connection,
    tenant: TenantId,
    of_schools: Sequence[SchoolRow],
    position: int | None = None,
    *,
    first: date = _EARLIEST,
    last: date = _LATEST,
    students_asked: Collection[StudentId] | None = None,
    calendar_of: dict[SchoolId, SchoolDays] | None = None,
) -> list[RegisterLine]:
    """Return a line for every student of the schools, also for those without a single mark."""
    ids = [row.school for row in of_schools]
    listed = _listed(students_asked)
    asked = _asked(tenant, position, schools=ids, students=listed, first=first, last=last)
    marks: dict[tuple[UUID, UUID], _Columns] = {}
    # A table that was never analysed looks empty to the planner, which would then compare each
    # mark with each batch.
    conn.execute(_NO_LOOPS, ("off",))
    with conn.cursor(binary=True) as cursor:
        for school, student, *columns in cursor.execute(_MARKS, asked):
            marks[school, student] = tuple(columns)
    conn.execute(_NO_LOOPS, ("on",))
    days = calendar_of or calendars(conn, tenant, position, schools=ids)
    counting = {row.school: code_table(row.code_table).day_counting for row in of_schools}
    roll = students(conn, tenant, position, schools=ids, students=students_asked)
    return [_line(row, row.school, marks, counting, days) for row in roll if row.school]


def _line(
    row: StudentRow,
    school: SchoolId,
    marks: dict[tuple[UUID, UUID], _Columns],
    counting: dict[SchoolId, DayCounting],
    days: dict[SchoolId, SchoolDays],
) -> RegisterLine:
    on, session, code, status, late = marks.get((school, row.student), _NO_MARKS)
    pupil = Pupil(row.student, school, row.source_id, row.enrolled_on, row.left_on)
    calendar = days[school].for_group(row.year_group)
    if session.count(Session.DAY) == late.count(None) == len(session):
        line = whole_day_line(pupil, on, code, status, calendar, counting[school])
        if line is not None:
            return line
    said = _marks(on, session, code, status, late)
    return register_line(pupil, said, counting[school], calendar)


_SESSIONS: Final[dict[str, Session]] = {session.value: session for session in Session}
_STATUSES: Final[dict[str, MarkStatus]] = {status.value: status for status in MarkStatus}


def _marks(
    on: list[date],
    session: list[str],
    code: list[str],
    status: list[str],
    late: list[int | None],
) -> list[Mark]:
    sessions = map(_SESSIONS.__getitem__, session)
    statuses = map(_STATUSES.__getitem__, status)
    return list(map(Mark._make, zip(on, sessions, code, statuses, late, strict=True)))


def _listed(ids: Collection[UUID] | None) -> list[UUID] | None:
    return None if ids is None else list(ids)


def _asked(tenant: UUID, position: int | None, **more: Any) -> dict[str, Any]:
    return {"tenant": tenant, "position": NOW if position is None else position, **more}

"""Stored register lines: a school's year as one sheet, written from marks and read back at once."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.attendance.register_line import Entry
from domain.attendance.roll import Roll
from domain.attendance.sheet import Packed, Sheet, packed, unpacked
from domain.attendance.sheet_storing import Difference, difference
from domain.shared.ids import SchoolId, TenantId
from infrastructure.store.database import Connection

_FORGET: Final[QueryNoTemplate] = (
    "with gone as (delete from register_line where tenant = %(tenant)s and school = %(school)s"
    " and year_from = %(year)s) delete from register_page where tenant = %(tenant)s"
    " and school = %(school)s and year_from = %(year)s"
)
_PAGE: Final[QueryNoTemplate] = "insert into register_page values (%s, %s, %s, %s, %s, %s, %s)"
# Row-level security takes no COPY: the rows go through a passing table.
_PASSING: Final[QueryNoTemplate] = (
    "create temp table passing_line (like register_line including storage) on commit drop"
)
_LINES: Final[QueryNoTemplate] = (
    "copy passing_line (tenant, school, year_from, student, source_id, enrolled_on, left_on,"
    " marks, late, year_group) from stdin (format binary)"
)
_PASSED: Final[QueryNoTemplate] = "insert into register_line select * from passing_line"
_TYPES: Final = ("uuid", "uuid", "date", "uuid", "text", "date", "date", "bytea", "int2[]", "text")
_SCHOOLS: Final[QueryNoTemplate] = (
    "select school, known_at, days, codes, letters from register_page"
    " where tenant = %s and year_from = %s and (%s::uuid[] is null or school = any(%s))"
    " order by school"
)
# Ordinals as the sheet has them: day 1 is the first of January of the year 1; 2^30 is never.
_READ: Final[QueryNoTemplate] = (
    "select school, array_agg(source_id), array_agg(year_group),"
    " string_agg(uuid_send(student), ''),"
    " string_agg(int4send(coalesce(enrolled_on - date '0001-01-01' + 1, 0)), ''),"
    " string_agg(int4send(coalesce(left_on - date '0001-01-01' + 1, 1073741824)), ''),"
    " string_agg(marks, '') from (select * from register_line where tenant = %s"
    " and school = any(%s) and year_from = %s order by school, student) line group by school"
)
_NOBODY: Final[tuple[Any, ...]] = ([], [], b"", b"", b"", b"")
_LATE: Final[QueryNoTemplate] = (
    "select school, place, late from (select school, late,"
    " row_number() over (partition by school order by student) - 1 as place"
    " from register_line where tenant = %s and school = any(%s) and year_from = %s) line"
    " where late <> '{}'"
)
_BEHIND: Final[QueryNoTemplate] = (
    "update register_line l set marks = l.marks || substr(%(behind)s, %(width)s * n + 1, %(width)s)"
    " from (select student, (row_number() over (order by student) - 1)::int as n"
    " from register_line where tenant = %(tenant)s and school = %(school)s"
    " and year_from = %(year)s) place where l.tenant = %(tenant)s and l.school = %(school)s"
    " and l.year_from = %(year)s and l.student = place.student"
)
# Lines that were never analysed look like one, which the planner would compare with all others.
_PLANNER: Final[QueryNoTemplate] = "select set_config('enable_nestloop', %s, true)"
_LINE: Final[QueryNoTemplate] = (
    "update register_line set marks = %s, late = %s"
    " where tenant = %s and school = %s and year_from = %s and student = %s"
)
_KNOWN: Final[QueryNoTemplate] = (
    "update register_page set known_at = %(known_at)s, days = %(days)s, codes = %(codes)s,"
    " letters = %(letters)s where tenant = %(tenant)s and school = %(school)s"
    " and year_from = %(year)s"
)
_LOOKED: Final[QueryNoTemplate] = (
    "update register_page set known_at = %s where tenant = %s and school = %s and year_from = %s"
)


class Page(NamedTuple):
    """A school whose year is stored, and the ledger position at which it was known so."""

    school: SchoolId
    known_at: int
    days: list[date]
    legend: list[Entry]


def write(
    conn: Connection, tenant: TenantId, school: SchoolId, year: date, sheet: Sheet, known_at: int
) -> None:
    """Keep a school's year as it was known at a position, in place of what was kept before."""
    forget(conn, tenant, school, year)
    days, codes, letters = _head(sheet)
    conn.execute(_PAGE, (tenant, school, year, known_at, days, codes, letters))
    conn.execute(_PASSING)
    roll = sheet.pupils
    groups = roll.year_groups if isinstance(roll, Roll) else [None] * len(roll)
    with conn.cursor().copy(_LINES) as copy:
        copy.set_types(_TYPES)
        for pupil, line, group in zip(roll, packed(sheet), groups, strict=True):
            who = (pupil.student, pupil.source_id, line.joined, line.left)
            copy.write_row((tenant, school, year, *who, line.marks, line.late, group))
    conn.execute(_PASSED)
    conn.execute("drop table passing_line")


def update(
    conn: Connection,
    tenant: TenantId,
    school: SchoolId,
    year: date,
    old: Sheet,
    new: Sheet,
    known_at: int,
) -> None:
    """Let what is stored say what a newer sheet says, by writing as little as that takes."""
    change = difference(old, new)
    if change is None:
        write(conn, tenant, school, year, new, known_at)
        return
    where = {"tenant": tenant, "school": school, "year": year}
    if change.width:
        conn.execute(_PLANNER, ("off",))
        conn.execute(_BEHIND, {**where, "behind": change.behind, "width": change.width})
        conn.execute(_PLANNER, ("on",))
    _lines(conn, tenant, school, year, new, change)
    days, codes, letters = _head(new)
    conn.execute(
        _KNOWN, {**where, "known_at": known_at, "days": days, "codes": codes, "letters": letters}
    )


def _lines(
    conn: Connection,
    tenant: TenantId,
    school: SchoolId,
    year: date,
    new: Sheet,
    change: Difference,
) -> None:
    if change.lines:
        rows = [
            (line.marks, line.late, tenant, school, year, new.pupils[place].student)
            for place, line in change.lines
        ]
        conn.cursor().executemany(_LINE, rows)


def looked(conn: Connection, tenant: TenantId, school: SchoolId, year: date, known_at: int) -> None:
    """Note that nothing of a stored year changed up to a position."""
    conn.execute(_LOOKED, (known_at, tenant, school, year))


def forget(conn: Connection, tenant: TenantId, school: SchoolId, year: date) -> None:
    """Throw a stored year away; it can be made again from the marks."""
    conn.execute(_FORGET, {"tenant": tenant, "school": school, "year": year})


def pages(
    conn: Connection,
    tenant: TenantId,
    year: date,
    schools: Collection[SchoolId] | None = None,
) -> list[Page]:
    """Return the schools, or those of some schools, whose lines of a year are stored."""
    wanted = None if schools is None else list(schools)
    rows = conn.execute(_SCHOOLS, (tenant, year, wanted, wanted)).fetchall()
    return [
        Page(school, known_at, days, list(zip(codes, letters, strict=True)))
        for school, known_at, days, codes, letters in rows
    ]


def read(
    conn: Connection, tenant: TenantId, several: Sequence[Page], year: date
) -> dict[SchoolId, Sheet]:
    """Return the lines of some schools, a sheet each."""
    if not several:
        return {}
    asked = (tenant, [page.school for page in several], year)
    late: dict[UUID, list[tuple[int, list[int]]]] = defaultdict(list)
    with conn.cursor(binary=True) as cursor:
        stored = {school: lines for school, *lines in cursor.execute(_READ, asked)}
        for school, place, minutes in cursor.execute(_LATE, asked):
            late[school].append((place, minutes))
    return {
        page.school: _sheet(page, stored.get(page.school, _NOBODY), late[page.school])
        for page in several
    }


def _sheet(page: Page, lines: Sequence[Any], late: Sequence[tuple[int, list[int]]]) -> Sheet:
    source_ids, groups, students, joined, left, marks = lines
    return unpacked(
        Roll(page.school, students, source_ids, groups),
        Packed(page.days, page.legend, joined, left, marks, late),
    )


def _head(sheet: Sheet) -> tuple[list[date], list[str], list[str]]:
    days = [date.fromordinal(int(day)) for day in sheet.days]
    codes, letters = (list(column) for column in zip(*sheet.legend, strict=True))
    return days, codes, letters

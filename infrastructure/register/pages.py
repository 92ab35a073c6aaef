"""Stored register lines: a school's year as one sheet, written from marks and read back at once."""

from collections.abc import Sequence
from datetime import date
from typing import Final, overload
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.attendance.register_line import Pupil
from domain.attendance.sheet import Packed, Sheet, packed, unpacked
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.store.database import Connection

_UUID: Final = 16
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
    " marks, late) from stdin (format binary)"
)
_PASSED: Final[QueryNoTemplate] = "insert into register_line select * from passing_line"
_TYPES: Final = ("uuid", "uuid", "date", "uuid", "text", "date", "date", "bytea", "int2[]")
_SCHOOLS: Final[QueryNoTemplate] = (
    "select school, known_at, days, codes, letters from register_page"
    " where tenant = %s and year_from = %s order by school"
)
# Ordinals as the sheet has them: day 1 is the first of January of the year 1; 2^30 is never.
_READ: Final[QueryNoTemplate] = (
    "select coalesce(array_agg(source_id), '{}'), coalesce(string_agg(uuid_send(student), ''), ''),"
    " coalesce(string_agg(int4send(coalesce(enrolled_on - date '0001-01-01' + 1, 0)), ''), ''),"
    " coalesce(string_agg(int4send(coalesce(left_on - date '0001-01-01' + 1, 1073741824)), ''),"
    " ''), coalesce(string_agg(marks, ''), '') from (select * from register_line"
    " where tenant = %s and school = %s and year_from = %s order by student) line"
)
_LATE: Final[QueryNoTemplate] = (
    "select place, late from (select row_number() over (order by student) - 1 as place, late"
    " from register_line where tenant = %s and school = %s and year_from = %s) line"
    " where late <> '{}'"
)


class Page:
    """A school whose year is stored, and the ledger position at which it was known so."""

    def __init__(
        self, school: SchoolId, known_at: int, days: list[date], legend: list[tuple[str, str]]
    ) -> None:
        self.school = school
        self.known_at = known_at
        self.days = days
        self.legend = legend


class _Pupils(Sequence[Pupil]):
    """The pupils of a sheet; each is made when somebody asks who it is."""

    def __init__(self, school: SchoolId, students: bytes, source_ids: list[str]) -> None:
        self._school = school
        self._students = students
        self._source_ids = source_ids

    def __len__(self) -> int:
        return len(self._source_ids)

    @overload
    def __getitem__(self, place: int, /) -> Pupil: ...
    @overload
    def __getitem__(self, place: slice, /) -> list[Pupil]: ...
    def __getitem__(self, place: int | slice, /) -> Pupil | list[Pupil]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        source_id = self._source_ids[place]
        raw = self._students[_UUID * place :][:_UUID]
        return Pupil(StudentId(UUID(bytes=raw)), self._school, source_id)


def write(
    conn: Connection, tenant: TenantId, school: SchoolId, year: date, sheet: Sheet, known_at: int
) -> None:
    """Keep a school's year as it was known at a position, in place of what was kept before."""
    conn.execute(_FORGET, {"tenant": tenant, "school": school, "year": year})
    days = [date.fromordinal(int(day)) for day in sheet.days]
    codes, letters = (list(column) for column in zip(*sheet.legend, strict=True))
    conn.execute(_PAGE, (tenant, school, year, known_at, days, codes, letters))
    conn.execute(_PASSING)
    with conn.cursor().copy(_LINES) as copy:
        copy.set_types(_TYPES)
        for pupil, line in zip(sheet.pupils, packed(sheet), strict=True):
            who = (pupil.student, pupil.source_id, line.joined, line.left)
            copy.write_row((tenant, school, year, *who, line.marks, line.late))
    conn.execute(_PASSED)
    conn.execute("drop table passing_line")


def pages(conn: Connection, tenant: TenantId, year: date) -> list[Page]:
    """Return the schools whose lines of a year are stored."""
    rows = conn.execute(_SCHOOLS, (tenant, year)).fetchall()
    return [
        Page(school, known_at, days, list(zip(codes, letters, strict=True)))
        for school, known_at, days, codes, letters in rows
    ]


def read(conn: Connection, tenant: TenantId, page: Page, year: date) -> Sheet:
    """Return the lines of one school as a sheet."""
    asked = (tenant, page.school, year)
    with conn.cursor(binary=True) as cursor:
        (row,) = cursor.execute(_READ, asked).fetchall()
        late = cursor.execute(_LATE, asked).fetchall()
    source_ids, students, joined, left, marks = row
    return unpacked(
        _Pupils(page.school, students, source_ids),
        Packed(page.days, page.legend, joined, left, marks, late),
    )

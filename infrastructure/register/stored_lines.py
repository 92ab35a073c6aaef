"""Register lines, kept up to date: a school's year as it is known at a position, as one sheet.

Whoever reads a year brings it up to date first, and an import does so for the schools that it
touched. What is stored can be thrown away at any time; the marks say it all again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.attendance.codes import code_table
from domain.attendance.roll_book import Enrolment, OnRoll, Reading, on_roll, written_up
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet import Sheet
from domain.attendance.sheet_joining import (
    Again,
    between_days,
    enrolled,
    newcomers,
    rewritten,
    roll_of,
    side_by_side,
)
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register import pages, reads
from infrastructure.register.changes import Change, changes
from infrastructure.register.marked import Marked, marked
from infrastructure.register.pupil_years import school_year
from infrastructure.register.rows import SchoolRow
from infrastructure.store.database import Connection
from infrastructure.store.recorder import bound

Calendars = Mapping[SchoolId, SchoolDays]
Span = tuple[date, date]
_DAY: Final = timedelta(days=1)
# In one order for everybody, so that two who look at the same schools wait for each other.
_LOCK: Final[QueryNoTemplate] = (
    "select pg_advisory_xact_lock(hashtextextended('register_page ' || school, 0))"
    " from unnest(%s::text[]) school order by school"
)


@dataclass(frozen=True, slots=True)
class Year:
    """A school year at one school: its first day, and its last."""

    begins: date
    ends: date


def sheets(
    conn: Connection,
    tenant: TenantId,
    schools: Sequence[SchoolRow],
    span: Span | Mapping[SchoolId, Span],
    position: int,
    calendars: Calendars | None = None,
) -> dict[SchoolId, Sheet]:
    """Return the registers of some schools between two days, as known at a position.

    The days may be other ones at each school.

    The transaction must be one that may write: stored lines that are behind are written on.
    """
    days = calendars or reads.calendars(conn, tenant, position, schools=[s.school for s in schools])
    known = {row.school: row for row in schools}
    spans = span if isinstance(span, Mapping) else dict.fromkeys(known, span)
    conn.execute(_LOCK, ([str(school) for school in known],))
    years: dict[Year, list[SchoolRow]] = defaultdict(list)
    for row in schools:
        for year in years_of(row, days[row.school], *spans[row.school]):
            years[year].append(row)
    found: dict[SchoolId, list[Sheet]] = defaultdict(list)
    for year in sorted(years, key=lambda one: one.begins):
        look = _Look(conn, tenant, year, position, days)
        for school, sheet in look.sheets(years[year]).items():
            found[school].append(sheet)
    return {
        school: between_days(side_by_side(parts), *(day.toordinal() for day in spans[school]))
        for school, parts in found.items()
    }


def keep_up(
    conn: Connection,
    tenant: TenantId,
    schools: Collection[SchoolId],
    span: tuple[date, date],
) -> None:
    """Let the stored lines of some schools' years say what is known by now."""
    position = bound(conn)
    known = [row for row in reads.schools(conn, tenant, position) if row.school in schools]
    sheets(conn, tenant, known, span, position)


def years_of(school: SchoolRow, calendar: SchoolDays, first: date, last: date) -> list[Year]:
    """Return the school years that some days lie in."""
    nominal = school_year(school)
    found, begins = [], calendar.year_begins(first, nominal)
    while begins <= last:
        following = min(
            begun
            for number in (1, 2)
            if (begun := calendar.year_of(begins.year + number, nominal)) > begins
        )
        found.append(Year(begins, following - _DAY))
        begins = following
    return found


class _Look:
    """One school year, as known at a position."""

    def __init__(
        self,
        conn: Connection,
        tenant: TenantId,
        year: Year,
        position: int,
        calendars: Calendars,
    ) -> None:
        self._conn = conn
        self._tenant = tenant
        self._year = year
        self._position = position
        self._calendars = calendars

    def sheets(self, schools: Sequence[SchoolRow]) -> dict[SchoolId, Sheet]:
        """Return the year of some schools, stored as far as it was not."""
        rows = {row.school: row for row in schools}
        stored = pages.pages(self._conn, self._tenant, self._year.begins, list(rows))
        found = {page.school: page for page in stored}
        behind = {page.school: page for page in stored if page.known_at < self._position}
        since = min((page.known_at for page in behind.values()), default=self._position)
        learned = changes(self._conn, self._tenant, list(behind), since, self._position)
        later = self._later([page for page in stored if page.known_at > self._position])
        answer: dict[SchoolId, Sheet] = {}
        anew = [school for school in rows if school not in found]
        if learned is not None:
            anew += [school for school in behind if learned[school].everything]
        whole = self._from_marks([rows[school] for school in (*anew, *later)])
        for school in anew:
            self._keep(school, whole[school])
        answer |= whole
        kept = {school: page for school, page in found.items() if school not in whole}
        answer |= self._brought_up(rows, kept, learned or {}, noted=learned is not None)
        return answer

    def _later(self, ahead: Sequence[pages.Page]) -> list[SchoolId]:
        """Return the schools whose stored lines know of something that came after the position."""
        if not ahead:
            return []
        newest = max(page.known_at for page in ahead)
        ids = [page.school for page in ahead]
        learned = changes(self._conn, self._tenant, ids, self._position, newest) or {}
        return [school for school, change in learned.items() if not change.nothing]

    def _keep(self, school: SchoolId, sheet: Sheet) -> None:
        pages.write(self._conn, self._tenant, school, self._year.begins, sheet, self._position)

    def _from_marks(self, schools: Sequence[SchoolRow]) -> dict[SchoolId, Sheet]:
        """Write whole years of some schools out of their marks."""
        if not schools:
            return {}
        ids = [row.school for row in schools]
        rolls = self._rolls(ids)
        span = (self._year.begins, self._year.ends)
        said = marked(self._conn, self._tenant, ids, span, self._position)
        return {
            row.school: self._written(row, rolls[row.school], said[row.school]) for row in schools
        }

    def _written(self, school: SchoolRow, roll: OnRoll, said: Marked) -> Sheet:
        counting = code_table(school.code_table).day_counting
        reading = Reading(counting, self._calendars[school.school])
        return written_up(roll, said.bundles, said.delays, reading)

    def _rolls(self, schools: Collection[SchoolId]) -> dict[SchoolId, OnRoll]:
        pupils: dict[SchoolId, list[Enrolment]] = {school: [] for school in schools}
        if not schools:
            return {}
        for row in reads.students(self._conn, self._tenant, self._position, schools=schools):
            assert row.school is not None  # noqa: S101  asked for by school
            pupils[row.school].append(
                Enrolment(row.student, row.source_id, row.year_group, row.enrolled_on, row.left_on)
            )
        return {school: on_roll(school, found) for school, found in pupils.items()}

    def _brought_up(
        self,
        rows: Mapping[SchoolId, SchoolRow],
        kept: Mapping[SchoolId, pages.Page],
        learned: Mapping[SchoolId, Change],
        *,
        noted: bool,
    ) -> dict[SchoolId, Sheet]:
        """Return stored years with what became known since, and store them so."""
        read = pages.read(self._conn, self._tenant, list(kept.values()), self._year.begins)
        touched = {school: learned[school] for school in kept if school in learned}
        touched = {school: one for school, one in touched.items() if not one.nothing}
        rolls = self._rolls([school for school, one in touched.items() if one.roll])
        said = self._said_again(touched)
        for school, change in touched.items():
            old = read[school]
            new = self._again(rows[school], old, change, rolls.get(school), said.get(school))
            pages.update(
                self._conn, self._tenant, school, self._year.begins, old, new, self._position
            )
            read[school] = new
        if noted:
            for school, page in kept.items():
                if school not in touched and page.known_at < self._position:
                    pages.looked(
                        self._conn, self._tenant, school, self._year.begins, self._position
                    )
        return read

    def _said_again(self, touched: Mapping[SchoolId, Change]) -> dict[SchoolId, Marked]:
        """Return the marks of the days on which something changed, all schools' at once."""
        wide = {school: one for school, one in touched.items() if self._is_wide(one)}
        days = set[date]().union(*(self._days(one) for one in wide.values()))
        found = self._marked(list(wide), days) if days else {}
        for school, one in touched.items():
            if school not in wide and self._days(one):
                found |= self._marked([school], self._days(one), one.students)
        return found

    def _marked(
        self,
        schools: Collection[SchoolId],
        days: Collection[date],
        students: Collection[UUID] | None = None,
    ) -> dict[SchoolId, Marked]:
        span = (self._year.begins, self._year.ends)
        return marked(
            self._conn, self._tenant, schools, span, self._position, days=days, students=students
        )

    def _is_wide(self, change: Change) -> bool:
        return bool(change.days) or change.students is None

    def _days(self, change: Change) -> set[date]:
        inside = {*change.days, *change.marks}
        return {day for day in inside if self._year.begins <= day <= self._year.ends}

    def _again(
        self,
        school: SchoolRow,
        old: Sheet,
        change: Change,
        roll: OnRoll | None,
        said: Marked | None,
    ) -> Sheet:
        """Return a year with its roll, and then some days, looked at anew."""
        sheet = old
        if roll is not None:
            came = newcomers(old, roll)
            sheet = enrolled(old, roll)
            if came:
                sheet = self._lines_of(school, sheet, roll, came)
        days = self._days(change)
        if not days:
            return sheet
        onto = roll_of(sheet)
        inside = Marked(
            [one for one in (said or Marked()).bundles if date.fromordinal(one.on) in days],
            (said or Marked()).delays,
        )
        new = self._written(school, onto, inside)
        students = None if self._is_wide(change) else change.students
        ordinals = [day.toordinal() for day in days]
        places = None if students is None else onto.roll.known(students)
        return rewritten(sheet, new, Again(ordinals, places))

    def _lines_of(
        self, school: SchoolRow, sheet: Sheet, roll: OnRoll, came: Collection[StudentId]
    ) -> Sheet:
        """Write the whole year of those who came, or whose days are those of another year group."""
        span = (self._year.begins, self._year.ends)
        said = marked(
            self._conn, self._tenant, [school.school], span, self._position, students=came
        )
        new = self._written(school, roll, said[school.school])
        days = {int(day) for one in (sheet, new) for day in one.days}
        return rewritten(sheet, new, Again(sorted(days), roll.roll.known(came)))

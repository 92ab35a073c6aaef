"""Ages and year groups of pupils in one school year, as known at a position."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from psycopg.abc import QueryNoTemplate

from domain.attendance.ages import CompulsoryAge
from domain.attendance.jurisdictions import JurisdictionUnknown, jurisdiction
from domain.attendance.populations import PupilYears, Told, gathered
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import MonthDay, SchoolDays
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register.rows import SchoolRow
from infrastructure.store.database import Connection

_NOMINAL: Final = MonthDay(8, 1)  # of a place that is not known any more
# A year group is that of its own school year only: it moves at the year's turn. Ages that were told
# in another year do for as long as they reach.
_YEARS: Final = (
    "with known as materialized (select batch, position from known_batch"
    " where tenant = %(tenant)s and position <= %(position)s),"
    " said as materialized (select y.*, k.position from student_years y join known k using (batch)"
    " where y.tenant = %(tenant)s and WHOSE),"
    " aged as (select distinct on (student) student, known_from, known_until, ages, first_on,"
    " last_on from said where known_from <= %(on)s and known_until >= %(on)s"
    " order by student, position desc),"
    " grouped as (select distinct on (student) student, year_group from said"
    " where school_year = %(year)s order by student, position desc)"
    " select student, year_group, coalesce(known_from, %(on)s), coalesce(known_until, %(on)s),"
    " coalesce(ages, '{}'), coalesce(first_on, '{}'), coalesce(last_on, '{}')"
    " from aged full join grouped using (student) order by student"
)


_OF_STUDENTS: Final[QueryNoTemplate] = _YEARS.replace("WHOSE", "y.student = any(%(students)s)")
_OF_SCHOOLS: Final[QueryNoTemplate] = _YEARS.replace(
    "WHOSE",
    "y.student in (select student from student where tenant = %(tenant)s"
    " and school = any(%(schools)s))",
)


def years_of_schools(
    conn: Connection, tenant: TenantId, schools: Sequence[SchoolRow], year: date, position: int
) -> PupilYears:
    """Return what was known of the pupils of schools of one place in a school year (`year_named`).

    It is one answer for all of them, so that they can be asked together.
    """
    asked = {
        "tenant": tenant,
        "schools": [row.school for row in schools],
        "year": year,
        "on": year,
        "position": position,
    }
    with conn.cursor(binary=True) as cursor:
        rows = cursor.execute(_OF_SCHOOLS, asked).fetchall()
    return gathered((Told(*row) for row in rows), law_of(schools[0]))


def years_asked(rule_set: RuleSet) -> bool:
    """Say whether a rule set asks for ages or year groups at all."""
    whom = rule_set.population
    ages = whom.min_age is not None or whom.max_age is not None or whom.compulsory_age
    return ages or bool(whom.year_groups)


def years_for(
    conn: Connection,
    tenant: TenantId,
    school: SchoolRow,
    rule_set: RuleSet,
    pupils: tuple[Collection[StudentId] | None, SchoolDays],
    on: date,
    position: int,
) -> PupilYears | None:
    """Return ages and year groups on a day, if the rule set asks.

    `pupils` are some of the school's, or None for all of them, and their calendar.
    """
    students, calendar = pupils
    asked = [(school, calendar, students)]
    return years_of(conn, tenant, asked, rule_set, on, position)[school.school]


def years_of(
    conn: Connection,
    tenant: TenantId,
    asked: Sequence[tuple[SchoolRow, SchoolDays, Collection[StudentId] | None]],
    rule_set: RuleSet,
    on: date,
    position: int,
) -> dict[SchoolId, PupilYears | None]:
    """Return the same for some schools, each with its calendar and the pupils (None: all).

    Those of one place that are asked about whole, in the same school year, share one answer.
    """
    found: dict[SchoolId, PupilYears | None] = {row.school: None for row, *_ in asked}
    if not years_asked(rule_set):
        return found
    whole: dict[tuple[str, date], list[SchoolRow]] = defaultdict(list)
    for row, calendar, students in asked:
        year = calendar.year_named(on, school_year(row))
        if students is None:
            whole[row.jurisdiction, year].append(row)
        else:
            found[row.school] = _years_of_students(conn, tenant, row, year, students, position)
    for (_, year), rows in whole.items():
        shared = years_of_schools(conn, tenant, rows, year, position)
        found |= dict.fromkeys([row.school for row in rows], shared)
    return found


def _years_of_students(
    conn: Connection,
    tenant: TenantId,
    school: SchoolRow,
    year: date,
    students: Collection[StudentId],
    position: int,
) -> PupilYears:
    asked = {
        "tenant": tenant,
        "students": list(students),
        "year": year,
        "on": year,
        "position": position,
    }
    with conn.cursor(binary=True) as cursor:
        rows = cursor.execute(_OF_STUDENTS, asked).fetchall()
    return gathered((Told(*row) for row in rows), law_of(school))


def school_year(school: SchoolRow) -> MonthDay:
    """Return the nominal first day of a school's years."""
    try:
        return jurisdiction(school.jurisdiction).school_year
    except JurisdictionUnknown:
        return _NOMINAL


def law_of(school: SchoolRow) -> CompulsoryAge | None:
    """Return the law of compulsory school age where a school is; None where nobody has read it."""
    try:
        return jurisdiction(school.jurisdiction).compulsory_age
    except JurisdictionUnknown:
        return None

"""What rules need of birth dates, taken before those go to the vault: days inside an age.

With it goes the school year in which a year group was said: it moves at the year's turn.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from psycopg.abc import QueryNoTemplate

from domain.attendance.ages import Known, ranges
from domain.attendance.jurisdictions import Jurisdiction, JurisdictionUnknown, jurisdiction
from domain.attendance.school_days import MonthDay, SchoolDays, Term
from domain.shared.ids import SchoolId
from infrastructure.clock import school_now
from infrastructure.imports.prepared import Prepared, School, SchoolTerm, Student, StudentYears
from infrastructure.register import reads
from infrastructure.store.database import Connection

_DAY: Final = timedelta(days=1)
_SUMMER: Final = 120  # days: the next day of school is not further away than that
# Whoever was erased is not to come back by an age either.
_NOT_OF_ERASED: Final[QueryNoTemplate] = (
    "delete from student_years y using vault_subject_key k where y.tenant = %s and y.batch = %s"
    " and k.tenant = y.tenant and k.subject = y.student and k.erased_at is not null"
)


def tell_years(conn: Connection, prepared: Prepared) -> None:
    """Add to a file with pupils how old they are, as far as rules ask; once for each file.

    The school year belongs to what tells one batch from another: the same file says something new
    in another school year.
    """
    people = prepared.people.get("student", {})
    rows = [row for row in prepared.rows.get("student", ()) if isinstance(row, Student)]
    if prepared.school_year is not None or not rows:
        return
    places, calendars = _places(conn, prepared), _calendars(conn, prepared)
    about = _about(conn, prepared)
    # Once for each school: PostgreSQL gives up on whoever thinks for seconds in a transaction.
    years: dict[UUID, date] = {}
    for row in rows:
        place = places.get(row.school) if row.school is not None else None
        if place is None or row.school is None or row.student not in people:
            continue
        if row.school not in years:
            calendar = calendars.get(SchoolId(row.school), SchoolDays())
            years[row.school] = _year_named(calendar, place.school_year, about)
        year = years[row.school]
        prepared.school_year = min(year, prepared.school_year or year)
        born = _day(people[row.student].get("birth_on"))
        prepared.add("student_years", _years(row, born, place, year))


def forget_erased(conn: Connection, prepared: Prepared) -> None:
    """Take away what was staged of whoever was erased."""
    if prepared.school_year is not None:
        conn.execute(_NOT_OF_ERASED, (prepared.tenant, prepared.batch))


def _years(row: Student, born: date | None, place: Jurisdiction, year: date) -> StudentYears:
    nominal = place.school_year
    known = Known(nominal.in_year(year.year - 1), nominal.in_year(year.year + 2) - _DAY)
    told = {} if born is None else ranges(born, place.compulsory_age, place.ages, known)
    return StudentYears(
        student=row.student,
        school_year=year,
        year_group=row.year_group,
        known_from=known.first,
        known_until=known.last,
        ages=list(told),
        first_on=[first for first, _ in told.values()],
        last_on=[last for _, last in told.values()],
    )


def _places(conn: Connection, prepared: Prepared) -> Mapping[UUID | None, Jurisdiction | None]:
    """Return the places of schools: what the file itself says of them goes before."""
    written: dict[UUID, str] = {
        row.school: row.jurisdiction for row in reads.schools(conn, prepared.tenant)
    }
    said = (row for row in prepared.rows.get("school", ()) if isinstance(row, School))
    written |= {row.school: row.jurisdiction for row in said}
    return {school: _place(place) for school, place in written.items()}


def _place(written: str) -> Jurisdiction | None:
    try:
        return jurisdiction(written)
    except JurisdictionUnknown:
        return None


def _calendars(conn: Connection, prepared: Prepared) -> Mapping[SchoolId, SchoolDays]:
    found = reads.calendars(conn, prepared.tenant)
    terms: dict[SchoolId, list[Term]] = {}
    for row in _terms(prepared):
        terms.setdefault(SchoolId(row.school), []).append(Term(row.begins_on, row.ends_on))
    return found | {school: SchoolDays(tuple(said)) for school, said in terms.items()}


def _terms(prepared: Prepared) -> list[SchoolTerm]:
    return [row for row in prepared.rows.get("school_term", ()) if isinstance(row, SchoolTerm)]


def _about(conn: Connection, prepared: Prepared) -> date:
    """Return the day that a file is about: today, or the end of the old terms that it brings."""
    today = school_now(conn).date() if prepared.today == date.max else prepared.today
    ends = [row.ends_on for row in _terms(prepared)]
    return min(today, max(ends, default=today))


def _year_named(calendar: SchoolDays, nominal: MonthDay, about: date) -> date:
    """Return the school year that is under way or, in the summer, the one to come."""
    days = calendar.open_ordinals(about.toordinal(), about.toordinal() + _SUMMER)
    if days:
        return calendar.year_named(date.fromordinal(days[0]), nominal)
    year = calendar.year_named(about, nominal)
    over = max((term.ends_on for term in calendar.terms), default=about)
    if over < about and calendar.year_named(over, nominal) == year:
        return nominal.in_year(year.year + 1)
    return year


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written)) if written else None
    except ValueError:
        return None

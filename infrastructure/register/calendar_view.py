"""A school's calendar for people: day by day, as known at a position, with its versions."""

from collections import defaultdict
from datetime import date
from typing import Any, Final, NamedTuple

from psycopg.abc import QueryNoTemplate

from domain.attendance.jurisdictions import JurisdictionUnknown, jurisdiction
from domain.attendance.numbered_days import NumberedDay, numbered
from domain.attendance.register_hours import FOR_EVER
from domain.attendance.school_days import MonthDay
from domain.shared.ids import SchoolId, TenantId
from infrastructure.register import reads
from infrastructure.register.by_hand import named_terms
from infrastructure.register.rows import SchoolRow
from infrastructure.store.database import Connection

_NOMINAL: Final = MonthDay(8, 1)  # of a place that is not known any more
_KINDS: Final[QueryNoTemplate] = (
    "select on_date, kind, part, nullif(year_group, '') from ("
    " select distinct on (d.on_date, d.part, d.year_group) d.*"
    " from calendar_day d join known_batch k on k.tenant = d.tenant and k.batch = d.batch"
    " where d.tenant = %(tenant)s and d.school = %(school)s and k.position <= %(position)s"
    " and d.on_date between %(first)s and %(last)s"
    " order by d.on_date, d.part, d.year_group, k.position desc) latest where not withdrawn"
    " order by on_date, part, year_group"
)
_VERSIONS: Final[QueryNoTemplate] = (
    "select k.position, k.recorded_at, k.source, k.actor, k.batch from known_batch k"
    " where k.tenant = %(tenant)s and k.position <= %(position)s and k.batch in ("
    " select batch from calendar_day where tenant = %(tenant)s and school = %(school)s union"
    " select batch from school_term where tenant = %(tenant)s and school = %(school)s union"
    " select batch from register_hours where tenant = %(tenant)s and school = %(school)s)"
    " order by k.position desc limit 100"
)


class Asked(NamedTuple):
    """Which days of which calendar. Without a position: as it is known now."""

    first: date
    last: date
    year_group: str | None = None
    position: int | None = None


def school_year(school: SchoolRow) -> MonthDay:
    """Return the nominal first day of a school's years."""
    try:
        return jurisdiction(school.jurisdiction).school_year
    except JurisdictionUnknown:
        return _NOMINAL


def year_of(conn: Connection, tenant: TenantId, school: SchoolRow, on: date) -> tuple[date, date]:
    """Return the first day of the school year that a day lies in, and its last known day or it."""
    calendar = reads.calendars(conn, tenant, schools=[school.school])[school.school]
    ends = max([on, *(term.ends_on for term in calendar.terms)])
    begins = calendar.year_begins(on, school_year(school))
    return begins, min(ends, date(begins.year + 1, begins.month, min(begins.day, 28)))


def calendar_view(
    conn: Connection, tenant: TenantId, school: SchoolRow, asked: Asked
) -> dict[str, Any]:
    """Return the calendar as `anseo calendar show --json` prints it."""
    place: dict[str, Any] = {
        "tenant": tenant,
        "school": school.school,
        "position": reads.NOW if asked.position is None else asked.position,
        "first": asked.first,
        "last": asked.last,
    }
    whole = reads.calendars(conn, tenant, asked.position, schools=[school.school])
    calendar = whole[SchoolId(school.school)]
    if asked.year_group is not None:
        calendar = calendar.for_group(asked.year_group)
    said: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for on, kind, part, year_group in conn.execute(_KINDS, place).fetchall():
        said[on].append({"kind": kind, "session": part, "year_group": year_group})
    versions = _versions(conn, place)
    days = numbered(calendar, asked.first, asked.last, school_year(school))
    return {
        "school": str(school.school),
        "from": asked.first.isoformat(),
        "to": asked.last.isoformat(),
        "year_group": asked.year_group,
        "version": versions[0]["position"] if versions else None,
        "terms": [
            {
                "name": term.name,
                "begins_on": term.begins_on.isoformat(),
                "ends_on": term.ends_on.isoformat(),
                "declared_days": term.declared_days,
            }
            for term in named_terms(conn, tenant, place["school"], place["position"])
        ],
        "hours": _hours(conn, place),
        "days": [_day(day, said[day.on]) for day in days],
        "versions": versions,
    }


def _hours(conn: Connection, place: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was said of hours of any of the days; which of several counts is `hours_on`."""
    school = place["school"]
    said = reads.register_hours(conn, place["tenant"], place["position"], schools=[school])
    return [
        {
            "from": one.first_on.isoformat(),
            "to": None if one.last_on == FOR_EVER else one.last_on.isoformat(),
            **{
                name: None if at is None else at.isoformat("minutes")
                for name, at in zip(one._fields[2:], one.times, strict=True)
            },
        }
        for one in said.get(school, ())
        if one.first_on <= place["last"] and one.last_on >= place["first"]
    ]


def _versions(conn: Connection, place: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "position": position,
            "known_at": at.isoformat(),
            "source": source,
            "by": actor,
            "batch": str(batch),
        }
        for position, at, source, actor, batch in conn.execute(_VERSIONS, place).fetchall()
    ]


def _day(day: NumberedDay, said: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "date": day.on.isoformat(),
        "open": day.is_open,
        "morning": day.morning,
        "afternoon": day.afternoon,
        "school_day": day.school_day,
        "school_week": day.school_week,
        "said": said,
    }

"""Which schools are to be looked at now, by whom it was caused, and about which pupils."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.abc import QueryNoTemplate

from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.standing import evenings
from domain.evaluation.events import LookKind
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.changes import learned
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.judging import is_same_day
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.store.recorder import bound
from projections import definitions, evaluations
from projections.definitions import RuleSetRow

_DAY: Final = timedelta(days=1)
_REFERENCE: Final = (
    "select coalesce(max(position), 0), coalesce(array_agg(distinct tenant), '{}')"
    " from known_batch where content in ('schools', 'calendar', 'district', 'roster')"
)
_NEWS: Final = (
    "select tenant, school, max(position) from known_batch"
    " where position > %s and position <= %s group by tenant, school"
)
_NEWEST: Final = (
    "select coalesce(max(position), 0) from known_batch where tenant = %s and position <= %s"
)
MARKED_ON: Final[QueryNoTemplate] = (
    "select distinct m.student from mark m join known_batch k using (tenant, batch)"
    " where m.tenant = %(tenant)s and m.school = %(school)s and m.on_date = %(on)s"
    " and k.position > %(since)s and k.position <= %(position)s"
)


@dataclass(frozen=True, slots=True)
class Due:
    """One look that is to be made. `students` limits it; absent, it is about the whole school."""

    tenant: TenantId
    school: SchoolRow
    on: date
    kind: LookKind
    position: int
    since: int | None = None
    students: frozenset[StudentId] | None = None


class Agenda:
    """Asks the register and the read models what is to be looked at. Keeps only what is settled.

    Nothing of it is a promise: whoever starts anew finds the same looks waiting.
    """

    def __init__(self, at: time) -> None:
        self._at = at
        self._seen = -1
        self._heard = 0
        self._known: list[tuple[TenantId, SchoolRow, SchoolDays]] = []
        self._newest: dict[tuple[UUID, UUID | None], int] = {}
        self._quiet: dict[tuple[TenantId, SchoolId], date] = {}
        self._settled: dict[tuple[LookKind, TenantId, SchoolId], int] = {}

    def due(self, conn: Connection) -> list[Due]:
        """Return the looks that wait: of days that ended, after imports, and of this morning."""
        now, position = school_now(conn), bound(conn)
        self._hear(conn, position)
        looked: dict[TenantId, _Looked] = {}
        found: list[Due] = []
        for tenant, school, calendar in self._schools(conn):
            if tenant not in looked:
                looked[tenant] = _looked(conn, tenant, now)
            place = _Place(tenant, school, calendar, looked[tenant])
            found += self._of_school(conn, place, now, position)
        return found

    def _of_school(
        self, conn: Connection, place: "_Place", now: datetime, position: int
    ) -> Iterator[Due]:
        school, tenant = place.school, place.tenant
        day = last_ended(now, school, place.calendar, self._at)
        last, known_at = place.looked.ladder.get(school.school, (date.min, 0))
        if day is not None and day <= last:
            day = self._settling(conn, place, last, ended(now, school, self._at))
        if day is not None and last < day:
            if rules_for(conn, tenant, school.school) is not None:
                known = self._news(place)
                yield Due(tenant, school, day, LookKind.NIGHTLY, known, known_at)
        elif last > date.min and self._is_news(LookKind.IMPORT, place, known_at):
            due = self._after_import(conn, place, last, known_at, position)
            yield from [] if due is None else [due]
        today = _today(now, place)
        if today is not None:
            since = place.looked.same_day.get((school.school, today), 0)
            if self._is_news(LookKind.SAME_DAY, place, since):
                due = self._this_morning(conn, place, today, since, position)
                yield from [] if due is None else [due]

    def _settling(self, conn: Connection, place: "_Place", last: date, until: date) -> date | None:
        """Return the last evening after a school year on which its marks were still settling.

        None where it was looked at, as on all other days without school.
        """
        key = place.tenant, place.school.school
        row = None
        if last < until and self._quiet.get(key) != until:
            row = rules_for(conn, *key)
        rules = None if row is None else RuleSet.model_validate(row.definition)
        found = [] if rules is None else evenings(rules, place.calendar, last + _DAY, until)
        if not found:
            self._quiet[key] = until
        return found[-1] if found else None

    def _is_news(self, kind: LookKind, place: "_Place", since: int) -> bool:
        settled = self._settled.get((kind, place.tenant, place.school.school), 0)
        return self._news(place) > max(since, settled)

    def _news(self, place: "_Place") -> int:
        """Return the position up to which something is known of a school.

        Not the ledger's head: a look that learns nothing new is then the same look.
        """
        tenant, school = place.tenant, place.school.school
        return max(self._newest.get((tenant, school), 0), self._newest.get((tenant, None), 0))

    def _after_import(
        self, conn: Connection, place: "_Place", on: date, known_at: int, position: int
    ) -> Due | None:
        """Look again at the last day, for the pupils of whom something older became known."""
        tenant, school = place.tenant, place.school
        since = max(known_at, self._settled.get((LookKind.IMPORT, tenant, school.school), 0))
        pupils, shifted = learned(conn, tenant, school.school, since, position)
        touched = frozenset(pupil for pupil, day in pupils.items() if day <= on)
        everybody = shifted is not None and shifted <= on
        if not touched and not everybody:
            self._settled[LookKind.IMPORT, tenant, school.school] = position
            return None
        if rules_for(conn, tenant, school.school) is None:
            return None
        students = None if everybody else touched
        return Due(tenant, school, on, LookKind.IMPORT, self._news(place), known_at, students)

    def _this_morning(
        self, conn: Connection, place: "_Place", today: date, since: int, position: int
    ) -> Due | None:
        """Look at those of whom a mark of today became known, where the rules ask for the day."""
        tenant, school = place.tenant, place.school
        settled = (LookKind.SAME_DAY, tenant, school.school)
        asked = {
            "tenant": tenant,
            "school": school.school,
            "on": today,
            "since": max(since, self._settled.get(settled, 0)),
            "position": position,
        }
        marked = frozenset(one for (one,) in conn.execute(MARKED_ON, asked).fetchall())
        rules = rules_for(conn, tenant, school.school) if marked else None
        if rules is None or not _asks_for_the_day(rules):
            self._settled[settled] = position
            return None
        return Due(tenant, school, today, LookKind.SAME_DAY, self._news(place), since, marked)

    def _hear(self, conn: Connection, position: int) -> None:
        """Learn which schools have news, reading on from where it was heard last."""
        for tenant, school, newest in conn.execute(_NEWS, (self._heard, position)).fetchall():
            known = self._newest.get((tenant, school), 0)
            self._newest[tenant, school] = max(known, newest)
        self._heard = max(self._heard, position)

    def _schools(self, conn: Connection) -> list[tuple[TenantId, SchoolRow, SchoolDays]]:
        """Return every school with its calendar; read again only when an import changed any."""
        row = conn.execute(_REFERENCE).fetchone()
        position, tenants = row or (0, [])
        if position != self._seen:
            self._known = [
                (tenant, school, calendars[school.school])
                for tenant in sorted(tenants)
                for calendars in [register.calendars(conn, tenant)]
                for school in register.schools(conn, tenant)
                if school.school in calendars
            ]
            self._seen = position
        return self._known


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one tenant's schools were looked at, and as known at which position."""

    ladder: Mapping[SchoolId, tuple[date, int]]
    same_day: Mapping[tuple[SchoolId, date], int]


@dataclass(frozen=True, slots=True)
class _Place:
    tenant: TenantId
    school: SchoolRow
    calendar: SchoolDays
    looked: _Looked


def _looked(conn: Connection, tenant: TenantId, now: datetime) -> _Looked:
    asked = {"tenant": tenant, "since": now.date() - _DAY}
    ladder = reads.fetch(conn, evaluations.LATEST, asked)
    today = reads.fetch(conn, evaluations.SAME_DAY, asked)
    return _Looked(
        {school: (on, known_at) for school, on, known_at in ladder},
        {(school, on): known_at for school, on, known_at in today},
    )


def newest_known(conn: Connection, tenant: TenantId, until: int) -> int:
    """Return the position of a tenant's last recorded import, as far as it can be read."""
    row = conn.execute(_NEWEST, (tenant, until)).fetchone()
    return row[0] if row is not None else 0


def rules_for(conn: Connection, tenant: TenantId, school: SchoolId) -> RuleSetRow | None:
    """Return the rule set in use at a school: its own, else its tenant's."""
    asked = {"tenant": tenant, "school": school}
    rows = reads.documents(conn, definitions.FOR_SCHOOL, RuleSetRow, asked)
    return rows[0] if rows else None


def _asks_for_the_day(row: RuleSetRow) -> bool:
    rules = RuleSet.model_validate(row.definition)
    return any(is_same_day(stage) for stage in rules.every_stage)


def _today(now: datetime, place: _Place) -> date | None:
    """Return today at the school, while families may still hear today; None otherwise."""
    local = now.astimezone(ZoneInfo(place.school.zone))
    until = SchoolCalendar(place.school.zone, ()).sends_until
    open_now = place.calendar.is_open(local.date()) and local.time() < until
    return local.date() if open_now and place.calendar.terms else None


def last_ended(now: datetime, school: SchoolRow, calendar: SchoolDays, at: time) -> date | None:
    """Return the latest open day that has ended at the school; None before the first.

    The wall clock at the school decides: it goes through both changes of the clocks.
    """
    if not calendar.terms:
        return None
    day = ended(now, school, at)
    first = min(term.begins_on for term in calendar.terms)
    while day >= first:
        if calendar.is_open(day):
            return day
        day -= _DAY
    return None


def ended(now: datetime, school: SchoolRow, at: time) -> date:
    """Return the latest day that has ended at the school, whether or not it was open."""
    local = now.astimezone(ZoneInfo(school.zone))
    return local.date() if local.time() >= at else local.date() - _DAY

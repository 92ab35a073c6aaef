"""Which schools are to be looked at now, by whom it was caused, and about which pupils."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.attendance.register_hours import CONTACT, RegisterHours, over_on
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.standing import evenings
from domain.evaluation.events import LookKind
from domain.shared.calendar import SchoolCalendar
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.changes import learned, marked_on
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.deciding import RulesInUse
from infrastructure.runtime.gathering import by
from infrastructure.runtime.judging import is_same_day
from infrastructure.runtime.projecting import positions
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.store.recorder import bound
from projections import evaluations
from projections.definitions import RULE_SETS, RuleSetRow
from projections.evaluations import EVALUATIONS

_DAY: Final = timedelta(days=1)
_LAST_OPEN: Final = timedelta(days=4)  # back: marks that come over a weekend say who was not told
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


@dataclass(frozen=True, slots=True)
class Due:
    """One look that is to be made. `students` limits it; absent, it is about the whole school.

    `over` says of a look at a day itself which registers had closed, and whether families may still
    hear on that day.
    """

    tenant: TenantId
    school: SchoolRow
    on: date
    kind: LookKind
    position: int
    since: int | None = None
    students: frozenset[StudentId] | None = None
    over: tuple[str, ...] | None = None


class Agenda:
    """Asks the register and the read models what is to be looked at. Keeps only what is settled.

    Nothing of it is a promise: whoever starts anew finds the same looks waiting.
    """

    def __init__(self, at: time) -> None:
        self._at = at
        self._seen = -1
        self._still: object = None  # when nothing was due: by the clock, and as known at where
        self._heard = 0
        self._known: list[_School] = []
        self._newest: dict[tuple[UUID, UUID | None], int] = {}
        self._quiet: dict[tuple[TenantId, SchoolId], date] = {}
        self._settled: dict[tuple[TenantId, SchoolId], int] = {}
        self._of_day: dict[tuple[TenantId, SchoolId, int], _Seen] = {}  # by weekday

    def due(self, conn: Connection) -> list[Due]:
        """Return the looks that wait: of days that ended, after imports, and of this morning."""
        now, position = school_now(conn), bound(conn)
        minute = now.replace(second=0, microsecond=0)
        seen = minute, position, positions(conn, (EVALUATIONS, RULE_SETS))
        if seen == self._still:
            return []
        found = self._found(conn, now, position)
        self._still = None if found else seen
        return found

    def _found(self, conn: Connection, now: datetime, position: int) -> list[Due]:
        self._hear(conn, position)
        known = self._schools(conn)
        found: list[Due] = []
        for tenant, schools in by(known, lambda one: one.tenant).items():
            rules = RulesInUse(conn, tenant, [one.row for one in schools])
            ends = {one.row.school: ended(now, one.row, self._at) for one in schools}
            looked = _looked(conn, tenant, now, ends)
            places = [_Place(t.tenant, t.row, t.calendar, looked, t.hours, rules) for t in schools]
            asked = {place.school.school: [*self._of_the_day(place, now)] for place in places}
            marked = _marked(
                conn, tenant, [one for some in asked.values() for one in some], position
            )
            for place in places:
                found += self._of_school(conn, place, now, position)
                for one in asked[place.school.school]:
                    found += self._at_once(one, marked)
        return found

    def _of_school(
        self, conn: Connection, place: "_Place", now: datetime, position: int
    ) -> Iterator[Due]:
        school, tenant = place.school, place.tenant
        day = last_ended(now, school, place.calendar, self._at)
        last, known_at = place.looked.ladder.get(school.school, (date.min, 0))
        if day is not None and day <= last:
            day = self._settling(place, last, ended(now, school, self._at))
        if day is not None and last < day:
            if place.rules.decide(school, day) is not None:
                known = self._news(place)
                yield Due(tenant, school, day, LookKind.NIGHTLY, known, known_at)
        elif last > date.min and self._is_news(place, known_at):
            due = self._after_import(conn, place, last, known_at, position)
            yield from [] if due is None else [due]

    def _settling(self, place: "_Place", last: date, until: date) -> date | None:
        """Return the last evening after a school year on which its marks were still settling.

        None where it was looked at, as on all other days without school.
        """
        key = place.tenant, place.school.school
        row = None
        if last < until and self._quiet.get(key) != until:
            row = place.rules.decide(place.school, until)
        rules = None if row is None else RuleSet.model_validate(row.definition)
        found = [] if rules is None else evenings(rules, place.calendar, last + _DAY, until)
        if not found:
            self._quiet[key] = until
        return found[-1] if found else None

    def _is_news(self, place: "_Place", since: int) -> bool:
        settled = self._settled.get((place.tenant, place.school.school), 0)
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
        since = max(known_at, self._settled.get((tenant, school.school), 0))
        pupils, shifted = learned(conn, tenant, school.school, since, position)
        touched = frozenset(pupil for pupil, day in pupils.items() if day <= on)
        everybody = shifted is not None and shifted <= on
        if not touched and not everybody:
            self._settled[tenant, school.school] = position
            return None
        if place.rules.decide(school, on) is None:
            return None
        students = None if everybody else touched
        return Due(tenant, school, on, LookKind.IMPORT, self._news(place), known_at, students)

    def _of_the_day(self, place: "_Place", now: datetime) -> "Iterator[_OfTheDay]":
        """Yield the days about which it has to be asked who was marked.

        When a register closes, all who were marked that day are looked at: what was unexplained
        while it was open may have been a child on the way.
        """
        tenant, school = place.tenant, place.school
        for on, over in _contact_days(now, place):
            since, before = place.looked.same_day.get((school.school, on), (0, ()))
            since = since if over == before else 0
            key, seen = (tenant, school.school, on.weekday()), _Seen(on, over, self._news(place))
            if seen.news > since and self._of_day.get(key) != seen:
                yield _OfTheDay(place, key, seen, since)

    def _at_once(self, one: "_OfTheDay", marked: "_Marked") -> list[Due]:
        """Look at those of whom a mark of the day became known, where the rules ask for the day."""
        place, (on, over, news) = one.place, one.seen
        students = marked.get((place.school.school, on), frozenset())
        rules = place.rules.decide(place.school, on) if students else None
        if rules is None or not _asks_for_the_day(rules, place.school, on, over):
            self._of_day[one.key] = one.seen
            return []
        look = LookKind.SAME_DAY
        return [Due(place.tenant, place.school, on, look, news, one.since, students, over)]

    def _hear(self, conn: Connection, position: int) -> None:
        """Learn which schools have news, reading on from where it was heard last."""
        for tenant, school, newest in conn.execute(_NEWS, (self._heard, position)).fetchall():
            known = self._newest.get((tenant, school), 0)
            self._newest[tenant, school] = max(known, newest)
        self._heard = max(self._heard, position)

    def _schools(self, conn: Connection) -> "list[_School]":
        """Return every school with its calendar; read again only when an import changed any."""
        row = conn.execute(_REFERENCE).fetchone()
        position, tenants = row or (0, [])
        if position != self._seen:
            self._known = [
                _School(tenant, row, calendars[row.school], hours[row.school])
                for tenant in sorted(tenants)
                for calendars in [register.calendars(conn, tenant)]
                for rows in [register.schools(conn, tenant)]
                for hours in [register.hours_of(conn, tenant, rows)]
                for row in rows
                if row.school in calendars
            ]
            self._seen = position
        return self._known


@dataclass(frozen=True, slots=True)
class _School:
    tenant: TenantId
    row: SchoolRow
    calendar: SchoolDays
    hours: Sequence[RegisterHours]


class _Seen(NamedTuple):
    """What was known, and over, when a day needed no look."""

    on: date
    over: tuple[str, ...]
    news: int


@dataclass(frozen=True, slots=True)
class _Looked:
    """What one tenant's schools were looked at, and as known at which position."""

    ladder: Mapping[SchoolId, tuple[date, int]]
    same_day: Mapping[tuple[SchoolId, date], tuple[int, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class _Place:
    tenant: TenantId
    school: SchoolRow
    calendar: SchoolDays
    looked: _Looked
    hours: Sequence[RegisterHours]
    rules: RulesInUse


_Marked = dict[tuple[SchoolId, date], frozenset[StudentId]]


class _OfTheDay(NamedTuple):
    """A day at a school, of which something is known since a position that may be about it."""

    place: _Place
    key: tuple[TenantId, SchoolId, int]
    seen: _Seen
    since: int


def _marked(
    conn: Connection, tenant: TenantId, asked: Sequence[_OfTheDay], position: int
) -> _Marked:
    """Return who was marked at which school on which day, as far as that became known since."""
    found: _Marked = {}
    for (on, since), some in by(asked, lambda one: (one.seen.on, one.since)).items():
        schools = [one.place.school.school for one in some]
        for school, pupils in marked_on(conn, tenant, schools, on, since, position).items():
            found[school, on] = pupils
    return found


def _looked(
    conn: Connection, tenant: TenantId, now: datetime, ends: Mapping[SchoolId, date]
) -> _Looked:
    days = {"schools": list(ends), "days": list(ends.values())}
    ladder = reads.fetch(conn, evaluations.LATEST, {"tenant": tenant, **days})
    asked = {"tenant": tenant, "since": now.date() - _LAST_OPEN - _DAY}
    same_day = reads.fetch(conn, evaluations.SAME_DAY, asked)
    return _Looked(
        {school: (on, known_at) for school, on, known_at in ladder},
        {(school, on): (known_at, tuple(over)) for school, on, known_at, over in same_day},
    )


def newest_known(conn: Connection, tenant: TenantId, until: int) -> int:
    """Return the position of a tenant's last recorded import, as far as it can be read."""
    row = conn.execute(_NEWEST, (tenant, until)).fetchone()
    return row[0] if row is not None else 0


def _asks_for_the_day(row: RuleSetRow, school: SchoolRow, on: date, over: Sequence[str]) -> bool:
    """Say whether rules ask for a day by now; those that were not in use then left nobody out."""
    used = row.activated_at and row.activated_at.astimezone(ZoneInfo(school.zone)).date()
    if CONTACT in over and (used is None or used > on):
        return False
    rules, closed = RuleSet.model_validate(row.definition), {*over} - {CONTACT}
    return any(is_same_day(one) and (closed or not one.waits) for one in rules.every_stage)


def _contact_days(now: datetime, place: _Place) -> Iterator[tuple[date, tuple[str, ...]]]:
    """Yield today and the open day before, where the school was open, and what was over on each."""
    local = now.astimezone(ZoneInfo(place.school.zone))
    until = SchoolCalendar(place.school.zone, ()).sends_until
    if not place.calendar.terms:
        return
    before = (local.date() - n * _DAY for n in range(1, _LAST_OPEN.days + 1))
    days = [*filter(place.calendar.is_open, before)][:1]
    for on in [local.date(), *days] if place.calendar.is_open(local.date()) else days:
        yield on, over_on(place.hours, on, local, until)


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

"""Loads what looks at schools see, as known at ledger positions: many schools at once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.attendance.lines import Lines
from domain.attendance.populations import PupilYears
from domain.attendance.rules import Rearm, RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.standing import longest_look_back
from domain.kernel import facts
from domain.rule_set.events import RuleSetActivated
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register import reads as register
from infrastructure.register.changes import NOTHING, learned_of
from infrastructure.register.pupil_years import years_of
from infrastructure.register.rows import SchoolRow
from infrastructure.register.stored_lines import sheets
from infrastructure.runtime.gathering import by
from infrastructure.runtime.judging import Known, is_same_day
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections import exemptions, interventions
from projections.definitions import RuleSetRow
from projections.exemptions import ExemptionsRow
from projections.interventions import InterventionRow
from projections.playbooks import FOR_STAGES, PlaybookRow

_FEW: Final = 50  # pupils: reading their marks is quicker than reading the school's lines
_DAY: Final = timedelta(days=1)
_VERSIONS: Final = (
    "select notification_id, topic, event_version, state from ledger"
    " where tenant = %s and originator_id = %s order by originator_version"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A school to be looked at, as known at a position.

    `since` is the position of the last look; absent, nothing is taken as corrected. `students`
    limits the look to some pupils.
    """

    school: SchoolRow
    position: int
    since: int | None = None
    students: Collection[StudentId] | None = None

    @property
    def few(self) -> Collection[StudentId] | None:
        """Return the pupils, where they are so few that they are asked for by name."""
        return self.students if self.students is not None and len(self.students) <= _FEW else None


@dataclass(slots=True)
class _Place:
    """What is known of one of the schools so far."""

    asked: Asked
    calendar: SchoolDays
    begins: date
    this: date
    before: date
    rows: list[InterventionRow]
    first: date = date.min

    @property
    def school(self) -> SchoolId:
        return self.asked.school.school

    @property
    def position(self) -> int:
        return self.asked.position

    @property
    def of_year(self) -> list[InterventionRow]:
        return [row for row in self.rows if row.school_year_from == self.this]


def look(
    conn: Connection,
    tenant: TenantId,
    school: SchoolRow,
    on: date,
    rules: RuleSetRow,
    position: int,
    *,
    since: int | None = None,
    students: Collection[StudentId] | None = None,
) -> Known:
    """Load what the rules need to know of one school; its rows may be replaced by earlier ones."""
    asked = Asked(school, position, since, students)
    return _Looks(conn, tenant, on, rules).known([asked], as_fired=False)[0]


def looks(
    conn: Connection, tenant: TenantId, on: date, rules: RuleSetRow, asked: Sequence[Asked]
) -> list[Known]:
    """Load the same for some schools, each once: a statement for all of them.

    Schools that are known as of different positions are read one position after the other. Of what
    was learned only that is loaded which lies on or before a day on which a stage of a row fired.
    """
    return _Looks(conn, tenant, on, rules).known(asked, as_fired=True)


class _Looks:
    """Looks on one day by one rule set."""

    def __init__(self, conn: Connection, tenant: TenantId, on: date, rules: RuleSetRow) -> None:
        self._conn = conn
        self._tenant = tenant
        self._on = on
        self._row = rules
        self._rules = RuleSet.model_validate(rules.definition)

    def known(self, asked: Sequence[Asked], *, as_fired: bool) -> list[Known]:
        """Load what the rules need to know of some schools."""
        places = self._places(asked)
        lines = self._lines(places)
        learned = self._learned(places, lines, as_fired=as_fired)
        years = self._years(places, lines)
        versions = self._versions()
        books = books_of_today(self._conn, self._tenant, self._rules)
        exempt = self._exempt(places, lines)
        return [
            Known(
                school=place.asked.school,
                on=self._on,
                rules=self._rules,
                row=self._row,
                # From the last import to the rules' change nothing else became known.
                position=max([place.position, *(since for since, _ in versions)]),
                calendar=place.calendar,
                lines=lines[place.school],
                rows={row.student_id: row for row in place.of_year if not row.same_day},
                learned=learned.get(place.school, {}),
                earlier={
                    row.student_id: row
                    for row in place.rows
                    if row.school_year_from == place.before and not row.same_day
                },
                contacts={row.student_id: row for row in place.of_year if row.same_day},
                versions=versions,
                answered=answered(books, place.school),
                exempt=exempt,
                years=years[place.school],
            )
            for place in places
        ]

    def _places(self, asked: Sequence[Asked]) -> list[_Place]:
        calendars: dict[SchoolId, SchoolDays] = {}
        for position, some in by(asked, lambda one: one.position).items():
            ids = [one.school.school for one in some]
            calendars |= register.calendars(self._conn, self._tenant, position, schools=ids)
        places = [self._place(one, calendars[one.school.school]) for one in asked]
        self._rows(places)
        for place in places:
            place.first = self._first_day(place)
        return places

    def _place(self, asked: Asked, calendar: SchoolDays) -> _Place:
        nominal = self._rules.school_year.begins
        begins = calendar.year_begins(self._on, nominal)
        this, before = (calendar.year_named(day, nominal) for day in (self._on, begins - _DAY))
        return _Place(asked, calendar, begins, this, before, [])

    def _rows(self, places: Sequence[_Place]) -> None:
        of_school = {place.school: place for place in places}
        named = [place.asked.few for place in places]
        asked = {
            "tenant": self._tenant,
            "schools": list(of_school),
            "years": sorted({year for place in places for year in (place.this, place.before)}),
            "students": _joined(named),
        }
        found = reads.documents(self._conn, interventions.OF_SCHOOLS, InterventionRow, asked)
        for row in found:
            place = of_school[row.school_id]
            wanted = place.asked.students
            if (
                row.rule_set_id == self._row.rule_set_id
                and row.school_year_from in {place.this, place.before}
                and (wanted is None or row.student_id in wanted)
            ):
                place.rows.append(row)

    def _first_day(self, place: _Place) -> date:
        """Return from which day on marks are needed: by the year, the windows, and spells."""
        back = timedelta(days=longest_look_back(self._rules))
        spells = {one.key for one in self._rules.every_stage if one.armed_for is Rearm.SPELL}
        fired = [
            line.evaluated_on
            for row in place.rows
            for line in row.stages
            if line.stage in spells and line.evaluated_on is not None
        ]
        return min([place.begins, self._on - back, *(day - back for day in fired)])

    def _lines(self, places: Sequence[_Place]) -> dict[SchoolId, Lines]:
        found: dict[SchoolId, Lines] = {}
        for place in places:
            if place.asked.few is not None:
                found[place.school] = self._few_lines(place, place.asked.few)
        whole = [place for place in places if place.school not in found]
        for position, some in by(whole, lambda one: one.position).items():
            spans = {place.school: (place.first, self._on) for place in some}
            rows = [place.asked.school for place in some]
            days = {place.school: place.calendar for place in some}
            stored = sheets(self._conn, self._tenant, rows, spans, position, days)
            for place in some:
                lines, students = Lines(stored[place.school]), place.asked.students
                if students is not None:
                    lines = lines.only([one for one in students if one in lines])
                found[place.school] = lines
        return found

    def _few_lines(self, place: _Place, students: Collection[StudentId]) -> Lines:
        found = register.lines(
            self._conn,
            self._tenant,
            [place.asked.school],
            place.position,
            first=place.first,
            last=self._on,
            students_asked=students,
            calendar_of={place.school: place.calendar},
        )
        return Lines.of(found)

    def _learned(
        self, places: Sequence[_Place], lines: Mapping[SchoolId, Lines], *, as_fired: bool
    ) -> dict[SchoolId, dict[StudentId, date]]:
        found: dict[SchoolId, dict[StudentId, date]] = {}
        asked = by(places, lambda one: (one.asked.since, one.position))
        for (since, position), some in asked.items():
            until = max(map(_fired, some)) if as_fired else None
            if since is None or until == date.min:
                continue
            ids = [place.school for place in some]
            said = learned_of(self._conn, self._tenant, ids, since, position, until)
            for school in ids:
                changed, shifted = said.get(school, NOTHING)
                if shifted is not None:
                    pupils = lines[school]
                    changed = {p: min(changed.get(p, shifted), shifted) for p in pupils}
                found[school] = changed
        return found

    def _years(
        self, places: Sequence[_Place], lines: Mapping[SchoolId, Lines]
    ) -> dict[SchoolId, PupilYears | None]:
        found: dict[SchoolId, PupilYears | None] = {}
        for position, some in by(places, lambda one: one.position).items():
            asked = [
                (
                    place.asked.school,
                    place.calendar,
                    None if place.asked.few is None else list(lines[place.school]),
                )
                for place in some
            ]
            found |= years_of(self._conn, self._tenant, asked, self._rules, self._on, position)
        return found

    def _versions(self) -> tuple[tuple[int, RuleSet], ...]:
        found = []
        asked = self._tenant, self._row.rule_set_id
        for position, *stored in self._conn.execute(_VERSIONS, asked).fetchall():
            event = facts.read(*stored)
            if isinstance(event, RuleSetActivated):
                found.append((position, RuleSet.model_validate(event.definition)))
        return tuple(found)

    def _exempt(
        self, places: Sequence[_Place], lines: Mapping[SchoolId, Lines]
    ) -> frozenset[StudentId]:
        named = [None if one.asked.few is None else list(lines[one.school]) for one in places]
        asked = {"tenant": self._tenant, "students": _joined(named)}
        rows = reads.documents(self._conn, exemptions.OF_STUDENTS, ExemptionsRow, asked)
        return frozenset(
            row.student_id for row in rows if any(one.holds_on(self._on) for one in row.exemptions)
        )


def _joined(named: Sequence[Collection[StudentId] | None]) -> list[StudentId] | None:
    """Return the pupils of several schools; None where one is asked about whole."""
    found: list[StudentId] = []
    for one in named:
        if one is None:
            return None
        found += one
    return found


def _fired(place: _Place) -> date:
    """Return the last day on which a stage fired; the first of all days where none did."""
    days = (line.evaluated_on for row in place.of_year for line in row.stages)
    return max((day for day in days if day is not None), default=date.min)


def books_of_today(conn: Connection, tenant: TenantId, rule_set: RuleSet) -> list[PlaybookRow]:
    """Return the playbooks in use for stages of the day itself."""
    stages = [one.key for one in rule_set.every_stage if is_same_day(one)]
    if not stages:
        return []
    return reads.documents(conn, FOR_STAGES, PlaybookRow, {"tenant": tenant, "stages": stages})


def answered(books: Iterable[PlaybookRow], school: SchoolId) -> frozenset[str]:
    """Return the stages of the day itself for which a playbook is in use at a school."""
    return frozenset(b.trigger_stage or "" for b in books if b.school_id in {None, school})

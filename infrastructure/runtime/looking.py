"""Loads what one look at one school sees, as known at a ledger position."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from domain.attendance.lines import Lines
from domain.attendance.rules import Rearm, RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.standing import longest_look_back
from domain.kernel import facts
from domain.rule_set.events import RuleSetActivated
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register import reads as register
from infrastructure.register.changes import learned
from infrastructure.register.pupil_years import years_for
from infrastructure.register.rows import SchoolRow
from infrastructure.register.stored_lines import sheets
from infrastructure.runtime.judging import Known, is_same_day
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections import definitions, exemptions, interventions
from projections.definitions import PlaybookRow, RuleSetRow
from projections.exemptions import ExemptionsRow
from projections.interventions import InterventionRow

_FEW: Final = 50  # pupils: reading their marks is quicker than reading the school's lines
_DAY: Final = timedelta(days=1)
_VERSIONS: Final = (
    "select notification_id, topic, event_version, state from ledger"
    " where tenant = %s and originator_id = %s order by originator_version"
)


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
    """Load what the rules need to know of one school, as known at a position.

    `since` is the position of the last look; absent, nothing is taken as corrected. `students`
    limits the look to some pupils.
    """
    rule_set = RuleSet.model_validate(rules.definition)
    calendars = register.calendars(conn, tenant, position, schools=[school.school])
    calendar = calendars[school.school]
    nominal = rule_set.school_year.begins
    begins = calendar.year_begins(on, nominal)
    this, before = (calendar.year_named(day, nominal) for day in (on, begins - _DAY))
    rows = _rows(conn, tenant, school, rules, (this, before), students)
    first = _first_day(rule_set, on, begins, rows)
    span = (first, on)
    lines = _lines(conn, tenant, school, span, position, calendars, students)
    versions = _versions(conn, tenant, rules.rule_set_id)
    of_year = [row for row in rows if row.school_year_from == this]
    known = max([position, *(since for since, _ in versions)])
    return Known(
        school=school,
        on=on,
        rules=rule_set,
        row=rules,
        position=known,  # from the last import to the rules' change nothing else became known
        calendar=calendar,
        lines=lines,
        rows={row.student_id: row for row in of_year if not row.same_day},
        learned=_learned(conn, tenant, school, since, position, lines),
        earlier={r.student_id: r for r in rows if r.school_year_from == before and not r.same_day},
        contacts={row.student_id: row for row in of_year if row.same_day},
        versions=versions,
        answered=answered(books_of_today(conn, tenant, rule_set), school.school),
        exempt=_exempt(conn, tenant, None if students is None else list(lines), on),
        years=years_for(
            conn,
            tenant,
            school,
            rule_set,
            (None if students is None else list(lines), calendar),
            on,
            position,
        ),
    )


def _lines(
    conn: Connection,
    tenant: TenantId,
    school: SchoolRow,
    span: tuple[date, date],
    position: int,
    calendars: dict[SchoolId, SchoolDays],
    students: Collection[StudentId] | None,
) -> Lines:
    if students is not None and len(students) <= _FEW:
        found = register.lines(
            conn,
            tenant,
            [school],
            position,
            first=span[0],
            last=span[1],
            students_asked=students,
            calendar_of=calendars,
        )
        return Lines.of(found)
    lines = Lines(sheets(conn, tenant, [school], span, position, calendars)[school.school])
    return lines if students is None else lines.only([one for one in students if one in lines])


def _learned(
    conn: Connection,
    tenant: TenantId,
    school: SchoolRow,
    since: int | None,
    position: int,
    pupils: Iterable[StudentId],
) -> dict[StudentId, date]:
    if since is None:
        return {}
    changed, shifted = learned(conn, tenant, school.school, since, position)
    if shifted is None:
        return changed
    return {pupil: min(changed.get(pupil, shifted), shifted) for pupil in pupils}


def _rows(
    conn: Connection,
    tenant: TenantId,
    school: SchoolRow,
    rules: RuleSetRow,
    years: tuple[date, date],
    students: Collection[StudentId] | None,
) -> list[InterventionRow]:
    asked = {
        "tenant": tenant,
        "school": school.school,
        "years": list(years),
        "students": None if students is None else list(students),
    }
    found = reads.documents(conn, interventions.OF_SCHOOL, InterventionRow, asked)
    return [row for row in found if row.rule_set_id == rules.rule_set_id]


def _first_day(rule_set: RuleSet, on: date, begins: date, rows: Sequence[InterventionRow]) -> date:
    """Return from which day on marks are needed: by the year, the windows, and spells."""
    back = timedelta(days=longest_look_back(rule_set))
    spells = {one.key for one in rule_set.every_stage if one.armed_for is Rearm.SPELL}
    fired = [
        line.evaluated_on
        for row in rows
        for line in row.stages
        if line.stage in spells and line.evaluated_on is not None
    ]
    return min([begins, on - back, *(day - back for day in fired)])


def _versions(
    conn: Connection, tenant: TenantId, rule_set: UUID
) -> tuple[tuple[int, RuleSet], ...]:
    found = []
    for position, *stored in conn.execute(_VERSIONS, (tenant, rule_set)).fetchall():
        event = facts.read(*stored)
        if isinstance(event, RuleSetActivated):
            found.append((position, RuleSet.model_validate(event.definition)))
    return tuple(found)


def books_of_today(conn: Connection, tenant: TenantId, rule_set: RuleSet) -> list[PlaybookRow]:
    """Return the playbooks in use for stages of the day itself."""
    stages = [one.key for one in rule_set.every_stage if is_same_day(one)]
    if not stages:
        return []
    return reads.documents(
        conn, definitions.FOR_STAGES, PlaybookRow, {"tenant": tenant, "stages": stages}
    )


def answered(books: Iterable[PlaybookRow], school: SchoolId) -> frozenset[str]:
    """Return the stages of the day itself for which a playbook is in use at a school."""
    return frozenset(b.trigger_stage for b in books if b.school_id in {None, school})


def _exempt(
    conn: Connection, tenant: TenantId, ids: Sequence[StudentId] | None, on: date
) -> frozenset[StudentId]:
    asked = {"tenant": tenant, "students": ids}
    rows = reads.documents(conn, exemptions.OF_STUDENTS, ExemptionsRow, asked)
    return frozenset(r.student_id for r in rows if any(x.holds_on(on) for x in r.exemptions))

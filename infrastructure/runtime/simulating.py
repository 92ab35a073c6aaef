"""One pupil against a rule set, with everything that an evening would know. Nothing is stored."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from domain.attendance.not_done import not_done
from domain.attendance.rules import Rearm, RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.simulating import Standstill, Stood, simulate
from domain.attendance.standing import longest_look_back
from domain.attendance.tally import SchoolFacts
from domain.case.commands import case_id
from domain.shared.ids import StudentId, TenantId, id_about
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.happened import Past
from infrastructure.store import reads
from infrastructure.store.database import Connection
from infrastructure.store.recorder import bound
from projections import interventions
from projections.interventions import InterventionRow, StageLine


class StudentUnknown(LookupError):
    """The register knows no such student at any school."""


def simulate_pupil(
    conn: Connection, tenant: TenantId, student: StudentId, rules: RuleSet, on: date
) -> dict[str, Any]:
    """Return what an evening would say of one pupil, as `anseo simulate --json` prints it.

    Raises:
        StudentUnknown: when the register knows no such student.
    """
    position = bound(conn)
    school = school_of(conn, tenant, student)
    calendars = register.calendars(conn, tenant, position, schools=[school.school])
    calendar = calendars[school.school]
    begins = calendar.year_begins(on, rules.school_year.begins)
    (line,) = register.lines(
        conn,
        tenant,
        [school],
        position,
        first=min(begins, on - timedelta(days=longest_look_back(rules))),
        last=on,
        students_asked=[student],
        calendar_of=calendars,
    )
    facts = SchoolFacts(calendar, school.denominator, school.codes)
    stood = _stood(conn, tenant, student, rules, on, calendar)
    stages = simulate(rules, on, line, facts, stood)
    return {
        "student": str(student),
        "source_id": line.source_id,
        "school": str(school.school),
        "on": on.isoformat(),
        "rule_set": rules.id,
        "known_at": position,
        "denominator": school.denominator.value,
        "school_open": calendar.is_open(on),
        "fires": [one.rung.name for one in stages if one.fires],
        "stages": [one.as_dict() for one in stages],
        "not_done": list(not_done(rules)),
        "stored": False,
    }


def school_of(conn: Connection, tenant: TenantId, student: StudentId) -> SchoolRow:
    """Return the school on whose roll a student is.

    Raises:
        StudentUnknown: when there is none.
    """
    rows = register.students(conn, tenant, students=[student])
    for school in register.schools(conn, tenant) if rows else ():
        if school.school == rows[0].school:
            return school
    raise StudentUnknown(str(student))


def find_student(conn: Connection, tenant: TenantId, wanted: str) -> StudentId:
    """Return the student that a person means by an id here or in the school's own system.

    Raises:
        StudentUnknown: when there is none, or more than one.
    """
    found = [
        row.student
        for row in register.students(conn, tenant)
        if wanted in {str(row.student), row.source_id}
    ]
    if len(found) != 1:
        raise StudentUnknown(wanted)
    return found[0]


def _stood(
    conn: Connection,
    tenant: TenantId,
    student: StudentId,
    rules: RuleSet,
    on: date,
    calendar: SchoolDays,
) -> Stood:
    this = calendar.year_named(on, rules.school_year.begins)
    asked = {"tenant": tenant, "student": student}
    rows = reads.documents(conn, interventions.OF_STUDENT, InterventionRow, asked)
    mine = [row for row in rows if row.school_year_from == this]
    cases = {case_id(tenant, student, this), *(row.case_id for row in mine)}
    streams: set[UUID] = {id_about("exemption", student), *cases}
    past = Past(conn, tenant, {}, streams)
    again = {stage.key: stage.armed_for for stage in rules.every_stage}
    stages = {
        line.stage: (Standstill(line.status), line.entered_on or line.evaluated_on)
        for row in mine
        for line in _standing(row, again, on, calendar)
    }
    return Stood(stages, past.exempt_on(student, on), past.closed_on(student, on))


def _standing(
    row: InterventionRow, again: dict[str, Rearm], on: date, calendar: SchoolDays
) -> Iterator[StageLine]:
    """Yield the stages that stand on a day; one of an earlier term or day is armed again."""
    for line in row.stages:
        if line.status not in set(Standstill) or (line.evaluated_on or on) > on:
            continue
        if (line.evaluated_on or on) >= _armed_from(again.get(line.stage), on, calendar):
            yield line


def _armed_from(again: Rearm | None, on: date, calendar: SchoolDays) -> date:
    """Return the first day of the window in which a stage stands once."""
    if again is Rearm.DAY:
        return on
    if again is Rearm.TERM:
        stretches = calendar.stretches
    elif again is Rearm.HALF_TERM:
        stretches = calendar.half_terms
    else:
        return date.min
    return max((one.begins_on for one in stretches if one.begins_on <= on), default=date.min)

"""One pupil against a rule set, with everything that an evening would know. Nothing is stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from domain.attendance.evaluate import Qualifier
from domain.attendance.ladder import Rung, rungs
from domain.attendance.not_done import not_done
from domain.attendance.rules import RuleSet
from domain.attendance.simulating import Asking, simulate
from domain.case.commands import case_id
from domain.shared.ids import RuleSetId, StudentId, TenantId, id_about
from infrastructure.register import reads as register
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.deciding import rules_for
from infrastructure.runtime.happened import Past
from infrastructure.runtime.judging import Known, Reached, judged
from infrastructure.runtime.looking import look
from infrastructure.runtime.proposing import asked_in_order
from infrastructure.store.database import Connection
from infrastructure.store.recorder import bound
from projections.definitions import RuleSetRow
from projections.interventions import InterventionRow


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
    asked = _asked(conn, tenant, school, rules, on)
    known = look(conn, tenant, school, on, asked, position, students=[student])
    known = _as_of_the_day(conn, tenant, known, student)
    line, ladder = known.lines[student], rungs(known.rules, known.answered)
    every = _every(known, student, ladder)
    evening, today = (
        asked_in_order(known, rows.get(student), every) for rows in (known.rows, known.contacts)
    )
    stages = simulate(Asking(known.rules, ladder, on, line, known.facts), evening, today)
    return {
        "student": str(student),
        "source_id": line.source_id,
        "school": str(school.school),
        "on": on.isoformat(),
        "rule_set": rules.id,
        "known_at": position,
        "denominator": school.denominator.value,
        "school_open": known.calendar.is_open(on),
        "fires": [one.rung.name for one in stages if one.fires],
        "stages": [one.as_dict() for one in stages],
        "not_done": list(not_done(rules)),
        "stored": False,
    }


def _asked(
    conn: Connection, tenant: TenantId, school: SchoolRow, rules: RuleSet, on: date
) -> RuleSetRow:
    """Return the rules as those of the school, whose ladders the pupils stand on."""
    definition = rules.model_dump(mode="json", by_alias=True, exclude_unset=True)
    in_use = rules_for(conn, tenant, school, on)
    if in_use is not None:
        return in_use.but(definition=definition)
    nobodys = RuleSetId(id_about("rule_set", school.school))
    return RuleSetRow(nobodys, 0, "", definition, datetime.min.replace(tzinfo=UTC), 0)


def _as_of_the_day(conn: Connection, tenant: TenantId, known: Known, student: StudentId) -> Known:
    """Return what was known with the pupil's ladder as it stood on the day that is asked about."""
    case, this = case_id(tenant, student, known.year_named), frozenset({student})
    past = Past(conn, tenant, {}, {id_about("exemption", student), case})
    return replace(
        known,
        rows={one: _until(row, known.on) for one, row in known.rows.items()},
        contacts={one: _until(row, known.on) for one, row in known.contacts.items()},
        exempt=this if past.exempt_on(student, known.on) else frozenset(),
        closed=this if past.closed_on(student, known.on) else frozenset(),
    )


def _until(row: InterventionRow, on: date) -> InterventionRow:
    stages = tuple(then for one in row.stages if (then := one.as_of(on)) is not None)
    later = row.stopped_at is not None and row.stopped_at.date() > on
    return row.but(stages=stages, status="ACTIVE" if later else row.status)


def _every(known: Known, student: StudentId, ladder: Sequence[Rung]) -> list[Reached]:
    """Return every stage of the ladder as one that the pupil may have reached."""
    answer = judged(known, known.rules, known.on, known.lines)
    decided = {
        answered.stage.key: pupil
        for answered in answer.stages
        for pupil in answered.pupils
        if pupil.student == student
    }
    line = known.lines[student]
    nobody = Qualifier(student, line.school, line.source_id, ())
    return [Reached(rung, decided.get(rung.name, nobody)) for rung in ladder]


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

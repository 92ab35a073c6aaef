"""A rule set over the register of one school or all, as known at a position."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from domain.attendance.evaluate import Evaluation, StageAnswer, evaluate
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.standing import longest_look_back
from domain.attendance.tally import SchoolFacts
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register import reads
from infrastructure.register.pupil_years import years_for
from infrastructure.register.rows import SchoolRow
from infrastructure.store.database import Connection


class SchoolUnknown(LookupError):
    """The register knows no such school."""


def evaluate_school(
    conn: Connection,
    tenant: TenantId,
    school: SchoolId | None,
    on: date,
    rule_set: RuleSet,
    position: int | None = None,
) -> Evaluation:
    """Return who has reached which stage on a day. No school given: all of them.

    Raises:
        SchoolUnknown: when the register knew no such school.
    """
    known = reads.schools(conn, tenant, position)
    if school is not None:
        known = [row for row in known if row.school == school]
        if not known:
            raise SchoolUnknown(str(school))
    ids = [row.school for row in known]
    calendars = reads.calendars(conn, tenant, position, schools=ids)
    begins = [calendars[one].year_begins(on, rule_set.school_year.begins) for one in ids]
    first = min([*begins, on - timedelta(days=longest_look_back(rule_set))])
    lines = reads.lines(conn, tenant, known, position, first=first, last=on, calendar_of=calendars)
    facts = school_facts(conn, tenant, known, lines, calendars, rule_set, on, position)
    return evaluate(rule_set, on, lines, facts)


def school_facts(
    conn: Connection,
    tenant: TenantId,
    schools: Iterable[SchoolRow],
    lines: Iterable[RegisterLine],
    calendars: Mapping[SchoolId, SchoolDays],
    rule_set: RuleSet,
    on: date,
    position: int | None = None,
) -> dict[SchoolId, SchoolFacts]:
    """Return what an evaluation on a day must know of each school beside its pupils' lines."""
    at = reads.NOW if position is None else position
    pupils: dict[SchoolId, list[StudentId]] = defaultdict(list)
    for line in lines:
        pupils[line.school].append(line.student)
    found = {}
    for row in schools:
        calendar = calendars[row.school]
        years = years_for(conn, tenant, row, rule_set, (pupils[row.school], calendar), on, at)
        found[row.school] = SchoolFacts(calendar, row.denominator, row.codes, years)
    return found


def find_school(
    conn: Connection, tenant: TenantId, wanted: str, position: int | None = None
) -> SchoolId:
    """Return the school that a person means by its id here or in its own system.

    Raises:
        SchoolUnknown: when there is none, or more than one.
    """
    known = reads.schools(conn, tenant, position)
    found = [row.school for row in known if wanted in (str(row.school), row.source_id)]
    if len(found) != 1:
        raise SchoolUnknown(wanted)
    return found[0]


def as_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the answer as `anseo evaluate --json` prints it."""
    return {
        "stages": [_stage(answer) for answer in evaluation.stages],
        "denominator": "+".join(evaluation.denominators) or None,
        "on": evaluation.on.isoformat(),
        "rule_set": evaluation.rule_set,
        "pupils_looked_at": evaluation.pupils_looked_at,
        "warnings": list(evaluation.warnings),
    }


def _stage(answer: StageAnswer) -> dict[str, Any]:
    said: dict[str, Any] = {
        "stage": answer.stage.type,
        "order": answer.stage.order,
        "count": answer.count,
        "pupils": [
            {
                "id": str(pupil.student),
                "source_id": pupil.source_id,
                "school": str(pupil.school),
                "numbers": pupil.numbers(),
            }
            for pupil in answer.pupils
        ],
    }
    if answer.not_computed is not None:
        said["not_computed"] = answer.not_computed
    if answer.outside:
        said["outside_population"] = answer.outside
    if answer.open:
        said["open"] = dict(sorted(answer.open.items()))
    return said

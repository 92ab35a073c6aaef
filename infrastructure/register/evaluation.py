"""A rule set over the register of one school or all, as known at a position."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from domain.attendance.evaluate import Evaluation, StageAnswer, evaluate
from domain.attendance.in_force import decides_at
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet_joining import lines_of
from domain.attendance.standing import longest_look_back
from domain.attendance.tally import SchoolFacts
from domain.shared.ids import SchoolId, StudentId, TenantId
from infrastructure.register import reads
from infrastructure.register.pupil_years import years_for
from infrastructure.register.rows import SchoolRow
from infrastructure.register.stored_lines import sheets
from infrastructure.store.database import Connection
from infrastructure.store.recorder import bound


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
    at = bound(conn) if position is None else position
    stored = sheets(conn, tenant, known, (first, on), at, calendars)
    lines = [line for sheet in stored.values() for line in lines_of(sheet)]
    facts = school_facts(conn, tenant, known, lines, calendars, rule_set, on, position)
    answer = evaluate(rule_set, on, lines, facts)
    return replace(answer, warnings=(*_elsewhere(rule_set, known), *answer.warnings))


def _elsewhere(rule_set: RuleSet, known: Sequence[SchoolRow]) -> list[str]:
    """Say which schools a rule set would not decide about."""
    places = sorted(
        {row.jurisdiction for row in known if not decides_at(rule_set, row.jurisdiction)}
    )
    said = f"{rule_set.id} decides in {rule_set.jurisdiction} only, and not in"
    return [f"{said} {', '.join(places)}"] if places else []


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


def together(answers: Iterable[Evaluation]) -> list[Evaluation]:
    """Return answers about several schools as one for each rule set, in the order of asking."""
    found: dict[str, Evaluation] = {}
    for one in answers:
        before = found.get(one.rule_set)
        found[one.rule_set] = one if before is None else _joined(before, one)
    return list(found.values())


def _joined(one: Evaluation, other: Evaluation) -> Evaluation:
    return replace(
        one,
        stages=tuple(
            replace(stage, pupils=(*stage.pupils, *more.pupils))
            for stage, more in zip(one.stages, other.stages, strict=True)
        ),
        denominators=tuple(sorted({*one.denominators, *other.denominators})),
        pupils_looked_at=one.pupils_looked_at + other.pupils_looked_at,
        warnings=tuple(dict.fromkeys((*one.warnings, *other.warnings))),
    )


def as_json(*answers: Evaluation, on: date | None = None) -> dict[str, Any]:
    """Return the answers of one rule set or several as `anseo evaluate --json` prints them."""
    denominators = sorted({name for one in answers for name in one.denominators})
    day = answers[0].on if answers else on
    return {
        "stages": [_stage(one.rule_set, stage) for one in answers for stage in one.stages],
        "denominator": "+".join(denominators) or None,
        "on": None if day is None else day.isoformat(),
        "rule_set": "+".join(one.rule_set for one in answers) or None,
        "pupils_looked_at": sum(one.pupils_looked_at for one in answers),
        "warnings": list(dict.fromkeys(said for one in answers for said in one.warnings)),
    }


def _stage(rule_set: str, answer: StageAnswer) -> dict[str, Any]:
    said: dict[str, Any] = {
        "stage": answer.stage.type,
        "rule_set": rule_set,
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

"""Interventions: where each student stands on the ladder, for rules, reactions and people."""

from datetime import date, datetime
from typing import get_args

from domain.intervention import events as e
from domain.kernel.recorded import Told
from domain.shared.ids import CaseId, InterventionId, RuleSetId, SchoolId, StudentId
from domain.shared.numbers import DecidingNumbers
from projections.kit import Query, ReadModel, Row, expect, row_a_stream

_LISTENS = get_args(e.InterventionEvent)


class StageLine(Row):
    """One stage: PROPOSED, ENTERED, DECLINED, WITHHELD or WITHDRAWN, and by which numbers."""

    stage: str
    status: str
    at: datetime
    entered_on: date | None = None
    track: str = ""
    numbers: tuple[DecidingNumbers, ...] = ()
    evaluated_on: date | None = None
    known_at: int = 0
    unsupported: bool = False


class InterventionRow(Row):
    """One student's intervention in one school year."""

    intervention_id: InterventionId
    student_id: StudentId
    school_id: SchoolId
    case_id: CaseId
    rule_set_id: RuleSetId
    school_year_from: date
    status: str
    started_at: datetime
    current_stage: str = ""
    last_stage_at: datetime | None = None
    improved: bool = False
    stages: tuple[StageLine, ...] = ()


def evolve(row: InterventionRow | None, fact: Told, key: str) -> InterventionRow | None:  # noqa: ARG001  one row a stream
    """Fold one fact into its intervention."""
    match fact.event:
        case e.InterventionOpened() as o:
            return InterventionRow(
                intervention_id=InterventionId(fact.stream),
                student_id=o.student_id,
                school_id=o.school_id,
                case_id=o.case_id,
                rule_set_id=o.rule_set_id,
                school_year_from=o.school_year_from,
                status="ACTIVE",
                started_at=fact.occurred_at,
            )
        case event if isinstance(event, e.InterventionEvent):
            return _go_on(expect(row), event, fact.occurred_at)
        case _:
            return row


def _go_on(row: InterventionRow, event: e.InterventionEvent, at: datetime) -> InterventionRow:
    match event:
        case e.StageProposed() as proposed:
            return _stage(
                row,
                proposed.stage.type,
                "PROPOSED",
                at,
                track=proposed.stage.track,
                numbers=proposed.numbers,
                evaluated_on=proposed.evaluated_on,
                known_at=proposed.known_at,
            )
        case e.StageEntered() as entered:
            after = _stage(
                row,
                entered.stage,
                "ENTERED",
                at,
                track=entered.track,
                numbers=entered.numbers,
                entered_on=entered.entered_on,
            )
            return after.but(current_stage=entered.stage, last_stage_at=at, improved=False)
        case e.StageDeclined(stage=name):
            return _stage(row, name, "DECLINED", at)
        case e.StageWithheld(stage=name):
            return _stage(row, name, "WITHHELD", at)
        case e.StageWithdrawn(stage=name, numbers=numbers):
            return _stage(row, name, "WITHDRAWN", at, numbers=numbers)
        case e.StageUnsupported(stage=name):
            lines = (s.but(unsupported=True) if s.stage == name else s for s in row.stages)
            return row.but(stages=tuple(lines))
        case e.AttendanceImproved():
            return row.but(improved=True)
        case e.InterventionEscalated():
            return row.but(status="ESCALATED")
        case e.InterventionStopped():
            return row.but(status="STOPPED")
        case e.InterventionCompleted():
            return row.but(status="COMPLETED")
        case _:
            return row


def _stage(
    row: InterventionRow, name: str, status: str, at: datetime, **fields: object
) -> InterventionRow:
    old = next((s for s in row.stages if s.stage == name), StageLine(name, status, at))
    line = old.but(status=status, at=at, **fields)
    return row.but(stages=(*(s for s in row.stages if s.stage != name), line))


INTERVENTIONS = ReadModel(
    "interventions",
    version=1,
    row=InterventionRow,
    listens=_LISTENS,
    keys=row_a_stream(_LISTENS),
    evolve=evolve,
    columns=("student_id", "school_id", "case_id", "status", "school_year_from"),
    indexes=("student_id", "school_id, status"),
)
OF_SCHOOL = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s and school_id = %(school)s"
    " and school_year_from = %(year)s order by key limit 100000",
)
OF_STUDENT = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s and student_id = %(student)s"
    " order by school_year_from, key limit 100",
)
ONE = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s and key = %(key)s limit 1",
)
SOME = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s and key = any(%(keys)s)"
    " order by key limit 100000",
)
OPEN_OF_STUDENTS = Query(
    "interventions",
    "select doc from {interventions} where tenant = %(tenant)s and student_id = any(%(students)s)"
    " and status in ('ACTIVE', 'ESCALATED') order by school_year_from, key limit 100000",
)

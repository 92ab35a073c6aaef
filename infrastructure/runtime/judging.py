"""What one look at one school sees, and the commands that follow from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from domain.attendance.evaluate import Evaluation, Qualifier, StageAnswer, evaluate
from domain.attendance.metrics import Counting, Denominator, Numbers
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays
from domain.attendance.sheet_joining import lines_of
from domain.attendance.standing import longest_look_back
from domain.attendance.tally import SchoolFacts, measure
from domain.case.commands import case_id
from domain.intervention.commands import (
    CheckImprovement,
    ProposeStage,
    WithdrawStage,
    intervention_id,
)
from domain.intervention.improvement import CHECKPOINTS
from domain.kernel.commands import Command
from domain.shared.ids import InterventionId, StudentId, TenantId
from domain.shared.numbers import DecidingNumbers
from domain.shared.stages import Approval, Stage
from infrastructure.register import reads as register
from infrastructure.register.changes import learned
from infrastructure.register.rows import SchoolRow
from infrastructure.register.stored_lines import sheets
from infrastructure.store import reads
from infrastructure.store.database import Connection
from projections import evaluations, interventions
from projections.definitions import RuleSetRow
from projections.evaluations import EvaluationRow
from projections.interventions import InterventionRow, StageLine

YEAR_TO_DATE: Final = "ABSENT_DAYS_YEAR_TO_DATE"


@dataclass(frozen=True, slots=True)
class Known:
    """What one look at one school sees."""

    school: SchoolRow
    on: date
    rules: RuleSet
    row: RuleSetRow
    position: int
    calendar: SchoolDays
    lines: Mapping[StudentId, RegisterLine]
    rows: Mapping[StudentId, InterventionRow]
    learned: Mapping[StudentId, date]

    @property
    def year_from(self) -> date:
        """The first day of the school year."""
        return self.calendar.year_begins(self.on, self.rules.school_year.begins)

    @property
    def entered(self) -> dict[StudentId, dict[str, date]]:
        """On which day each student entered which stage: what `after` in a trigger refers to."""
        return {
            student: {
                one.stage: one.entered_on
                for one in row.stages
                if one.status == "ENTERED" and one.entered_on is not None
            }
            for student, row in self.rows.items()
        }

    def corrected(self, student: StudentId, day: date) -> bool:
        """Say whether marks of a day or earlier were learned since the last look."""
        first = self.learned.get(student)
        return first is not None and first <= day

    def count(self, student: StudentId, first: date, last: date, metric: str) -> DecidingNumbers:
        """Count one student's absence in a window, any reason."""
        numbers = measure(
            self.lines[student],
            self.calendar,
            (first, last),
            Counting(),
            Denominator(self.school.denominator),
        )
        return _frozen(numbers, metric, "")


def look(
    conn: Connection,
    tenant: TenantId,
    school: SchoolRow,
    on: date,
    rules: RuleSetRow,
    position: int,
) -> Known:
    """Load what the rules need to know of one school, as known at a position."""
    rule_set = RuleSet.model_validate(rules.definition)
    calendars = register.calendars(conn, tenant, position, schools=[school.school])
    calendar = calendars[school.school]
    begins = calendar.year_begins(on, rule_set.school_year.begins)
    first = min(begins, on - timedelta(days=longest_look_back(rule_set)))
    sheet = sheets(conn, tenant, [school], (first, on), position, calendars)[school.school]
    lines = {line.student: line for line in lines_of(sheet)}
    asked = {"tenant": tenant, "school": school.school, "year": begins}
    rows = reads.documents(conn, interventions.OF_SCHOOL, InterventionRow, asked)
    last = reads.documents(conn, evaluations.LAST, EvaluationRow, asked)
    since = last[0].known_at if last else 0
    news, of_all = learned(conn, tenant, school.school, since, position)
    earlier = of_all or date.max
    mine = [row for row in rows if row.rule_set_id == rules.rule_set_id]
    return Known(
        school=school,
        on=on,
        rules=rule_set,
        row=rules,
        position=position,
        calendar=calendar,
        lines=lines,
        rows={row.student_id: row for row in mine},
        learned={student: min(news.get(student, date.max), earlier) for student in lines},
    )


def judge(known: Known) -> Evaluation:
    """Return who has reached which stage. A pure function of what is known and the day."""
    return _judge(known, known.on, known.lines.values())


def _judge(known: Known, on: date, lines: Iterable[RegisterLine]) -> Evaluation:
    facts = SchoolFacts(known.calendar, Denominator(known.school.denominator))
    return evaluate(known.rules, on, lines, {known.school.school: facts}, known.entered)


def proposals(tenant: TenantId, known: Known, answer: Evaluation) -> list[Command]:
    """Propose for each student the first stage of each track that stands open."""
    commands: list[Command] = []
    for student, found in _by_student(answer).items():
        stands = {s.stage: s.status for s in _stages(known.rows.get(student))}
        tracks: set[str] = set()
        for stage, qualifier in found:
            done = stands.get(stage.type) in {"PROPOSED", "ENTERED", "DECLINED"}
            if done or stage.track in tracks:
                continue
            if any(stands.get(needed) != "ENTERED" for needed in stage.prerequisites):
                continue
            tracks.add(stage.track)
            commands.append(_propose(tenant, known, stage, qualifier))
    return commands


def _propose(tenant: TenantId, known: Known, stage: Stage, pupil: Qualifier) -> ProposeStage:
    rule_set = known.row.rule_set_id
    year = known.year_from
    decided = [
        _frozen(one.numbers, one.threshold.metric, one.threshold.words) for one in pupil.decided
    ]
    settled = decided[0].window_to
    return ProposeStage(
        intervention_id=intervention_id(tenant, pupil.student, rule_set, year),
        student_id=pupil.student,
        school_id=pupil.school,
        case_id=case_id(tenant, pupil.student, year),
        rule_set_id=rule_set,
        school_year_from=year,
        stage=stage,
        numbers=(*decided, known.count(pupil.student, year, settled, YEAR_TO_DATE)),
        evaluated_on=known.on,
        known_at=known.position,
    )


def withdrawals(known: Known) -> list[Command]:
    """Take back stages whose cause a correction has taken away: asked of their own day, anew."""
    commands: list[Command] = []
    for student, row in known.rows.items():
        for line in _stages(row):
            day = line.evaluated_on
            stands = line.status in {"PROPOSED", "ENTERED"} and not line.unsupported
            if not stands or day is None or not known.corrected(student, day):
                continue
            answer = _judge(known, day, [known.lines[student]])
            if not any(s.pupils for s in answer.stages if s.stage.key == line.stage):
                commands.append(_withdraw(known, row.intervention_id, student, line.stage, day))
    return commands


def _withdraw(
    known: Known, intervention: InterventionId, student: StudentId, stage: str, day: date
) -> WithdrawStage:
    return WithdrawStage(
        intervention_id=intervention,
        stage=stage,
        numbers=(known.count(student, known.year_from, day, YEAR_TO_DATE),),
        evaluated_on=known.on,
        known_at=known.position,
    )


def checkpoints(known: Known) -> list[Command]:
    """Ask whether attendance improved, at fixed numbers of sessions after the last stage only."""
    commands: list[Command] = []
    for student, row in known.rows.items():
        entered = [s.entered_on for s in _stages(row) if s.entered_on is not None]
        if row.status != "ACTIVE" or row.improved or not entered or student not in known.lines:
            continue
        first = max(entered) + timedelta(days=1)
        trailing = known.count(student, first, known.on, "ABSENT_SINCE_STAGE")
        if trailing.possible_sessions in CHECKPOINTS:
            commands.append(
                CheckImprovement(
                    intervention_id=row.intervention_id, trailing=trailing, checked_on=known.on
                )
            )
    return commands


def _by_student(
    answer: Evaluation,
) -> dict[StudentId, list[tuple[Stage, Qualifier]]]:
    found: dict[StudentId, list[tuple[Stage, Qualifier]]] = {}
    gaps: dict[str, int] = {}
    for stage_answer in answer.stages:
        stage = _stage(stage_answer, gaps)
        for pupil in stage_answer.pupils:
            found.setdefault(pupil.student, []).append((stage, pupil))
    return found


def _stage(answer: StageAnswer, gaps: dict[str, int]) -> Stage:
    """Return a stage as an intervention knows it; its gap is what the stage before asks for."""
    rule = answer.stage
    gap, gaps[rule.track] = gaps.get(rule.track, 0), rule.days_before_next_stage or 0
    return Stage(
        type=rule.key,
        order=rule.order,
        track=rule.track,
        approval=Approval(str(rule.approval)),
        prerequisites=rule.needs,
        min_gap_school_days=gap,
    )


def _stages(row: InterventionRow | None) -> Sequence[StageLine]:
    return row.stages if row is not None else ()


def _frozen(numbers: Numbers, metric: str, threshold: str) -> DecidingNumbers:
    return DecidingNumbers(
        metric=metric,
        absent_sessions=numbers.absent,
        possible_sessions=numbers.possible,
        sessions_per_day=2,
        threshold=threshold,
        window_from=numbers.first,
        window_to=numbers.last,
        denominator=str(numbers.denominator),
    )

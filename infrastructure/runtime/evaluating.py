"""Evaluations: each school, each open day, after its last bell; the rules look, people decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from domain.attendance.evaluate import Evaluation, Qualifier, SchoolFacts, StageAnswer, evaluate
from domain.attendance.metrics import Counting, Denominator, Numbers, measure
from domain.attendance.register_line import RegisterLine
from domain.attendance.rules import RuleSet
from domain.attendance.school_days import SchoolDays
from domain.case.commands import case_id
from domain.evaluation.commands import CompleteEvaluation, evaluation_id
from domain.evaluation.events import StageCount
from domain.intervention.commands import (
    CheckImprovement,
    ProposeStage,
    WithdrawStage,
    intervention_id,
)
from domain.intervention.improvement import CHECKPOINTS
from domain.kernel.commands import Command
from domain.shared.ids import InterventionId, RuleSetId, SchoolId, StudentId, TenantId, derived_id
from domain.shared.numbers import DecidingNumbers
from domain.shared.stages import Approval, Stage
from infrastructure.clock import school_now
from infrastructure.register import reads as register
from infrastructure.register.evaluation import longest_window
from infrastructure.register.rows import SchoolRow
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import positions
from infrastructure.store import reads
from infrastructure.store.database import Connection, Database
from infrastructure.store.ledger import Intent, Ledger
from infrastructure.store.recorder import bound
from projections import definitions, evaluations, interventions
from projections.all import READ_MODELS
from projections.definitions import RuleSetRow
from projections.evaluations import EvaluationRow
from projections.interventions import InterventionRow, StageLine

log = structlog.get_logger()
ACTOR: Final = "process:evaluate"
_LEARNED: Final = (
    "select m.student, min(m.on_date) from mark m join known_batch k using (tenant, batch)"
    " where m.tenant = %(tenant)s and m.school = %(school)s and k.position > %(since)s"
    " and k.position <= %(position)s group by m.student"
)
_REFERENCE: Final = (
    "select coalesce(max(position), 0), coalesce(array_agg(distinct tenant), '{}')"
    " from known_batch where content in ('schools', 'calendar', 'district')"
)
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


class Evaluator:
    """Looks at one school at a time, once a day, and again when it knows more."""

    name = "evaluate"
    exclusive: str | None = "evaluate"

    def __init__(self, database: Database, ledger: Ledger, at: time, bell: Bell) -> None:
        self._database = database
        self._ledger = ledger
        self._at = at
        self._bell = bell
        self._seen = -1
        self._known: list[tuple[TenantId, SchoolRow, SchoolDays]] = []

    def step(self) -> int:
        """Evaluate the schools whose day has come; return how many."""
        with self._database.worker() as conn:
            due = self.due(conn)
            caught_up = min(positions(conn, READ_MODELS).values()) >= bound(conn)
        if not caught_up:
            return 0  # the rules must see the stages of yesterday
        for tenant, school, day in due:
            self.evaluate(tenant, school, day)
        if due:
            self._bell.ring()
        return len(due)

    def due(self, conn: Connection) -> list[tuple[TenantId, SchoolRow, date]]:
        """Return the schools whose latest open day has ended and was not looked at."""
        now = school_now(conn)
        found = []
        latest: dict[TenantId, dict[SchoolId, date]] = {}
        for tenant, school, calendar in self._schools(conn):
            if tenant not in latest:
                asked = {"tenant": tenant}
                latest[tenant] = dict(reads.fetch(conn, evaluations.LATEST, asked))
            day = _last_ended(now, school, calendar, self._at)
            if day is not None and latest[tenant].get(school.school, date.min) < day:
                found.append((tenant, school, day))
        return found

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

    def evaluate(self, tenant: TenantId, school: SchoolRow, on: date) -> None:
        """Let the rules look at one school on one day, and store what follows."""
        with self._database.worker() as conn:
            rules = _rules_for(conn, tenant, school.school)
            if rules is None:
                return
            known = look(conn, tenant, school, on, rules, bound(conn))
        answer = judge(known)
        commands = [
            *proposals(tenant, known, answer),
            *withdrawals(known),
            *checkpoints(known),
        ]
        key = (known.row.content_hash, known.position, on, school.school)
        intents = [_intent(tenant, command, key, n) for n, command in enumerate(commands)]
        done = _intent(tenant, _completed(tenant, known, answer), key, len(commands))
        self._ledger.execute_many([*intents, done])


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
    first = min(begins, on - timedelta(days=longest_window(rule_set)))
    lines = register.lines(
        conn, tenant, [school], position, first=first, last=on, calendar_of=calendars
    )
    asked = {"tenant": tenant, "school": school.school, "year": begins}
    rows = reads.documents(conn, interventions.OF_SCHOOL, InterventionRow, asked)
    last = reads.documents(conn, evaluations.LAST, EvaluationRow, asked)
    since = last[0].known_at if last else 0
    learned = {"tenant": tenant, "school": school.school, "position": position, "since": since}
    mine = [row for row in rows if row.rule_set_id == rules.rule_set_id]
    return Known(
        school=school,
        on=on,
        rules=rule_set,
        row=rules,
        position=position,
        calendar=calendar,
        lines={line.student: line for line in lines},
        rows={row.student_id: row for row in mine},
        learned=dict(conn.execute(_LEARNED, learned).fetchall()),
    )


def judge(known: Known) -> Evaluation:
    """Return who has reached which stage. A pure function of what is known and the day."""
    return _judge(known, known.on, known.lines.values())


def _judge(known: Known, on: date, lines: Iterable[RegisterLine]) -> Evaluation:
    facts = SchoolFacts(known.calendar, Denominator(known.school.denominator))
    return evaluate(known.rules, on, lines, {known.school.school: facts})


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
            if not any(s.pupils for s in answer.stages if s.stage.type == line.stage):
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
        type=rule.type,
        order=rule.order,
        track=rule.track,
        approval=Approval(str(rule.approval)),
        prerequisites=rule.prerequisites,
        min_gap_days=gap,
    )


def _stages(row: InterventionRow | None) -> Sequence[StageLine]:
    return row.stages if row is not None else ()


def _completed(tenant: TenantId, known: Known, answer: Evaluation) -> CompleteEvaluation:
    return CompleteEvaluation(
        evaluation_id=evaluation_id(tenant, known.school.school, known.on),
        school_id=known.school.school,
        on=known.on,
        rule_set_id=RuleSetId(known.row.rule_set_id),
        rule_set_hash=known.row.content_hash,
        known_at=known.position,
        pupils=answer.pupils_looked_at,
        qualifying=tuple(StageCount(s.stage.type, len(s.pupils)) for s in answer.stages),
    )


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


def _intent(tenant: TenantId, command: Command, key: object, number: int) -> Intent:
    return Intent(tenant, command, ACTOR, derived_id("evaluate", tenant, key, number))


def _rules_for(conn: Connection, tenant: TenantId, school: SchoolId) -> RuleSetRow | None:
    asked = {"tenant": tenant, "school": school}
    rows = reads.documents(conn, definitions.FOR_SCHOOL, RuleSetRow, asked)
    return rows[0] if rows else None


def _last_ended(now: datetime, school: SchoolRow, calendar: SchoolDays, at: time) -> date | None:
    """Return the latest open day that has ended at the school; None before the first."""
    if not calendar.terms:
        return None
    local = now.astimezone(ZoneInfo(school.zone))
    day = local.date() if local.time() >= at else local.date() - timedelta(days=1)
    first = min(term.begins_on for term in calendar.terms)
    while day >= first:
        if calendar.is_open(day):
            return day
        day -= timedelta(days=1)
    return None

"""Where one student stands on the ladder: the row of an intervention, folded fact by fact."""

from datetime import date, datetime
from uuid import UUID

from domain.intervention import events as e
from domain.intervention.reasons import AttemptOutcome, AttemptWay, ReviewOutcome
from domain.kernel.recorded import Told
from domain.shared.guards import Finding, Guard
from domain.shared.ids import CaseId, InterventionId, RuleSetId, SchoolId, StudentId
from domain.shared.numbers import DecidingNumbers
from projections import clocks
from projections.kit import Row, expect


class StageLine(Row):
    """One stage and by which numbers.

    PROPOSED, ENTERED, DECLINED, WITHHELD (something forbids it), WITHDRAWN (a correction took its
    cause away), EXPLAINED (the family said why before anybody decided) or DROPPED (the intervention
    stopped first). `before` are the days of earlier entries that kept their cause. `done` says that
    nothing more is asked of people, `late` that it was done after the clock had run out;
    `past_due_on` is the last day that passed before. `due_school_days` is what the clock counts
    where it counts school days, `stops` what lets the stage rest.
    """

    stage: str
    status: str
    at: datetime
    entered_on: date | None = None
    track: str = ""
    numbers: tuple[DecidingNumbers, ...] = ()
    evaluated_on: date | None = None
    known_at: int = 0
    unsupported: bool = False
    reviewed: str = ""
    firing: int = 1
    due_on: date | None = None
    past_due_on: date | None = None
    due_school_days: int | None = None
    qualified_on: date | None = None
    fulfilled_on: date | None = None
    done: bool = False
    late: bool = False
    stops: tuple[str, ...] | None = None
    reason: str = ""
    letters: int = 0
    before: tuple[date, ...] = ()
    guards: tuple[Guard, ...] = ()
    findings: tuple[Finding, ...] = ()
    proposed_by: str = ""

    @property
    def carries(self) -> bool:
        """Whether later stages may stand on this one, as the aggregate says it."""
        void = self.unsupported and self.reviewed != ReviewOutcome.STANDS
        return self.entered_on is not None and not void

    def entered_by(self, day: date) -> date | None:
        """Return the latest entry up to a day that carries others: what a look then went by."""
        latest = (self.entered_on,) if self.entered_on is not None and self.carries else ()
        return max((one for one in (*self.before, *latest) if one <= day), default=None)


class AttemptLine(Row):
    """One attempt at a meeting; `after` are the stages that had been entered by then."""

    attempt_id: UUID
    stage: str
    way: AttemptWay
    outcome: AttemptOutcome
    made_on: date
    invited: tuple[str, ...]
    everybody: bool
    after: tuple[str, ...]


class InterventionRow(Row):
    """One student's intervention in one school year.

    `same_day` marks contacts on the day of an absence, which stand beside the ladder. `checked` are
    the checkpoints at which attendance was looked at since the latest stage. `clock` says that one
    of the law runs, `due_on` is the first last day of which nobody was told that it passed.
    """

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
    same_day: bool = False
    stop_reason: str = ""
    stopped_at: datetime | None = None
    escalated: bool = False
    checked: tuple[int, ...] = ()
    meetings: int = 0
    clock: bool = False
    due_on: date | None = None
    attempts: tuple[AttemptLine, ...] = ()
    stages: tuple[StageLine, ...] = ()

    def stage(self, name: str) -> StageLine | None:
        """Return where one stage stands."""
        return next((line for line in self.stages if line.stage == name), None)


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
                same_day=o.same_day,
            )
        case event if isinstance(event, e.InterventionEvent):
            after = _go_on(expect(row), event, fact.occurred_at)
            return clocks.looked_at(after)
        case _:
            return row


def _go_on(row: InterventionRow, event: e.InterventionEvent, at: datetime) -> InterventionRow:
    match event:
        case e.ImprovementChecked(checkpoint=checkpoint):
            return row.but(checked=(*row.checked, checkpoint))
        case e.AttendanceImproved():
            return row.but(improved=True)
        case e.MeetingArranged(stage=name, late=late):
            return _mark(row.but(meetings=row.meetings + 1), name, done=True, late=late)
        case e.AttemptLogged() as tried:
            said = {name: getattr(tried, name) for name in AttemptLine.__struct_fields__}
            return row.but(attempts=(*row.attempts, AttemptLine(**said)))
        case e.InterventionEscalated():
            return row.but(status="ESCALATED", escalated=True)
        case e.InterventionStopped(reason=reason, kept=kept):
            stopped = row.but(status="STOPPED", stop_reason=str(reason), stopped_at=at)
            return _dropped(stopped, kept)
        case e.InterventionCompleted():
            done = row.but(status="COMPLETED", stop_reason="CASE_CLOSED", stopped_at=at)
            return _dropped(done, ())
        case e.InterventionResumed():
            status = "ESCALATED" if row.escalated else "ACTIVE"
            return row.but(status=status, stop_reason="", stopped_at=None)
        case _:
            return _climb(row, event, at)


def _climb(row: InterventionRow, event: e.InterventionEvent, at: datetime) -> InterventionRow:
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
                firing=proposed.firing,
                due_on=proposed.due_on,
                past_due_on=None,
                qualified_on=proposed.qualified_on,
                fulfilled_on=None,
                done=False,
                late=False,
                stops=proposed.stage.stops,
                due_school_days=clocks.school_days(proposed.stage),
                reason="",
                guards=proposed.guards,
                findings=proposed.findings,
                proposed_by=proposed.proposed_by,
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
                before=_before(row.stage(entered.stage)),
                firing=entered.firing,
                due_on=entered.due_on,
                unsupported=False,
                done=not entered.approved_by,
            )
            return after.but(
                current_stage=entered.stage, last_stage_at=at, improved=False, checked=()
            )
        case e.StageDeclined(stage=name):
            return _stage(row, name, "DECLINED", at)
        case e.StageWithheld(reason=e.WithholdReason.TOO_LATE as late) as withheld:
            on = withheld.evaluated_on
            return _stage(row, withheld.stage, "WITHHELD", at, reason=str(late), evaluated_on=on)
        case e.StageWithheld(stage=name, reason=reason):
            return _stage(row, name, "WITHHELD", at, reason=str(reason))
        case e.StageWithdrawn(stage=name, numbers=numbers):
            return _stage(row, name, "WITHDRAWN", at, numbers=numbers)
        case e.AbsenceExplained(stage=name, evaluated_on=day):
            line = row.stage(name)
            waits = line is not None and line.status == "PROPOSED"
            told = _mark(row, name, fulfilled_on=day, done=True)
            return _mark(told, name, status="EXPLAINED", at=at) if waits else told
        case e.StageUnsupported(stage=name):
            return _mark(row, name, unsupported=True, reviewed="")
        case e.CorrectionReviewed(stage=name, outcome=outcome):
            return _mark(row, name, reviewed=str(outcome))
        case e.StageReinstated(stage=name):
            return _mark(row, name, unsupported=False)
        case e.StageFulfilled(stage=name, fulfilled_on=day, late=late):
            return _mark(row, name, fulfilled_on=day, done=True, late=late)
        case e.LetterSent(stage=name, late=late):
            sent = row.stage(name)
            if sent is None:
                return row
            return _mark(row, name, letters=sent.letters + 1, done=True, late=sent.late or late)
        case e.DueMoved(stage=name) | e.DuePassed(stage=name):
            lines = (clocks.told(s, event) if s.stage == name else s for s in row.stages)
            return row.but(stages=tuple(lines))
        case _:  # pragma: no cover  every other fact has its arm in `_go_on`
            return row


def _before(line: StageLine | None) -> tuple[date, ...]:
    """Return the entries of a stage that stay behind when it is entered again."""
    if line is None:
        return ()
    return (*line.before, *([line.entered_on] if line.entered_on and line.carries else ()))


def _dropped(row: InterventionRow, kept: tuple[str, ...]) -> InterventionRow:
    """What waited for approval waits no more, as far as the stop reaches."""
    lines = (
        s.but(status="DROPPED") if s.status == "PROPOSED" and s.stage not in kept else s
        for s in row.stages
    )
    return row.but(stages=tuple(lines))


def _mark(row: InterventionRow, name: str, **fields: object) -> InterventionRow:
    lines = (s.but(**fields) if s.stage == name else s for s in row.stages)
    return row.but(stages=tuple(lines))


def _stage(
    row: InterventionRow, name: str, status: str, at: datetime, **fields: object
) -> InterventionRow:
    old = next((s for s in row.stages if s.stage == name), StageLine(name, status, at))
    line = old.but(status=status, at=at, **fields)
    return row.but(stages=(*(s for s in row.stages if s.stage != name), line))

"""Where one student stands on the ladder: the row of an intervention, folded fact by fact."""

from datetime import date, datetime
from uuid import UUID

from domain.intervention import events as e
from domain.intervention.reasons import AttemptOutcome, AttemptWay
from domain.kernel.recorded import Told
from domain.shared.ids import CaseId, InterventionId, RuleSetId, SchoolId, StudentId
from projections import clocks
from projections.kit import Row, expect
from projections.stage_lines import StageLine


class AttemptLine(Row):
    """One attempt at a meeting; `after` are the stages that had been entered by then.

    A message that was sent is one, until it is said not to have arrived (`failed`).
    """

    attempt_id: UUID
    stage: str
    way: AttemptWay
    outcome: AttemptOutcome
    made_on: date
    invited: tuple[str, ...]
    everybody: bool
    after: tuple[str, ...]
    message_id: UUID | None = None
    failed: bool = False


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
            names = (name for name in AttemptLine.__struct_fields__ if name != "failed")
            said = {name: getattr(tried, name) for name in names}
            return row.but(attempts=(*row.attempts, AttemptLine(**said)))
        case e.AttemptFailed(attempt_id=which):
            lines = (x.but(failed=True) if x.attempt_id == which else x for x in row.attempts)
            return row.but(attempts=tuple(lines))
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
                log_attempts=proposed.stage.log_attempts,
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
                firing=entered.firing,
                due_on=entered.due_on,
                unsupported=False,
                done=not entered.approved_by,
                reviewed="",
            )
            after = _decided(after, entered.stage, entered_on=entered.entered_on)
            return after.but(
                current_stage=entered.stage, last_stage_at=at, improved=False, checked=()
            )
        case e.StageDeclined(stage=name):
            return _decided(_stage(row, name, "DECLINED", at), name)
        case e.StageWithheld(reason=e.WithholdReason.TOO_LATE as late) as withheld:
            on = withheld.evaluated_on
            return _stage(row, withheld.stage, "WITHHELD", at, reason=str(late), evaluated_on=on)
        case e.StageWithheld(stage=name, reason=reason):
            return _stage(row, name, "WITHHELD", at, reason=str(reason))
        case e.StageWithdrawn(stage=name, numbers=numbers):
            return _stage(row, name, "WITHDRAWN", at, numbers=numbers)
        case e.AbsenceExplained() as explained:
            return _explained(row, explained, at)
        case e.StageUnsupported(stage=name, firing=firing):
            return _told(row, name, firing, unsupported=True, reviewed="")
        case e.CorrectionReviewed(stage=name, outcome=outcome, firing=firing):
            return _told(row, name, firing, reviewed=str(outcome))
        case e.StageReinstated(stage=name, firing=firing):
            return _told(row, name, firing, unsupported=False)
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


def _explained(row: InterventionRow, event: e.AbsenceExplained, at: datetime) -> InterventionRow:
    name, line = event.stage, row.stage(event.stage)
    if line is None or line.firing != event.firing:
        return _told(row, name, event.firing, explained=True)
    done = _mark(row, name, fulfilled_on=event.evaluated_on, done=True)
    if line.status == "PROPOSED":
        return _mark(done, name, status="EXPLAINED", at=at)
    return _told(done, name, event.firing, explained=True)


def _told(row: InterventionRow, name: str, firing: int | None, **said: object) -> InterventionRow:
    lines = (s.told(firing, **said) if s.stage == name else s for s in row.stages)
    return row.but(stages=tuple(lines))


def _decided(row: InterventionRow, name: str, **said: object) -> InterventionRow:
    lines = (s.decided(**said) if s.stage == name else s for s in row.stages)
    return row.but(stages=tuple(lines))


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

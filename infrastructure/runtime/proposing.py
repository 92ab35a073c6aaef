"""Which stages follow from what the rules found, and what is left, and why. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from domain.attendance.evaluate import Evaluation
from domain.attendance.rules import Retraction
from domain.case.commands import case_id
from domain.intervention.commands import ProposeStage, intervention_id, same_day_id
from domain.kernel.commands import Command
from domain.shared.ids import StudentId, TenantId
from infrastructure.runtime.judging import (
    YEAR_TO_DATE,
    Known,
    Reached,
    anchor,
    by_student,
    frozen,
)
from projections.interventions import InterventionRow, StageLine

_DECIDED: Final = frozenset({"PROPOSED", "ENTERED", "DECLINED"})
_PASSED: Final = frozenset({"ATTENDANCE_IMPROVED", "VALID_REASON"})
_DAY: Final = timedelta(days=1)
NOTICES: Final = ("TRUANCY_NOTICE_1", "TRUANCY_NOTICE_2", "HABITUAL_TRUANT_NOTICE_3")


@dataclass(frozen=True, slots=True)
class Step:
    """One command, and the word for it in the account of a look."""

    stage: str
    word: str
    command: Command


@dataclass(slots=True)
class Plan:
    """What a look leads to. `left` counts pupils by stage and by the reason in a code."""

    steps: list[Step] = field(default_factory=list)
    left: Counter[tuple[str, str]] = field(default_factory=Counter)


def proposals(tenant: TenantId, known: Known, answer: Evaluation) -> Plan:
    """Propose for each student the first stage of each track that stands open."""
    plan = Plan()
    for answered in answer.stages:
        if answered.not_computed is not None:
            plan.left[answered.stage.key, "NOT_COMPUTED"] += 0
    for student, found in by_student(known, answer).items():
        _climb(tenant, known, student, found, plan)
    return plan


def _climb(
    tenant: TenantId, known: Known, student: StudentId, found: list[Reached], plan: Plan
) -> None:
    row = known.rows.get(student)
    tracks: set[str] = set()
    for reached in found:
        name = reached.stage.type
        since, why = _again(known, row, reached)
        why = why or _against(known, row, reached)
        if why is None and reached.stage.track in tracks:
            why = "EARLIER_IN_TRACK"
        if why is not None:
            plan.left[name, why] += 1
            continue
        tracks.add(reached.stage.track)
        word = "WITHHELD" if student in known.exempt and _exempted(reached) else "PROPOSED"
        command = propose(tenant, known, reached, since=since)
        plan.steps.append(Step(name, word, command))


def _exempted(reached: Reached) -> bool:
    return reached.stage.stopped_by("EXEMPTION")


def _again(
    known: Known, row: InterventionRow | None, reached: Reached
) -> tuple[date | None, str | None]:
    """Return what a stage that has fired is armed for anew, and else why it does not fire."""
    line = _last(known, row, reached)
    if line is None or line.evaluated_on is None:
        return None, None
    if line.status == "PROPOSED":
        exempt = reached.pupil.student in known.exempt and _exempted(reached)
        return None, None if exempt else "ALREADY_PROPOSED"
    if line.status in {"WITHDRAWN", "WITHHELD", "DROPPED"} or line.unsupported:
        lost = line.status == "WITHDRAWN" or line.unsupported
        kept = lost and reached.rule.retraction is Retraction.KEEP
        if not kept:
            return None, None
    began = anchor(known, reached, line.evaluated_on)
    if began is None or began <= line.evaluated_on:
        return None, f"ALREADY_{line.status}"
    return began, None


def _last(known: Known, row: InterventionRow | None, reached: Reached) -> StageLine | None:
    """Return when the stage fired last: in this year, or in the one before."""
    line = row.stage(reached.stage.type) if row is not None else None
    if line is not None:
        return line
    before = known.earlier.get(reached.pupil.student)
    return before.stage(reached.stage.type) if before is not None else None


def _against(known: Known, row: InterventionRow | None, reached: Reached) -> str | None:
    """Say what stands against a stage whose condition holds."""
    stage = reached.stage
    entered = {} if row is None else {x.stage: x for x in row.stages if x.entered_on is not None}
    if row is not None and row.status in {"STOPPED", "COMPLETED"}:
        stopped = _stopped(known, row, reached)
        if stopped is not None:
            return stopped
    if not all(needed in entered and entered[needed].carries for needed in stage.prerequisites):
        return "PREREQUISITE_MISSING"
    latest = max(
        (x.entered_on for x in entered.values() if x.track == stage.track and x.entered_on),
        default=None,
    )
    if latest is not None:
        gap = known.calendar.open_days(latest + _DAY, known.on)
        if gap < stage.min_gap_school_days:
            return "TOO_SOON"
    return _guarded(known, row, reached)


def _stopped(known: Known, row: InterventionRow, reached: Reached) -> str | None:
    """Say whether a stop still holds: some reasons pass when a child is absent again."""
    if row.stop_reason == "LEFT_ROLL" or not reached.stage.stopped_by(row.stop_reason):
        return None
    if row.stop_reason not in _PASSED or row.stopped_at is None:
        return f"STOPPED_{row.stop_reason}"
    day = row.stopped_at.astimezone(ZoneInfo(known.school.zone)).date()
    if day >= known.on:
        return f"STOPPED_{row.stop_reason}"
    since = known.count(reached.pupil.student, day + _DAY, known.on, YEAR_TO_DATE)
    return None if since.absent_sessions else f"STOPPED_{row.stop_reason}"


def _guarded(known: Known, row: InterventionRow | None, reached: Reached) -> str | None:
    """Say which guard of a stage is not met; what only a person can know is asked at approval."""
    for guard in reached.rule.guards:
        look = _GUARDS.get(guard)
        if look is not None and not look(known, row, reached):
            return f"GUARD_{guard}"
    return None


def _conference(known: Known, row: InterventionRow | None, reached: Reached) -> bool:  # noqa: ARG001  every guard is asked alike
    return row is not None and row.meetings > 0


def _documented(known: Known, row: InterventionRow | None, reached: Reached) -> bool:  # noqa: ARG001  every guard is asked alike
    lines = [row.stage(name) for name in NOTICES] if row is not None else [None]
    return all(line is not None and (line.letters or line.fulfilled_on) for line in lines)


def _no_unexplained(known: Known, row: InterventionRow | None, reached: Reached) -> bool:  # noqa: ARG001  every guard is asked alike
    return "N" not in known.lines[reached.pupil.student].marks


def _measures(known: Known, row: InterventionRow | None, reached: Reached) -> bool:  # noqa: ARG001  every guard is asked alike
    return row is not None and (row.meetings > 0 or any(line.letters for line in row.stages))


_Guard = Callable[[Known, InterventionRow | None, Reached], bool]
_GUARDS: Final[Mapping[str, _Guard]] = {
    "CONFERENCE_ATTEMPTED": _conference,
    "NOTICES_1_2_3_DOCUMENTED": _documented,
    "NO_N_MARKS": _no_unexplained,
    "PREVENTION_MEASURES_DOCUMENTED": _measures,
}


def same_day(tenant: TenantId, known: Known, answer: Evaluation) -> Plan:
    """Contact today, whatever the ladder says: each stage once a day, none waits for another."""
    plan = Plan()
    for student, found in by_student(known, answer, same_day=True).items():
        row = known.contacts.get(student)
        for reached in found:
            name = reached.stage.type
            line = row.stage(name) if row is not None else None
            done = line is not None and line.evaluated_on == known.on
            if done and line is not None and not line.unsupported and line.status in _DECIDED:
                plan.left[name, f"ALREADY_{line.status}"] += 1
                continue
            command = propose(tenant, known, reached, since=known.on, same_day=True)
            word = "WITHHELD" if student in known.exempt and _exempted(reached) else "PROPOSED"
            plan.steps.append(Step(name, word, command))
    return plan


def propose(
    tenant: TenantId,
    known: Known,
    reached: Reached,
    since: date | None,
    *,
    same_day: bool = False,
) -> ProposeStage:
    """Return the command for one stage, with the numbers that decided frozen into it."""
    pupil = reached.pupil
    rule_set, year = known.row.rule_set_id, known.year_named
    decided = [
        frozen(one.numbers, one.threshold.metric, one.threshold.words) for one in pupil.decided
    ]
    settled = decided[0].window_to
    identity = same_day_id if same_day else intervention_id
    return ProposeStage(
        intervention_id=identity(tenant, pupil.student, rule_set, year),
        student_id=pupil.student,
        school_id=pupil.school,
        case_id=case_id(tenant, pupil.student, year),
        rule_set_id=rule_set,
        school_year_from=year,
        stage=reached.stage,
        numbers=(*decided, known.count(pupil.student, known.year_from, settled, YEAR_TO_DATE)),
        evaluated_on=known.on,
        known_at=known.position,
        anchor=since,
        same_day=same_day,
    )

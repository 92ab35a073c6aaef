"""What a look takes back, gives back, or ends: corrections, leavers, checkpoints. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from domain.attendance.codes import MarkStatus
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import LETTER, RegisterLine
from domain.attendance.spells import before_spell
from domain.intervention.commands import (
    CheckImprovement,
    ReinstateStage,
    StopIntervention,
    WithdrawStage,
)
from domain.intervention.events import StopReason
from domain.intervention.improvement import CHECKPOINTS
from domain.shared.ids import StudentId
from domain.shared.numbers import DecidingNumbers
from infrastructure.runtime.judging import YEAR_TO_DATE, Known, judged
from infrastructure.runtime.proposing import Step
from projections.interventions import InterventionRow, StageLine

_UNEXPLAINED: Final = LETTER[MarkStatus.ABSENT_UNEXPLAINED]
_ENDED: Final = frozenset({"STOPPED", "COMPLETED"})
_IMPROVED: Final = str(StopReason.ATTENDANCE_IMPROVED)
_DAY: Final = timedelta(days=1)
_Fired = tuple[StudentId, InterventionRow, StageLine]


def corrections(known: Known) -> list[Step]:
    """Ask of each stage that a correction may concern whether its own day still supports it.

    The day is asked anew by the rules of that time, as the register knows it now. What a correction
    took away a further one may give back.
    """
    steps: list[Step] = []
    by_day: dict[tuple[date, int], list[_Fired]] = defaultdict(list)
    for fired in _fired(known):
        line = fired[2]
        if line.evaluated_on is not None:
            by_day[line.evaluated_on, line.known_at].append(fired)
    for (day, position), several in sorted(by_day.items(), key=lambda one: one[0]):
        lines = known.lines.only({student for student, _, _ in several})
        answer = judged(known, known.rules_at(position), day, lines)
        holds = {(s.stage.key, one.student) for s in answer.stages for one in s.pupils}
        for student, row, line in several:
            step = _recounted(known, row, line, holds=(line.stage, student) in holds)
            if step is not None:
                steps.append(step)
    return steps


def _fired(known: Known) -> Iterator[_Fired]:
    """Yield the stages that stand, and about whose day something new is known."""
    for rows in (known.rows, known.contacts):
        for student, row in rows.items():
            for line in row.stages:
                stands = line.status == "PROPOSED" or line.entered_on is not None
                day = line.evaluated_on
                if not stands or day is None or student not in known.lines:
                    continue
                if known.corrected(student, day):
                    yield student, row, line


def _recounted(known: Known, row: InterventionRow, line: StageLine, *, holds: bool) -> Step | None:
    lost = line.unsupported and line.status != "PROPOSED"
    if holds is not lost:
        return None
    command = ReinstateStage if holds else WithdrawStage
    day = line.evaluated_on or known.on
    word = "REINSTATED" if holds else "WITHDRAWN" if line.status == "PROPOSED" else "UNSUPPORTED"
    return Step(
        line.stage,
        word,
        command(
            intervention_id=row.intervention_id,
            stage=line.stage,
            numbers=(known.count(row.student_id, known.year_from, day, YEAR_TO_DATE),),
            evaluated_on=known.on,
            known_at=known.position,
        ),
    )


def leavers(known: Known) -> list[Step]:
    """Stop what runs for pupils who are no longer on the school's roll."""
    return [
        Step(row.current_stage, "LEFT_ROLL", StopIntervention(row.intervention_id, LEFT))
        for rows in (known.rows, known.contacts)
        for student, row in rows.items()
        if row.status not in _ENDED and _has_left(known, student)
    ]


LEFT: Final = StopReason.LEFT_ROLL


def _has_left(known: Known, student: StudentId) -> bool:
    if student not in known.lines:
        return True
    left_on = known.lines.left_on(student)
    return left_on is not None and left_on < known.on


def checkpoints(known: Known) -> list[Step]:
    """Ask whether attendance improved, once at each fixed number of sessions after a stage."""
    steps: list[Step] = []
    for student, row in known.rows.items():
        entered = [s.entered_on for s in row.stages if s.entered_on is not None]
        if row.status in _ENDED or row.improved or not entered or student not in known.lines:
            continue
        first = max(entered) + _DAY
        for checkpoint in CHECKPOINTS:
            if checkpoint in row.checked:
                continue
            last = _reached(known, student, first, checkpoint)
            if last is None:
                break
            steps.append(_check(known, row, known.lines[student], (first, last), checkpoint))
    return steps


def _reached(known: Known, student: StudentId, first: date, checkpoint: int) -> date | None:
    """Return the day on which so many possible sessions had passed; None while they have not."""
    days = known.calendar.open_ordinals(first.toordinal(), known.on.toordinal())
    if 2 * len(days) < checkpoint:
        return None
    if known.school.denominator is Denominator.DECLARED_DAYS:
        return date.fromordinal(days[checkpoint // 2 - 1])
    return known.lines.possible_since(student, (first, known.on), checkpoint)


def _check(
    known: Known,
    row: InterventionRow,
    line: RegisterLine,
    window: tuple[date, date],
    checkpoint: int,
) -> Step:
    first, last = window
    unexplained = sum(
        letter == _UNEXPLAINED
        for number, day in enumerate(line.days)
        if first <= day <= last
        for letter in line.marks[2 * number :][:2]
    )
    command = CheckImprovement(
        intervention_id=row.intervention_id,
        baseline=_baseline(known, row, line),
        trailing=known.count(row.student_id, first, last, "ABSENT_SINCE_STAGE"),
        checked_on=known.on,
        checkpoint=checkpoint,
        unexplained=unexplained,
        stops=_IMPROVED in known.rules.stop,
    )
    return Step(row.current_stage, "CHECKED", command)


def _baseline(known: Known, row: InterventionRow, line: RegisterLine) -> DecidingNumbers:
    """Count the possible sessions before the spell of absence that led to the latest stage.

    As the register knows it now; a baseline of no session shows no improvement.
    """
    stage = row.stage(row.current_stage)
    decided = stage.numbers[0].window_to if stage is not None and stage.numbers else known.on
    days = before_spell(line, known.calendar, Denominator(known.school.denominator), decided)
    first, last = days or (decided + _DAY, decided)
    return known.count(row.student_id, first, last, "ABSENT_BEFORE_SPELL")

"""What a look takes back, gives back, or ends: corrections, leavers, checkpoints. Pure."""

from datetime import date, timedelta
from typing import Final

from domain.attendance.codes import MarkStatus
from domain.attendance.metrics import Denominator
from domain.attendance.register_line import LETTER, RegisterLine
from domain.attendance.spells import before_spell
from domain.intervention.commands import CheckImprovement, StopIntervention
from domain.intervention.events import StopReason
from domain.intervention.improvement import CHECKPOINTS
from domain.shared.ids import StudentId
from domain.shared.numbers import DecidingNumbers
from infrastructure.runtime.judging import Known
from infrastructure.runtime.proposing import Step
from projections.interventions import InterventionRow

_UNEXPLAINED: Final = LETTER[MarkStatus.ABSENT_UNEXPLAINED]
_ENDED: Final = frozenset({"STOPPED", "COMPLETED"})
_IMPROVED: Final = str(StopReason.ATTENDANCE_IMPROVED)
_DAY: Final = timedelta(days=1)


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

"""From which day the clocks of what a look proposes run. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import msgspec

from domain.attendance.qualifying import qualifying_days
from domain.intervention.commands import ProposeStage
from domain.shared.ids import StudentId
from infrastructure.runtime.judging import Known
from infrastructure.runtime.proposing import Step


def dated(known: Known, steps: Sequence[Step]) -> list[Step]:
    """Return the steps with the qualifying day frozen into each proposal of the ladder.

    Contact on the day itself is about that day. Who was found long ago and only waits is not asked.
    """
    found: dict[str, set[StudentId]] = defaultdict(set)
    for step in steps:
        command = step.command
        if isinstance(command, ProposeStage) and not command.same_day:
            found[step.stage].add(command.student_id)
    if not found:
        return list(steps)
    asked = known.rules, known.on, found, known.lines, known.facts, known.entered
    days = qualifying_days(*asked)
    return [_dated(step, days) for step in steps]


def _dated(step: Step, days: dict[tuple[str, StudentId], date]) -> Step:
    command = step.command
    day = None
    if isinstance(command, ProposeStage):
        day = days.get((step.stage, command.student_id))
    if day is None:
        return step
    return Step(step.stage, step.word, msgspec.structs.replace(command, qualified_on=day))

"""When an intervention opens, the school has a case."""

from collections.abc import Iterator

from domain.case.commands import OpenCase
from domain.intervention.events import InterventionOpened
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from processmanagers.kit import ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:  # noqa: ARG001  nothing is looked up
    """Open the case that the intervention names. A text on the day itself makes no case."""
    match fact.event:
        case InterventionOpened(same_day=True):
            pass
        case InterventionOpened(case_id=case, student_id=student, school_id=school):
            yield OpenCase(case_id=case, student_id=student, school_id=school)
        case _:
            pass


CASE_OPENER = ProcessManager("case_opener", listens=(InterventionOpened,), react=react)

"""When the first stage is proposed, the school has a case."""

from collections.abc import Iterator

from domain.case.commands import OpenCase
from domain.intervention.events import StageProposed
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.shared.ids import InterventionId
from processmanagers.kit import ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Open the case that the intervention names; a case that is known stays as it is.

    A text on the day itself makes no case, and nor does a stage that was only withheld.
    """
    match fact.event:
        case StageProposed():
            opened = world.intervention(InterventionId(fact.stream))
            if not opened.same_day:
                yield OpenCase(
                    case_id=opened.case_id,
                    student_id=opened.student_id,
                    school_id=opened.school_id,
                )
        case _:
            pass


CASE_OPENER = ProcessManager("case_opener", listens=(StageProposed,), react=react)

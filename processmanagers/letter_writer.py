"""When a letter stage is entered, a letter is asked for, one for each guardian."""

from collections.abc import Iterator
from typing import Final

from domain.intervention.events import StageEntered
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.letter.commands import RequestLetter, letter_id
from domain.shared.ids import InterventionId
from processmanagers.kit import ProcessManager, ReactionWorld

TEMPLATES: Final = {
    "LETTER_1": "LETTER_1_ATTENDANCE",
    "LETTER_2": "LETTER_2_ATTENDANCE",
}


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Ask for the letters; a stage without a template needs none."""
    match fact.event:
        case StageEntered(stage=stage) as entered if stage in TEMPLATES:
            intervention = InterventionId(fact.stream)
            for guardian in world.guardians(entered.student_id):
                yield RequestLetter(
                    letter_id=letter_id(intervention, stage, guardian),
                    intervention_id=intervention,
                    case_id=entered.case_id,
                    stage=stage,
                    student_id=entered.student_id,
                    guardian_id=guardian,
                    school_id=entered.school_id,
                    template_key=TEMPLATES[stage],
                    requested_on=entered.entered_on,
                    numbers=entered.numbers,
                )
        case _:
            pass


LETTER_WRITER = ProcessManager("letter_writer", listens=(StageEntered,), react=react)

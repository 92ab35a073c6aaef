"""When a letter stage is entered, a letter is asked for, one for each guardian."""

from collections.abc import Iterator

from domain.intervention.events import StageEntered, StageReinstated, StageUnsupported
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.letter.commands import RequestLetter, WithdrawLetter, letter_id
from domain.letter.events import WithdrawReason
from domain.letter.stages import TEMPLATES
from domain.shared.ids import GuardianId, InterventionId
from processmanagers.kit import ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Ask for the letters, hold back what lost its cause, and ask anew where it came back."""
    intervention = InterventionId(fact.stream)
    match fact.event:
        case StageEntered(stage=stage) as entered if stage in TEMPLATES:
            for guardian in world.guardians(entered.student_id):
                yield RequestLetter(
                    letter_id=letter_id(intervention, stage, guardian, firing=entered.firing),
                    intervention_id=intervention,
                    case_id=entered.case_id,
                    stage=stage,
                    student_id=entered.student_id,
                    guardian_id=guardian,
                    school_id=entered.school_id,
                    template_key=TEMPLATES[stage],
                    requested_on=entered.entered_on,
                    numbers=entered.numbers,
                    due_on=entered.due_on,
                )
        case StageUnsupported(stage=stage, student_id=student) as lost if (
            stage in TEMPLATES and student is not None
        ):
            for guardian in world.guardians(student):
                held = letter_id(
                    intervention, stage, guardian, firing=lost.firing, again=lost.again
                )
                reason = WithdrawReason.NOT_SUPPORTED_BY_REGISTER
                yield WithdrawLetter(letter_id=held, reason=reason)
        case StageReinstated(stage=stage) as back if stage in TEMPLATES:
            for guardian in world.guardians(back.student_id):
                yield _anew(intervention, back, guardian)
        case _:
            pass


def _anew(
    intervention: InterventionId, back: StageReinstated, guardian: GuardianId
) -> RequestLetter:
    """Ask for the letter again; the letter itself sees whether the earlier one was withdrawn."""
    stage, firing = back.stage, back.firing
    return RequestLetter(
        letter_id=letter_id(intervention, stage, guardian, firing=firing, again=back.again),
        intervention_id=intervention,
        case_id=back.case_id,
        stage=stage,
        student_id=back.student_id,
        guardian_id=guardian,
        school_id=back.school_id,
        template_key=TEMPLATES[stage],
        requested_on=back.entered_on,
        numbers=back.numbers,
        instead_of=letter_id(intervention, stage, guardian, firing=firing, again=back.again - 1),
    )


LETTER_WRITER = ProcessManager(
    "letter_writer",
    listens=(StageEntered, StageUnsupported, StageReinstated),
    react=react,
)

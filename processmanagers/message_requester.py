"""When a run's step is requested, a message is asked for under the step's key."""

from collections.abc import Iterator

from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.message.commands import RequestMessage
from domain.playbook_run.events import StepRequested
from domain.shared.contact import Along, RunStep
from domain.shared.ids import RunId
from processmanagers.kit import ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Ask for the message."""
    match fact.event:
        case StepRequested() as step:
            run = world.run(RunId(fact.stream))
            guardian = step.guardian_id or run.guardian_id  # of a home's run: the one it reaches
            if guardian is not None:
                book = run.playbook  # as it was at the start, for facts that do not say more
                yield RequestMessage(
                    message_id=step.message_id,
                    key=step.key,
                    channel=step.channel,
                    purpose=step.purpose or book.purpose,
                    template_key=step.template_key or book.text_of(step.step_id),
                    school_id=run.school_id,
                    student_id=run.student_id,
                    guardian_id=guardian,
                    run_id=RunId(fact.stream),
                    step_id=step.step_id,
                    intervention_id=run.intervention_id,
                    case_id=run.case_id,
                    fallback=step.fallback,
                    also=tuple([_along(one, world) for one in step.also]),
                )
        case _:
            pass


def _along(step: RunStep, world: ReactionWorld) -> Along:
    run = world.run(step.run_id)
    return Along(
        step=step,
        student_id=run.student_id,
        case_id=run.case_id,
        intervention_id=run.intervention_id,
    )


MESSAGE_REQUESTER = ProcessManager("message_requester", listens=(StepRequested,), react=react)

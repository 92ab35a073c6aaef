"""Each step in the diary asks the family's day for a place, and gives back what it does not use.

What the day answers goes to the runs: wait for another day, lead, or be said with a sibling's.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from domain.contact_day.commands import ReleaseContact, ReserveContact, UseContact
from domain.contact_day.events import ContactDeclined, ContactLed, ContactReserved
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.playbook_run import events as e
from domain.playbook_run.commands import DelayStep
from domain.shared.contact import RunStep
from domain.shared.ids import RunId
from domain.shared.playbooks import MessageStep
from processmanagers.kit import ProcessManager, ReactionWorld

_SOON: Final = timedelta(minutes=5)


def react(fact: Recorded, world: ReactionWorld, most: int | None = None) -> Iterator[Command]:
    """Ask the day for a place, give one back, and pass its answers on."""
    match fact.event:
        case e.StepScheduled() as scheduled:
            yield from _reserve(fact, scheduled, world, most)
        case (
            e.RunStopped(dropped_step=str(step))
            | e.RunEscalated(dropped_step=str(step))
            | e.RunMoved(dropped_step=str(step))
            | e.RunPaused(held_step=str(step))
            | e.StepSkipped(step_id=step)
        ):
            yield from _release(fact, step, world)
        case e.StepRequested() as asked:
            yield from _use(fact, asked, world)
        case ContactDeclined(step=step, school_id=school, on=on, reason=reason):
            yield DelayStep(step.run_id, school, step.step_id, on, e.Again(str(reason)))
        case ContactReserved(due_at=due) as place if due <= fact.occurred_at + _SOON:
            # The step was due before it had its place: it need not wait any longer.
            step, school = place.step, place.school_id
            yield DelayStep(step.run_id, school, step.step_id, place.on, e.Again.LEADS)
        case ContactLed(step=step, school_id=school, on=on):
            yield DelayStep(step.run_id, school, step.step_id, on, e.Again.LEADS)
        case _:
            pass


def _reserve(
    fact: Recorded, scheduled: e.StepScheduled, world: ReactionWorld, most: int | None
) -> Iterator[Command]:
    if scheduled.contact_on is None:
        return
    run = RunId(fact.stream)
    diary = world.diary(run)
    before = diary.before(fact.version)
    if before is not None and before[1] is not None and before[1] != scheduled.contact_on:
        yield ReleaseContact(diary.whose, before[1], RunStep(run, before[0]))
    step = diary.playbook.find(scheduled.step_id)
    if isinstance(step, MessageStep):
        yield ReserveContact(
            whose=diary.whose,
            on=scheduled.contact_on,
            step=RunStep(run, scheduled.step_id),
            student_id=diary.started.student_id,
            school_id=scheduled.school_id,
            channel=scheduled.channel,
            purpose=diary.playbook.purpose,
            priority=diary.playbook.priority,
            playbook_id=diary.playbook.playbook_id,
            template_key=step.template_key,
            due_at=scheduled.due_at,
            most_a_day=most,
        )


def _use(fact: Recorded, asked: e.StepRequested, world: ReactionWorld) -> Iterator[Command]:
    run = RunId(fact.stream)
    diary = world.diary(run)
    before = diary.before(fact.version)
    if before is not None and before[1] is not None:
        yield UseContact(
            whose=diary.whose,
            on=before[1],
            step=RunStep(run, asked.step_id),
            school_id=diary.started.school_id,
            channel=asked.channel,
            message_id=asked.message_id,
            also=asked.also,
        )


def _release(fact: Recorded, step: str, world: ReactionWorld) -> Iterator[Command]:
    run = RunId(fact.stream)
    diary = world.diary(run)
    before = diary.before(fact.version)
    if before is not None and before[1] is not None and before[0] == step:
        yield ReleaseContact(diary.whose, before[1], RunStep(run, step))


CONTACT_PLANNER = ProcessManager(
    "contact_planner",
    listens=(
        e.StepScheduled,
        e.StepRequested,
        e.StepSkipped,
        e.RunStopped,
        e.RunEscalated,
        e.RunMoved,
        e.RunPaused,
        ContactDeclined,
        ContactLed,
        ContactReserved,
    ),
    react=react,
)

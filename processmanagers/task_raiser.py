"""When a run asks something of the school's staff, it becomes a task or a letter of theirs."""

from collections.abc import Iterator
from typing import Final

from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.letter.commands import RequestLetter, run_letter_id
from domain.playbook_run.events import LetterAsked, MeetingAsked, RunEscalated, TaskAsked
from domain.playbook_run.settling import OFFICE
from domain.shared.ids import RunId
from domain.work_task.commands import RaiseTask, run_task_id
from domain.work_task.events import TaskKind
from processmanagers.kit import ProcessManager, ReactionWorld

_KINDS: Final = {
    TaskAsked: TaskKind.PLAYBOOK_TASK,
    MeetingAsked: TaskKind.ARRANGE_MEETING,
    RunEscalated: TaskKind.RUN_ESCALATED,
}


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Ask the attendance office, with the day it is due; a letter waits for a person to post it."""
    match fact.event:
        case TaskAsked() | MeetingAsked() | RunEscalated():
            yield _task(RunId(fact.stream), fact.event)
        case LetterAsked() as letter:
            yield from _letters(RunId(fact.stream), letter, world)
        case _:
            pass


def _task(run: RunId, asked: TaskAsked | MeetingAsked | RunEscalated) -> RaiseTask:
    kind = _KINDS[type(asked)]
    if isinstance(asked, RunEscalated):
        about, on = "", asked.escalated_on
    else:
        about, on = asked.step_id, asked.asked_on
    return RaiseTask(
        task=run_task_id(kind, run, about),
        kind_of_task=kind,
        school_id=asked.school_id,
        student_id=asked.student_id,
        on=on,
        owner=OFFICE,
        due_on=asked.due_on,
        run_id=run,
        task_code=asked.task if isinstance(asked, TaskAsked) else None,
    )


def _letters(run: RunId, asked: LetterAsked, world: ReactionWorld) -> Iterator[Command]:
    """Ask for one letter; of a home's run, one for each of its members who may be told."""
    started = world.run(run)
    one = started.guardian_id
    home = started.members or world.guardians(started.student_id)
    for guardian in home if one is None else (one,):
        yield RequestLetter(
            letter_id=run_letter_id(run, asked.step_id, guardian),
            intervention_id=started.intervention_id,
            case_id=started.case_id,
            stage=started.stage,
            student_id=started.student_id,
            guardian_id=guardian,
            school_id=started.school_id,
            template_key=asked.template_key,
            requested_on=started.started_on,  # the day of the stage, which has to stand at posting
            numbers=started.baseline,
        )


TASK_RAISER = ProcessManager(
    "task_raiser",
    listens=(TaskAsked, MeetingAsked, RunEscalated, LetterAsked),
    react=react,
)

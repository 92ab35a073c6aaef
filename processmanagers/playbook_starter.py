"""When a stage is entered, each playbook for it starts a run for each guardian or home.

Who is left out is written down with the reason, and what nobody has told us is asked of staff.
"""

from collections.abc import Iterator
from uuid import UUID

from domain.contact_choice.commands import OmitGuardian
from domain.intervention.events import StageEntered
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.playbook_run.commands import StartRun
from domain.shared.ids import GuardianId, InterventionId, run_id
from domain.shared.playbooks import Household, Playbook
from domain.shared.recipients import Recipients
from domain.work_task.commands import RaiseTask, raised_id
from domain.work_task.events import TaskKind
from processmanagers.kit import ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Start the runs; their ids are natural keys, so a stage seen twice starts nothing twice."""
    match fact.event:
        case StageEntered() as entered:
            for playbook in world.playbooks(entered.stage, entered.school_id):
                decided = world.recipients(entered.student_id, playbook.purpose)
                yield from _started(fact, entered, playbook, decided)
                yield from _left_out(fact, entered, playbook, decided)
                yield from _asked(entered, decided)
        case _:
            pass


def _started(
    fact: Recorded, entered: StageEntered, playbook: Playbook, decided: Recipients
) -> Iterator[Command]:
    if playbook.household is Household.HOUSEHOLD:
        for home, members in decided.households().items():
            recipient, guardian = home, None
            yield _run(fact, entered, playbook, recipient, guardian, members)
    else:
        for one in decided.guardians:
            yield _run(fact, entered, playbook, one, one, ())


def _run(
    fact: Recorded,
    entered: StageEntered,
    playbook: Playbook,
    recipient: UUID,
    guardian: GuardianId | None,
    members: tuple[GuardianId, ...],
) -> StartRun:
    anchor = entered.stage, entered.entered_on, playbook.playbook_id
    return StartRun(
        run_id=run_id(fact.tenant, fact.stream, *anchor, recipient),
        school_id=entered.school_id,
        playbook=playbook,
        intervention_id=InterventionId(fact.stream),
        case_id=entered.case_id,
        student_id=entered.student_id,
        guardian_id=guardian,
        stage=entered.stage,
        triggered_at=fact.occurred_at,
        baseline=entered.numbers,
        firing=entered.firing,
        members=members,
    )


def _left_out(
    fact: Recorded, entered: StageEntered, playbook: Playbook, decided: Recipients
) -> Iterator[Command]:
    for one in decided.left_out:
        yield OmitGuardian(
            guardian_id=one.guardian,
            reason=one.reason,
            student_id=entered.student_id,
            school_id=entered.school_id,
            intervention_id=InterventionId(fact.stream),
            stage=entered.stage,
            firing=entered.firing,
            playbook_id=playbook.playbook_id,
            on=entered.entered_on,
            until=one.until,
        )


def _asked(entered: StageEntered, decided: Recipients) -> Iterator[Command]:
    """Ask the school's staff, once a day for a student: unknown is neither yes nor no."""
    if decided.to_ask:
        kind = TaskKind.ASK_WHO_MAY_KNOW
    elif not decided.told:
        kind = TaskKind.NOBODY_TO_TELL
    else:
        return
    student, on = entered.student_id, entered.entered_on
    yield RaiseTask(raised_id(kind, student, on), kind, entered.school_id, student, on)


PLAYBOOK_STARTER = ProcessManager("playbook_starter", listens=(StageEntered,), react=react)

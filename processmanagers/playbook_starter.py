"""When a stage is entered, each playbook for it starts a run for each guardian."""

from collections.abc import Iterator

from domain.intervention.events import StageEntered
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.playbook_run.commands import StartRun
from domain.shared.ids import InterventionId, run_id
from processmanagers.kit import ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Start the runs; their ids are natural keys, so a stage seen twice starts nothing twice."""
    match fact.event:
        case StageEntered() as entered:
            for playbook in world.playbooks(entered.stage, entered.school_id):
                for guardian in world.guardians(entered.student_id):
                    yield StartRun(
                        run_id=run_id(
                            fact.tenant,
                            fact.stream,
                            entered.stage,
                            entered.entered_on,
                            playbook.playbook_id,
                            guardian,
                        ),
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
                    )
        case _:
            pass


PLAYBOOK_STARTER = ProcessManager("playbook_starter", listens=(StageEntered,), react=react)

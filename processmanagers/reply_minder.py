"""When one guardian has replied, the other guardians' runs do what the playbook says of that."""

from collections.abc import Iterator

from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.playbook_run.commands import PauseRun, StopRun
from domain.playbook_run.events import GuardianReplied, PauseReason, RunStarted, RunStop
from domain.playbook_run.settling import OFFICE
from domain.shared.ids import RunId
from domain.shared.playbooks import OnReply
from domain.work_task.commands import RaiseTask, run_task_id
from domain.work_task.events import TaskKind
from processmanagers.kit import OpenRun, ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Hold, stop or leave them; what holds still is for the staff to decide, by a day."""
    match fact.event:
        case GuardianReplied() as reply:
            run = RunId(fact.stream)
            started = world.run(run)
            others = [
                other
                for other in world.open_runs_of_student(started.student_id)
                if other.run_id != run and other.guardian_id != started.guardian_id
            ]
            yield from _policy(fact, reply, started, others)
        case _:
            pass


def _policy(
    fact: Recorded, reply: GuardianReplied, started: RunStarted, others: list[OpenRun]
) -> Iterator[Command]:
    policy = reply.others or started.playbook.on_reply
    if policy is OnReply.LEAVE_OTHERS or not others:
        return
    for one in others:
        if policy is OnReply.STOP_OTHERS:
            yield StopRun(one.run_id, one.school_id, RunStop.OTHER_GUARDIAN_REPLIED)
        else:
            yield PauseRun(one.run_id, one.school_id, PauseReason.OTHER_GUARDIAN_REPLIED)
    if policy is OnReply.PAUSE_OTHERS:
        run, kind = RunId(fact.stream), TaskKind.DECIDE_RUNS
        yield RaiseTask(
            task=run_task_id(kind, run, reply.message_id),
            kind_of_task=kind,
            school_id=started.school_id,
            student_id=started.student_id,
            on=reply.replied_on or fact.occurred_at.date(),
            owner=OFFICE,
            due_on=reply.decide_by,
            run_id=run,
        )


REPLY_MINDER = ProcessManager("reply_minder", listens=(GuardianReplied,), react=react)

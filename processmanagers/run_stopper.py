"""When a reason to stop appears, what runs for the family or the student stops."""

from collections.abc import Iterable, Iterator

from domain.case.events import CaseClosed
from domain.exemption.events import ExemptionGranted
from domain.intervention.commands import StopIntervention
from domain.intervention.events import (
    AttendanceImproved,
    InterventionCompleted,
    InterventionStopped,
    StopReason,
)
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.message.events import MessageReplied
from domain.playbook_run.commands import RecordReply, StopRun
from domain.playbook_run.events import RunStop
from domain.shared.ids import InterventionId, MessageId
from processmanagers.kit import OpenRun, ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Stop what is no longer needed. A run that ended meanwhile answers with nothing."""
    match fact.event:
        case CaseClosed(student_id=student):
            yield from _stop(world.open_runs_of_student(student), RunStop.CASE_CLOSED)
            for intervention in world.open_interventions(student):
                reason = StopReason.CASE_CLOSED
                yield StopIntervention(intervention_id=intervention, reason=reason)
        case ExemptionGranted(student_id=student, starts_on=starts, until=until):
            day = fact.occurred_at.date()
            if starts <= day and (until is None or until >= day):
                yield from _stop(world.open_runs_of_student(student), RunStop.EXEMPTION_FLAG)
        case AttendanceImproved():
            runs = world.open_runs_of_intervention(InterventionId(fact.stream))
            yield from _stop(runs, RunStop.ATTENDANCE_IMPROVED)
        case InterventionStopped(reason=reason):
            runs = world.open_runs_of_intervention(InterventionId(fact.stream))
            yield from _stop(runs, RunStop(str(reason)))
        case InterventionCompleted():
            runs = world.open_runs_of_intervention(InterventionId(fact.stream))
            yield from _stop(runs, RunStop.CASE_CLOSED)
        case MessageReplied(channel=channel):
            message = world.message(MessageId(fact.stream))
            yield RecordReply(
                run_id=message.run_id,
                school_id=message.school_id,
                message_id=MessageId(fact.stream),
                channel=channel,
            )
        case _:
            pass


def _stop(runs: Iterable[OpenRun], reason: RunStop) -> Iterator[Command]:
    for run in runs:
        yield StopRun(run_id=run.run_id, school_id=run.school_id, reason=reason)


RUN_STOPPER = ProcessManager(
    "run_stopper",
    listens=(
        CaseClosed,
        ExemptionGranted,
        AttendanceImproved,
        InterventionStopped,
        InterventionCompleted,
        MessageReplied,
    ),
    react=react,
)

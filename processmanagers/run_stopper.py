"""When a reason to stop appears, what runs for the family or the student stops."""

from collections.abc import Iterable, Iterator
from typing import Final

from domain.case.events import CaseClosed
from domain.exemption.events import ExemptionGranted
from domain.intervention.commands import HoldStages, StopIntervention
from domain.intervention.events import (
    AbsenceExplained,
    AttendanceImproved,
    InterventionCompleted,
    InterventionStopped,
    StageUnsupported,
    StopReason,
)
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.message.events import MessageReplied
from domain.playbook_run.commands import RecordReply, StopRun
from domain.playbook_run.events import RunStop
from domain.shared.ids import InterventionId, MessageId
from processmanagers.kit import OpenRun, ProcessManager, ReactionWorld

_WHY: Final = {
    AbsenceExplained: RunStop.VALID_REASON,
    StageUnsupported: RunStop.NOT_SUPPORTED_BY_REGISTER,
}


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Stop what is no longer needed. A run that ended meanwhile answers with nothing."""
    match fact.event:
        case CaseClosed(student_id=student):
            yield from _stop(world.open_runs_of_student(student), RunStop.CASE_CLOSED)
            for one in world.open_interventions(student):
                reason = StopReason.CASE_CLOSED
                yield StopIntervention(intervention_id=one.intervention_id, reason=reason)
        case ExemptionGranted(student_id=student) as granted if _holds(granted, fact):
            yield from _stop(world.open_runs_of_student(student), RunStop.EXEMPTION_FLAG)
            for one in world.open_interventions(student):
                yield HoldStages(
                    intervention_id=one.intervention_id,
                    student_id=student,
                    school_id=one.school_id,
                    case_id=one.case_id,
                )
        case StageUnsupported() | AbsenceExplained():
            yield from _stop_firing(fact, fact.event, world)
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
            for run in (message.run_id, *(one.step.run_id for one in message.also)):
                yield RecordReply(
                    run_id=run,
                    school_id=message.school_id,
                    message_id=MessageId(fact.stream),
                    channel=channel,
                )
        case _:
            pass


def _holds(granted: ExemptionGranted, fact: Recorded) -> bool:
    """Say whether an exemption holds already on the day on which it is granted."""
    day = granted.granted_on or fact.occurred_at.date()
    return granted.starts_on <= day and (granted.until is None or granted.until >= day)


def _stop_firing(
    fact: Recorded, event: StageUnsupported | AbsenceExplained, world: ReactionWorld
) -> Iterator[Command]:
    """Stop what this firing of the stage has started; another one stands for itself."""
    runs = world.open_runs_of_intervention(InterventionId(fact.stream))
    mine = [run for run in runs if run.is_of(event.stage, event.firing)]
    return _stop(mine, _WHY[type(event)])


def _stop(runs: Iterable[OpenRun], reason: RunStop) -> Iterator[Command]:
    for run in runs:
        yield StopRun(run_id=run.run_id, school_id=run.school_id, reason=reason)


RUN_STOPPER = ProcessManager(
    "run_stopper",
    listens=(
        CaseClosed,
        ExemptionGranted,
        StageUnsupported,
        AbsenceExplained,
        AttendanceImproved,
        InterventionStopped,
        InterventionCompleted,
        MessageReplied,
    ),
    react=react,
)

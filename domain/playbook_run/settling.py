"""How a step's message came to its end, as the run keeps it."""

from datetime import date
from typing import Final, assert_never

from domain.playbook_run import commands as c
from domain.playbook_run import events as e
from domain.playbook_run.remembering import Flying

OFFICE: Final = "school:attendance-office"


def settled(
    command: c.SettleStep, flying: Flying, started: e.RunStarted, today: date
) -> e.RunEvent:
    """Return the end of a step."""
    step, order = flying.step_id, flying.order
    match command.outcome:
        case c.StepOutcome.SENT:
            return e.StepSent(
                step_id=step,
                order=order,
                channel=command.channel or flying.channel,
                message_id=command.message_id,
                school_id=started.school_id,
                student_id=started.student_id,
                sent_on=today,
            )
        case c.StepOutcome.SKIPPED:
            reason = command.skip_reason or e.SkipReason.STOP_CONDITION_MET
            return e.StepSkipped(step_id=step, order=order, reason=reason)
        case c.StepOutcome.FAILED:
            return e.StepFailed(step_id=step, order=order, cause=command.cause, owner=OFFICE)
        case c.StepOutcome.UNKNOWN:
            return e.StepOutcomeUnknown(
                step_id=step, order=order, message_id=command.message_id, owner=OFFICE
            )
        case _:
            assert_never(command.outcome)

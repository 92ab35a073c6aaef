"""When a message comes to its end, the step that asked for it is settled."""

from collections.abc import Iterator

from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.message import events as e
from domain.message.reasons import Finding
from domain.playbook_run.commands import RecordDelivery, SettleStep, StepOutcome
from domain.playbook_run.events import SkipReason
from domain.shared.contact import Channel
from domain.shared.ids import MessageId
from processmanagers.kit import ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Settle the step with the message's end."""
    outcome: StepOutcome
    skip: SkipReason | None = None
    cause = ""
    by: Channel | None = None
    match fact.event:
        case e.MessageAccepted() as accepted:
            outcome, by = StepOutcome.SENT, accepted.channel
        case e.MessageSettled(finding=Finding.SENT) as said:
            outcome, by = StepOutcome.SENT, said.channel
        case e.MessageSettled(finding=finding):
            outcome, cause = StepOutcome.FAILED, str(finding)
        case e.MessageSkipped(reason=reason):
            outcome, skip = StepOutcome.SKIPPED, SkipReason(str(reason))
        case e.MessageFailed(cause=why):
            outcome, cause = StepOutcome.FAILED, why
        case e.MessageOutcomeUnknown(cause=why):
            outcome, cause = StepOutcome.UNKNOWN, why
        case e.MessageDelivered() | e.MessageUndelivered():
            yield _delivery(fact, world)
            return
        case _:
            return
    message = world.message(MessageId(fact.stream))
    yield SettleStep(
        run_id=message.run_id,
        school_id=message.school_id,
        step_id=message.step_id,
        message_id=MessageId(fact.stream),
        outcome=outcome,
        skip_reason=skip,
        cause=cause,
        channel=by,
    )


def _delivery(fact: Recorded, world: ReactionWorld) -> Command:
    message = world.message(MessageId(fact.stream))
    return RecordDelivery(
        run_id=message.run_id,
        school_id=message.school_id,
        step_id=message.step_id,
        delivered=isinstance(fact.event, e.MessageDelivered),
    )


STEP_SETTLER = ProcessManager(
    "step_settler",
    listens=(
        e.MessageAccepted,
        e.MessageSkipped,
        e.MessageFailed,
        e.MessageOutcomeUnknown,
        e.MessageSettled,
        e.MessageDelivered,
        e.MessageUndelivered,
    ),
    react=react,
)

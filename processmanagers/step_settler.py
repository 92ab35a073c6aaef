"""When a message comes to its end, the step that asked for it is settled."""

from collections.abc import Iterator
from typing import assert_never

from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.message import events as e
from domain.message.reasons import Finding
from domain.playbook_run.commands import (
    JoinStep,
    PartStep,
    RecordDelivery,
    SettleStep,
    StepOutcome,
)
from domain.playbook_run.events import SkipReason
from domain.shared.contact import Channel, RunStep
from domain.shared.ids import MessageId
from processmanagers.kit import ProcessManager, ReactionWorld


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Settle the step with the message's end, and with it the siblings' steps that it speaks of.

    What siblings hear of a message comes from here alone: it follows the order of its facts.
    """
    message_id = MessageId(fact.stream)
    asked = fact.event
    message = asked if isinstance(asked, e.MessageRequested) else world.message(message_id)
    own = RunStep(message.run_id, message.step_id)
    steps = [own, *(one.step for one in message.also)]
    match fact.event:
        case e.MessageRequested(also=also):
            for one in also:
                yield _joins(one.step, message_id, message)
        case e.MessageParted(steps=parted):
            for step in parted:
                yield PartStep(step.run_id, message.school_id, step.step_id, message_id)
        case e.MessageDelivered() | e.MessageUndelivered():
            arrived = isinstance(fact.event, e.MessageDelivered)
            for step in steps:
                yield RecordDelivery(step.run_id, message.school_id, step.step_id, arrived)
        case e.MessageSkipped(reason=reason):
            skip = SkipReason(str(reason))
            yield _settle(own, message_id, message, StepOutcome.SKIPPED, skip_reason=skip)
            for step in steps[1:]:
                if skip is SkipReason.SAME_ADDRESS:  # they were said there, by the other message
                    yield _settle(step, message_id, message, StepOutcome.SKIPPED, skip_reason=skip)
                else:  # each of them finds out for itself what stands against it
                    yield PartStep(step.run_id, message.school_id, step.step_id, message_id)
        case (
            e.MessageAccepted() | e.MessageSettled() | e.MessageFailed() | e.MessageOutcomeUnknown()
        ):
            for step in steps:
                yield _ended(fact.event, step, message_id, message)
        case _:
            pass


def _ended(
    end: e.MessageAccepted | e.MessageSettled | e.MessageFailed | e.MessageOutcomeUnknown,
    step: RunStep,
    this: MessageId,
    message: e.MessageRequested,
) -> Command:
    match end:
        case e.MessageAccepted(channel=by) | e.MessageSettled(finding=Finding.SENT, channel=by):
            return _settle(step, this, message, StepOutcome.SENT, channel=by)
        case e.MessageSettled(finding=finding):
            return _settle(step, this, message, StepOutcome.FAILED, cause=str(finding))
        case e.MessageFailed(cause=why):
            return _settle(step, this, message, StepOutcome.FAILED, cause=why)
        case e.MessageOutcomeUnknown(cause=why):
            return _settle(step, this, message, StepOutcome.UNKNOWN, cause=why)
        case _:
            assert_never(end)


def _settle(
    step: RunStep,
    this: MessageId,
    message: e.MessageRequested,
    outcome: StepOutcome,
    *,
    skip_reason: SkipReason | None = None,
    cause: str = "",
    channel: Channel | None = None,
) -> Command:
    return SettleStep(
        run_id=step.run_id,
        school_id=message.school_id,
        step_id=step.step_id,
        message_id=this,
        outcome=outcome,
        skip_reason=skip_reason,
        cause=cause,
        channel=channel,
    )


def _joins(step: RunStep, this: MessageId, message: e.MessageRequested) -> Command:
    return JoinStep(
        run_id=step.run_id,
        school_id=message.school_id,
        step_id=step.step_id,
        channel=message.channel,
        message_id=this,
        leader=message.run_id,
    )


STEP_SETTLER = ProcessManager(
    "step_settler",
    listens=(
        e.MessageRequested,
        e.MessageParted,
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

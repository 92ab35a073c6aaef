"""When a message about a stage that asks for attempts went, it was an attempt at a meeting."""

from collections.abc import Iterator, Mapping
from typing import Final

from domain.intervention.commands import FailAttempt, LogMessage
from domain.intervention.reasons import AttemptWay
from domain.kernel.commands import Command
from domain.kernel.recorded import Recorded
from domain.message.events import (
    MessageAccepted,
    MessageDelivered,
    MessageSettled,
    MessageUndelivered,
)
from domain.message.reasons import Finding
from domain.shared.contact import Channel
from domain.shared.ids import MessageId, derived_id
from processmanagers.kit import ProcessManager, ReactionWorld

_WAYS: Final[Mapping[Channel, AttemptWay]] = {
    Channel.EMAIL: AttemptWay.EMAIL,
    Channel.SMS: AttemptWay.TEXT,
    Channel.WHATSAPP: AttemptWay.TEXT,
    Channel.IN_APP: AttemptWay.TEXT,
    Channel.POST: AttemptWay.LETTER,
}


def react(fact: Recorded, world: ReactionWorld) -> Iterator[Command]:
    """Log the attempt when a provider has taken the message, and take it back if it never arrived.

    Most e-mail is never said to be delivered, so acceptance counts, and so does a person's word
    that it was sent; delivery does where whether it was accepted had been unknown. All say that it
    went, and none that anybody heard. Another channel, or a re-send, is another attempt.
    """
    by: Channel | None = None
    match fact.event:
        case MessageSettled(finding=Finding.NOT_SENT):
            return
        case MessageAccepted() | MessageSettled() as went:
            generation, by = went.generation, went.channel
        case MessageDelivered() | MessageUndelivered() as told:
            generation = told.generation
        case _:
            return
    message_id = MessageId(fact.stream)
    message = world.message(message_id)
    attempt = derived_id("attempt", message_id, *((generation,) if generation else ()))
    about = [(message.run_id, message.intervention_id)]
    about += [(one.step.run_id, one.intervention_id) for one in message.also]
    for run, intervention in about:
        stage = world.run(run).stage
        if not world.asks_for_attempts(intervention, stage):
            continue
        if isinstance(fact.event, MessageUndelivered):
            yield FailAttempt(intervention_id=intervention, attempt_id=attempt)
            continue
        yield LogMessage(
            intervention_id=intervention,
            stage=stage,
            school_id=message.school_id,
            attempt_id=attempt,
            way=_WAYS[by or message.channel],
            made_at=fact.occurred_at,
            message_id=message_id,
        )


ATTEMPT_LOGGER = ProcessManager(
    "attempt_logger",
    listens=(MessageAccepted, MessageSettled, MessageDelivered, MessageUndelivered),
    react=react,
)

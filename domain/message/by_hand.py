"""What a person decides about a message: how an unknown call ended, once more, or no more."""

from collections.abc import Sequence

from domain.message import commands as c
from domain.message import events as e
from domain.message import refusals as r
from domain.message.remembering import ON_ITS_WAY, Memory, State
from domain.shared.contact import Channel


def settled(command: c.SettleUnknown, past: Memory, channel: Channel) -> Sequence[e.MessageEvent]:
    """Return what follows from what a person found out. It counts as much as a callback does."""
    if past.state is not State.UNKNOWN:
        raise r.OutcomeKnown
    return [
        e.MessageSettled(
            generation=past.generation,
            attempt=past.attempt,
            channel=channel,
            finding=command.finding,
            reason=command.reason,
            note_ref=command.note_ref,
        )
    ]


def sent_again(command: c.ResendMessage, past: Memory, channel: Channel) -> list[e.MessageEvent]:
    """Return the order for a new generation; the provider takes it for a new message."""
    _needs_an_end(past)
    return [
        e.MessageResendOrdered(
            generation=past.generation + 1,
            channel=command.channel or channel,
            reason=command.reason,
            note_ref=command.note_ref,
        )
    ]


def abandoned(command: c.AbandonMessage, past: Memory) -> list[e.MessageEvent]:
    """Return that nobody tries any more; said twice, it is one decision."""
    if past.state is State.ABANDONED:
        return []
    _needs_an_end(past)
    return [e.MessageAbandoned(reason=command.reason, note_ref=command.note_ref)]


def _needs_an_end(past: Memory) -> None:
    if past.state is State.UNKNOWN:
        raise r.OutcomeStillUnknown
    if past.state in ON_ITS_WAY:
        raise r.MessageOnItsWay
    if past.state is State.ACCEPTED and not past.failed_to_arrive:
        raise r.MessageTaken

"""What a provider's report says: late, double, out of order, and before our own record."""

from domain.message import commands as c
from domain.message import events as e
from domain.message.reasons import Remedy
from domain.message.remembering import Memory, State
from domain.message.statuses import (
    ARRIVED,
    FAILURES,
    DeliveryStatus,
    higher,
    moves_up,
    status_named,
)
from domain.shared.contact import Channel


def reported(command: c.RecordStatus, past: Memory, channel: Channel) -> list[e.MessageEvent]:
    """Return what a report says that is new. Each report is kept; a repeat says nothing."""
    status = status_named(command.status)
    generation = _generation_of(command, past)
    if status is None or (generation, status) in past.reported:
        return []
    facts: list[e.MessageEvent] = []
    if _proves_acceptance(generation, past):
        # The callback overtook our own record of the call, answers what nobody knew, or shows
        # that an error came after the provider had taken it: trying again would say it twice.
        facts += [_accepted(command, generation, past, channel)]
    held = past.standing.get(generation)
    taken = bool(facts) or _is_taken(generation, past)
    news = taken and moves_up(held, status) and status in ARRIVED | FAILURES
    if not news or _only_more(held, status):
        standing = status if held is None else higher(held, status)
        return [*facts, _noted(command, generation, status, standing)]
    if status in ARRIVED:
        return [*facts, e.MessageDelivered(provider_status=status, generation=generation)]
    return [*facts, *_undelivered(command, generation, status, past)]


def _generation_of(command: c.RecordStatus, past: Memory) -> int:
    known = (number for number, ref in past.refs.items() if ref == command.provider_ref)
    return next(known, min(command.generation, past.generation))


def _proves_acceptance(generation: int, past: Memory) -> bool:
    """Say whether a report is the first that is heard of an acceptance.

    One of an older generation counts as long as the newer one has not been called for: then the
    re-send is not needed. Later it is only noted, because two went out.
    """
    if past.refs.get(generation):
        return False
    if generation < past.generation:
        return past.state is State.REQUESTED
    return past.called


def _is_taken(generation: int, past: Memory) -> bool:
    """Say whether an acceptance is on record, be it by a person's word."""
    by_word = generation == past.generation and past.state is State.ACCEPTED
    return by_word or generation in past.refs


def _accepted(
    command: c.RecordStatus, generation: int, past: Memory, channel: Channel
) -> e.MessageAccepted:
    assert past.requested is not None  # noqa: S101  asked before anybody is heard
    first = past.requested.channel if generation == 0 else channel
    return e.MessageAccepted(
        attempt=past.attempt,
        provider_ref=command.provider_ref,
        generation=generation,
        channel=first,
    )


def _only_more(held: DeliveryStatus | None, status: DeliveryStatus) -> bool:
    """Say whether it is more of what is known: read after delivered, failed after undelivered."""
    return any(held in kind and status in kind for kind in (ARRIVED, FAILURES))


def _noted(
    command: c.RecordStatus, generation: int, status: DeliveryStatus, standing: DeliveryStatus
) -> e.MessageStatusReported:
    return e.MessageStatusReported(
        generation=generation,
        provider_ref=command.provider_ref,
        status=status,
        code=command.code,
        standing=standing,
    )


def _undelivered(
    command: c.RecordStatus, generation: int, status: DeliveryStatus, past: Memory
) -> list[e.MessageEvent]:
    """Return that it did not arrive, and that it goes on by its fallback if nobody has it yet."""
    lost = e.MessageUndelivered(
        provider_status=status, code=command.code, generation=generation, remedy=command.remedy
    )
    if (
        past.fallback is None
        or past.redirected is not None
        or generation != past.generation
        or past.has_arrived(generation)
        or status is DeliveryStatus.CANCELED
    ):
        return [lost]
    cause = f"{status}:{command.code}" if command.code else str(status)
    return [lost, redirected(past, past.fallback, cause, command.remedy)]


def redirected(past: Memory, to: Channel, cause: str, remedy: Remedy | None) -> e.MessageRedirected:
    """Return that the message goes on by its fallback."""
    return e.MessageRedirected(
        generation=past.generation + 1, channel=to, cause=cause, remedy=remedy
    )

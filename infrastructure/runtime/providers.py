"""Which provider of a channel is called, and when again: fail-over and waits by cause.

A second provider is asked only where the first certainly did not take the message. After an unknown
outcome nobody but the provider that was called may be asked: it alone knows the key, or what it
took.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from domain.message.aggregate import State
from domain.shared.contact import Channel
from infrastructure.channels.protocol import ChannelAdapter, Rejected, RetryCause
from infrastructure.runtime.leaving import Leaving
from infrastructure.settings import Settings

Providers = Mapping[Channel, Sequence[ChannelAdapter]]
# Refusals that are about our account with this one provider: another one may well take it.
_OF_THE_ACCOUNT: Final = frozenset({"20003", "21408", "21603", "30002", "30034", "401", "403"})


def for_next_call(found: Providers, row: Leaving) -> ChannelAdapter | None:
    """Return the provider to call; None where none, or not the one that must be, is configured."""
    ours = found.get(row.channel, ())
    if row.state is State.ATTEMPTING or row.doubtful:
        return _named(ours, row.provider)
    return _named(ours, row.next_provider) or (ours[0] if ours else None)


def after(
    found: Providers, row: Leaving, adapter: ChannelAdapter, rejected: Rejected
) -> str | None:
    """Return the name of the provider to ask next; None where there is none, or it may not be."""
    may = rejected.retry is RetryCause.RETRY or rejected.code in _OF_THE_ACCOUNT
    if not may or row.doubtful:
        return None
    names = [one.name for one in found.get(row.channel, ())]
    left = names[names.index(adapter.name) + 1 :]
    return left[0] if left else None


def wait_for(settings: Settings, rejected: Rejected, tries: int) -> timedelta | None:
    """Return how long to wait before a rejected message is tried again; None: not by software.

    The provider's own wish, `Retry-After`, is kept where it is longer than ours.
    """
    if rejected.retry is not RetryCause.RETRY:
        return None
    waits = settings.retry_waits.get(str(rejected.cause)) or settings.retry_waits_seconds
    own = timedelta(seconds=waits[min(max(tries, 1), len(waits)) - 1])
    return max(own, rejected.retry_after or own)


def _named(adapters: Sequence[ChannelAdapter], name: str) -> ChannelAdapter | None:
    return next((one for one in adapters if one.name == name), None)

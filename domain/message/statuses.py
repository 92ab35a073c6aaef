"""How far a message got, whatever the order in which its callbacks arrive."""

from enum import StrEnum


class DeliveryStatus(StrEnum):
    """A provider's word for how far a message got. `delivered` is the best that SMS can say."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    CANCELED = "canceled"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


# Failures stand above everything, also above `delivered` and `read`: the order has to be total,
# or the outcome would depend on which callback came first. When a provider says both, a person
# looks, which is the smaller harm.
_RANK = {
    DeliveryStatus.ACCEPTED: (0, 0),
    DeliveryStatus.SCHEDULED: (0, 1),
    DeliveryStatus.QUEUED: (0, 2),
    DeliveryStatus.SENDING: (1, 0),
    DeliveryStatus.SENT: (2, 0),
    DeliveryStatus.DELIVERED: (3, 0),
    DeliveryStatus.READ: (4, 0),
    DeliveryStatus.CANCELED: (5, 0),
    DeliveryStatus.UNDELIVERED: (5, 1),
    DeliveryStatus.FAILED: (5, 2),
}

# `read` is not among them: nothing follows it, but it is good news that still may come late.
FAILURES = frozenset({DeliveryStatus.CANCELED, DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED})
ARRIVED = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.READ})


def higher(one: DeliveryStatus, other: DeliveryStatus) -> DeliveryStatus:
    """Return the status that stands when both were reported, in either order."""
    return max(one, other, key=_RANK.__getitem__)


def moves_up(held: DeliveryStatus | None, reported: DeliveryStatus) -> bool:
    """Tell whether a callback says something new; repeats and latecomers do not."""
    return held is None or _RANK[held] < _RANK[reported]


def status_named(word: str | None) -> DeliveryStatus | None:
    """Return the status of this name; providers add words without notice, so None is normal."""
    try:
        return DeliveryStatus(word) if word is not None else None
    except ValueError:
        return None

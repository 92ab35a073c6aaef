"""The inbox inside the product: nobody else carries it, so the fact itself is the delivery."""

import hashlib
from collections.abc import Container
from datetime import datetime, timedelta

from domain.message.statuses import DeliveryStatus
from domain.shared.contact import Channel
from infrastructure.channels.protocol import (
    Accepted,
    Finding,
    NotFound,
    Outcome,
    Outgoing,
    RetryRule,
)


class InboxAdapter:
    """Takes everything. Asked twice under one key it is one message, however late that is."""

    name = "inbox"
    channel = Channel.IN_APP
    retry_rule = RetryRule.IDEMPOTENCY_KEY
    settles_after = timedelta(seconds=4)
    keys_kept_for = timedelta.max

    def send(self, outgoing: Outgoing) -> Outcome:
        """Say that it has arrived: its words were kept before, and the reader reads them there."""
        return Accepted(_reference(outgoing), DeliveryStatus.DELIVERED)

    def look_up(
        self, outgoing: Outgoing, since: datetime, taken: Container[str] = frozenset()
    ) -> Finding:
        """Say that nothing is kept here: the ledger knows."""
        del outgoing, since, taken
        return NotFound()

    def close(self) -> None:
        """Close nothing."""


def _reference(outgoing: Outgoing) -> str:
    return hashlib.sha256(outgoing.provider_key.encode()).hexdigest()[:40]

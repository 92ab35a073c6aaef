"""A wrong sender on purpose: claims a batch, sends all of it, and writes it down at the end.

It is the usual worker, and the control of the kill tests: what it does must be counted as doubles,
or their green means nothing. `python -m tests.support.reckless` runs in a role's environment.
"""

from collections.abc import Mapping
from typing import Final
from uuid import uuid4

import msgspec

from domain.message.commands import RecordAccepted
from domain.shared.contact import Channel
from infrastructure.channels.protocol import Accepted, ChannelAdapter
from infrastructure.crash_points import crash_point
from infrastructure.runtime import leases
from infrastructure.runtime.role import wait_until
from infrastructure.runtime.sending import ACTOR, attempt_of
from infrastructure.settings import Settings
from infrastructure.store import reads
from infrastructure.store.ledger import Intent
from infrastructure.wiring import workers
from infrastructure.wiring.house import House
from projections import outbox
from projections.outbox import OutboxRow

BATCH: Final = 20
FOR_EVER: Final = 1_000_000.0


def send_batch(house: House, adapters: Mapping[Channel, ChannelAdapter]) -> int:
    """Send a batch in one transaction: a death in it forgets what was sent."""
    with house.database.worker() as conn:
        rows = reads.fetch(conn, outbox.CLAIM, {"limit": BATCH})
        intents: list[Intent] = []
        for tenant, doc in rows:
            row = msgspec.json.decode(doc, type=OutboxRow)
            adapter = adapters[row.channel]
            composed = house.composer.message(conn, tenant, row)
            attempt = attempt_of(row, composed, adapter, "")
            intents.append(Intent(tenant, attempt, ACTOR, uuid4()))
            if composed.outgoing is not None:
                outcome = adapter.send(composed.outgoing)
                crash_point("send.after_call")
                if isinstance(outcome, Accepted):
                    told = RecordAccepted(row.message_id, outcome.provider_ref)
                    intents.append(Intent(tenant, told, ACTOR, uuid4()))
            leases.take(conn, [(tenant, row.message_id)], "send", "reckless", FOR_EVER)
        house.ledger.within(conn, intents)
    return len(rows)


def main() -> None:
    """Send until killed."""
    settings = Settings()
    assert settings.database_url is not None
    with House(settings, settings.database_url.get_secret_value()) as house:
        adapters = workers.adapters(settings)
        wait_until(lambda: send_batch(house, adapters) < 0, FOR_EVER, 0.05)


if __name__ == "__main__":
    main()

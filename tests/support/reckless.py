"""Wrong workers on purpose: a sender that sends first, a reactor that moves on first.

The sender claims a batch, sends all of it, and writes it down at the end: the usual worker, and the
control of the kill tests. What these two do must be counted as doubled and as lost, or their green
means nothing. `python -m tests.support.reckless` runs the sender in a role's environment.
"""

from typing import Final
from uuid import uuid4

from domain.kernel.facts import Event
from domain.message.commands import RecordAccepted
from domain.message.events import MessageAttempted
from infrastructure.channels.protocol import Accepted
from infrastructure.crash_points import crash_point
from infrastructure.runtime import leases, parking
from infrastructure.runtime.leaving import leaving
from infrastructure.runtime.look_ups import reactions
from infrastructure.runtime.projecting import all_positions, checkpoint_of
from infrastructure.runtime.providers import Providers
from infrastructure.runtime.reacting import tracking_of
from infrastructure.runtime.role import wait_until
from infrastructure.runtime.sending import ACTOR, attempt_of
from infrastructure.settings import Settings
from infrastructure.store import reads
from infrastructure.store.ledger import Intent
from infrastructure.store.recorder import read_after
from infrastructure.wiring import workers
from infrastructure.wiring.house import House
from processmanagers.all import PROCESS_MANAGERS
from processmanagers.kit import ProcessManager
from projections import outbox
from projections.all import READ_MODELS

BATCH: Final = 20
FOR_EVER: Final = 1_000_000.0
A_MOMENT: Final = 0.2


def send_batch(house: House, adapters: Providers) -> int:
    """Send a batch in one transaction: a death in it forgets what was tried and sent."""
    with house.database.worker() as conn:
        rows = reads.fetch(conn, outbox.CLAIM, {"limit": BATCH})
        found = leaving(house.ledger, conn, (message for _, message in rows))
        intents: list[Intent] = []
        for tenant, message in rows:
            row, told = found[message], list[Event]()
            adapter = adapters[row.channel][0]
            composed = house.composer.message(conn, tenant, row)
            attempt = attempt_of(row, composed, adapter, "")
            house.ledger.within(conn, [Intent(tenant, attempt, ACTOR, uuid4(), told=told)])
            attempted = any(isinstance(fact, MessageAttempted) for fact in told)
            if attempted and composed.outgoing is not None:
                outcome = adapter.send(composed.outgoing)
                crash_point("send.after_call")
                if isinstance(outcome, Accepted):
                    accepted = RecordAccepted(row.message_id, outcome.provider_ref)
                    intents.append(Intent(tenant, accepted, ACTOR, uuid4()))
            work, seconds = [(tenant, row.message_id)], FOR_EVER if attempted else A_MOMENT
            leases.take(conn, work, "send", "reckless", seconds)
        house.ledger.within(conn, intents)
    return len(rows)


class RecklessSender:
    """The same as a worker among others."""

    name = "reckless"
    exclusive: str | None = None

    def __init__(self, house: House, adapters: Providers) -> None:
        self._house = house
        self._adapters = adapters

    def step(self) -> int:
        """Send one batch."""
        return send_batch(self._house, self._adapters)


class CarelessReactor:
    """Stores where it is in one transaction, and what follows in the next one."""

    name = "careless"
    exclusive: str | None = None

    def __init__(self, house: House) -> None:
        self._house = house

    def step(self) -> int:
        """React to one fact with each process manager."""
        return sum(self._react(manager) for manager in PROCESS_MANAGERS)

    def _react(self, manager: ProcessManager) -> int:
        ledger, follower = self._house.ledger, tracking_of(manager)
        with self._house.database.worker() as conn:
            known = all_positions(conn)
            folded = min(known.get(checkpoint_of(model), 0) for model in READ_MODELS)
            rows = read_after(conn, known.get(follower, 0), 1)
            facts, _ = parking.open_all([row for row in rows if row[3] <= folded])
            for fact in facts:
                ledger.recorder.track(conn, follower, fact.position)
        for fact in [fact for fact in facts if isinstance(fact.event, manager.listens)]:
            with self._house.database.worker() as conn:
                actor = f"process:{manager.name}"
                commands = reactions(conn, manager, [fact])[fact.position]
                assert not isinstance(commands, Exception)
                wishes = [Intent(fact.tenant, one, actor, uuid4(), fact.id) for one in commands]
                ledger.within(conn, wishes)
        return len(facts)


def main() -> None:
    """Send until killed."""
    settings = Settings()
    assert settings.database_url is not None
    with House(settings, settings.database_url.get_secret_value()) as house:
        adapters = workers.adapters(settings)
        wait_until(lambda: send_batch(house, adapters) < 0, FOR_EVER, 0.05)


if __name__ == "__main__":
    main()

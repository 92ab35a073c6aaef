"""A claim's messages are written together, and each is still on its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from infrastructure.channels.protocol import Outcome, Outgoing
from infrastructure.runtime.leaving import leaving
from infrastructure.store.database import Database
from tests.infrastructure.runtime.test_sending import messages_of, two_texts_asked_for
from tests.infrastructure.runtime.test_sending_fenced import Gateway, senders
from tests.support.town import TENANT, Town

pytestmark = pytest.mark.postgres
NEWER = "+35385000200"


class Listener(Gateway):
    """A gateway that notes where texts went."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[str] = []

    def send(self, outgoing: Outgoing) -> Outcome:
        self.numbers.append(outgoing.to)
        return super().send(outgoing)


def move_all(town: Town) -> None:
    """Let both parents have a newer number, each their own."""
    house = town.house
    with house.database.worker() as conn:
        guardians = [m.guardian_id for m in messages_of(town)]
        known = house.vault.get_many(conn, TENANT, guardians)
        for number, one in enumerate(sorted(known)):
            fields = {**known[one], "phone": f"{NEWER}{number}"}
            house.vault.put(conn, TENANT, one, "guardian", {one: fields})


@pytest.mark.parametrize("waits", [True, False])
def test_a_message_that_waited_too_long_is_composed_anew(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, waits: bool
) -> None:
    """What was gathered a moment ago is good; what is older may name a number that was given up."""
    monkeypatch.setattr("infrastructure.runtime.claiming.FRESH", 0.0 if waits else 600.0)
    with two_texts_asked_for(database, tmp_path) as town:
        gateway = Listener()
        gateway.in_the_middle = [lambda _: move_all(town)]
        (sender,) = senders(town, gateway, 1)
        sender.step()
        assert len(gateway.numbers) == 2
        assert [one.startswith(NEWER) for one in gateway.numbers] == [False, waits]


def test_a_message_that_cannot_be_written_holds_nobody_up(
    database: Database, tmp_path: Path
) -> None:
    """A text that nobody ever wrote: the other message of the claim is composed, and kept."""
    with two_texts_asked_for(database, tmp_path) as town:
        house, wanted = town.house, [m.message_id for m in messages_of(town)]
        with house.database.worker() as conn:
            good, bad = leaving(house.ledger, conn, wanted).values()
            rows = [replace(bad, template_key="NOBODY_WROTE_IT"), good]
            done = house.composer.messages(conn, TENANT, rows)
        assert set(done) == {good.message_id}
        with house.database.worker() as conn:
            kept = house.vault.get_many(conn, TENANT, [good.words_id, bad.words_id])
            assert house.composer.message(conn, TENANT, good) == done[good.message_id]
        assert set(kept) == {good.words_id}

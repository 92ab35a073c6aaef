"""A second provider takes what the first certainly did not, and nothing that the first may have."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.shared.contact import Channel
from infrastructure.channels.protocol import Cause, Outcome, Outgoing, RetryRule, Unknown
from infrastructure.runtime.role import wait_until
from infrastructure.runtime.sending import Sender
from infrastructure.store.database import Database
from infrastructure.wiring import workers
from tests.infrastructure.runtime.test_sending import messages_of, two_texts_asked_for
from tests.infrastructure.runtime.test_sending_fenced import Gateway, fold, let_leases_end
from tests.support.town import Town

pytestmark = pytest.mark.postgres


class Second(Gateway):
    """Another one of the same channel."""

    name = "second"


class Silent(Gateway):
    """A gateway that nobody can ask, and that answers nothing."""

    retry_rule = RetryRule.NONE
    settles_after = timedelta(seconds=8)  # no pause of this machine is taken for a sleep

    def send(self, outgoing: Outgoing) -> Outcome:
        """Take it or not: nobody learns."""
        del outgoing
        self.calls += 1
        return Unknown(Cause.TIMED_OUT)


def sender_of(town: Town, *gateways: Gateway) -> Sender:
    house = town.house
    town.crew = [w for w in town.crew if not isinstance(w, Sender)]
    together = workers.claims(house, 1)
    providers = {Channel.SMS: list(gateways)}
    return Sender(0, house.database, house.ledger, house.composer, providers, house.bell, together)


def stepped(town: Town, sender: Sender) -> None:
    let_leases_end(town)
    sender.step()
    fold(town)


def test_a_second_provider_takes_what_the_first_was_never_given(
    database: Database, tmp_path: Path
) -> None:
    """The first one cannot be reached; each message goes once, and by the second."""
    with two_texts_asked_for(database, tmp_path) as town:
        first, second = Gateway(), Second()
        first.away = True
        sender = sender_of(town, first, second)

        def both() -> bool:
            stepped(town, sender)
            return len(second.taken) == 2

        assert wait_until(both, 20, 0.05)
        assert first.taken == []
        fold(town)
        found = {(m.status, m.provider, m.attempts) for m in messages_of(town)}
        assert found == {("ACCEPTED", "second", 2)}


def test_no_second_provider_is_asked_about_what_the_first_may_have(
    database: Database, tmp_path: Path
) -> None:
    """RELIABILITY 3, class C: the family might hear it twice."""
    with two_texts_asked_for(database, tmp_path) as town:
        first, second = Silent(), Second()
        sender = sender_of(town, first, second)
        for _ in range(4):
            stepped(town, sender)
        assert (first.calls, second.calls) == (2, 0)
        assert {m.status for m in messages_of(town)} == {"OUTCOME_UNKNOWN"}

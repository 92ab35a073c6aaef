"""Two senders, a table that is behind, a sender that slept: still one message."""

from collections.abc import Container
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psycopg
import pytest

from api.inbound import record_status
from domain.message.aggregate import MAXIMUM_ATTEMPTS
from domain.shared.contact import Channel
from infrastructure.channels.protocol import (
    Accepted,
    Cause,
    Finding,
    NotFound,
    Outcome,
    Outgoing,
    Rejected,
    RetryCause,
    RetryRule,
)
from infrastructure.runtime import leases
from infrastructure.runtime.providers import Providers
from infrastructure.runtime.role import wait_until
from infrastructure.runtime.sending import Sender
from infrastructure.store.database import Database
from infrastructure.wiring import workers
from tests.infrastructure.runtime.test_sending import messages_of, two_texts_asked_for
from tests.support.town import TENANT, Town

pytestmark = pytest.mark.postgres


class Gateway:
    """A gateway in memory that can be asked; a test may do something in the middle of a call."""

    name = "gateway"
    channel = Channel.SMS
    retry_rule = RetryRule.LOOK_UP
    settles_after = timedelta(seconds=0.5)  # a quarter of it may lie between attempt and call
    keys_kept_for = timedelta()

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.calls = 0
        self.away = False
        self.in_the_middle: list[Any] = []
        self.before_the_answer: list[Any] = []

    def send(self, outgoing: Outgoing) -> Outcome:
        self.calls += 1
        try:
            if self.in_the_middle:
                self.in_the_middle.pop(0)(outgoing)
        except ConnectionRefusedError:
            return Rejected(Cause.NOT_REACHED, None, RetryCause.RETRY)
        if self.away:
            return Rejected(Cause.NOT_REACHED, None, RetryCause.RETRY)
        reference = self.reference_for(outgoing)
        self.taken.append(reference)
        if self.before_the_answer:
            self.before_the_answer.pop()()
        return Accepted(reference)

    def reference_for(self, outgoing: Outgoing) -> str:
        """Return the same for the same message, so that a double is seen."""
        return outgoing.key

    def look_up(self, outgoing: Outgoing, since: datetime, taken: Container[str] = ()) -> Finding:
        del since, taken
        return Accepted(outgoing.key) if outgoing.key in self.taken else NotFound()

    def close(self) -> None:
        """Nothing is open."""


def senders(town: Town, gateway: Gateway, count: int = 2) -> list[Sender]:
    house = town.house
    adapters: Providers = {Channel.SMS: [gateway]}
    town.crew = [w for w in town.crew if not isinstance(w, Sender)]
    return [
        Sender(
            n,
            house.database,
            house.ledger,
            house.composer,
            adapters,
            house.bell,
            workers.claims(house, 1),
        )
        for n in range(count)
    ]


def let_leases_end(town: Town) -> None:
    with town.house.database.worker() as conn:
        conn.execute("delete from lease where kind = 'send'")


def give_them_one_number(town: Town) -> None:
    """Let both have the same number, of whom the register knows by now that neither is a parent.

    Parents on one number hear one message; so the same words go to one number twice only here.
    """
    house = town.house
    with house.database.worker() as conn:
        guardians = [m.guardian_id for m in messages_of(town)]
        known = house.vault.get_many(conn, TENANT, guardians)
        for guardian in guardians:
            fields = {**known[guardian], "phone": "+353850001001"}
            house.vault.put(conn, TENANT, guardian, "guardian", {guardian: fields})
    with psycopg.connect(house.database.url) as conn:
        conn.execute("delete from guardian_link where guardian = any(%s)", (guardians,))


def fold(town: Town) -> None:
    for worker in workers.project(town.house):
        while worker.step():
            pass


def test_a_refused_message_waits_its_time_although_the_table_is_behind(
    database: Database, tmp_path: Path
) -> None:
    """The projector was dead for a second and the provider away: all tries were used up at once."""
    with two_texts_asked_for(database, tmp_path) as town:
        gateway = Gateway()
        gateway.away = True
        (sender,) = senders(town, gateway, 1)
        for _ in range(2 * MAXIMUM_ATTEMPTS):
            sender.step()
        assert gateway.calls == 2
        fold(town)
        assert {m.status for m in messages_of(town)} == {"DEFERRED"}


def test_two_senders_that_recover_the_same_attempt_call_once(
    database: Database, tmp_path: Path
) -> None:
    """A recovery outlived its lease, and the table still showed the attempt before it.

    Trap 32: a restart between the call and its record, and two who mend it at once.
    """
    with two_texts_asked_for(database, tmp_path) as town:
        gateway = Gateway()
        first, second = senders(town, gateway)

        def dies(_: Outgoing) -> None:
            raise SystemExit

        gateway.in_the_middle = [dies, dies]
        for _ in range(2):
            with pytest.raises(SystemExit):
                first.step()
            let_leases_end(town)
        fold(town)
        # The first one recovers; while it calls, its lease ends and the second one recovers, too.
        gateway.in_the_middle = [lambda _: _stepped(town, second, gateway)]
        assert wait_until(lambda: _stepped(town, first, gateway), 10)
        assert sorted(gateway.taken) == sorted(set(gateway.taken))


def _stepped(town: Town, sender: Sender, gateway: Gateway) -> bool:
    let_leases_end(town)
    sender.step()
    return len(set(gateway.taken)) == 2


def test_a_sender_that_slept_after_its_attempt_does_not_call(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine paused between attempt and call, and another sender had sent it long since."""
    with two_texts_asked_for(database, tmp_path) as town:
        gateway = Gateway()
        sleeper, other = senders(town, gateway)
        slept: list[str] = []

        def sleep_at(name: str) -> None:
            if name == "send.after_attempt" and not slept:
                slept.append(name)
                let_leases_end(town)
                assert wait_until(lambda: _folded_and_stepped(town, other, gateway), 10)

        monkeypatch.setattr("infrastructure.runtime.sending.crash_point", sleep_at)
        sleeper.step()
        assert slept
        assert sorted(gateway.taken) == sorted(set(gateway.taken))


def _folded_and_stepped(town: Town, sender: Sender, gateway: Gateway) -> bool:
    fold(town)
    return _stepped(town, sender, gateway)


class LateRefusal:
    """The first call of a sleeper is refused while another sender is calling for the same one."""

    def __init__(self, town: Town, gateway: Gateway, other: Sender) -> None:
        self._town, self._gateway, self._other = town, gateway, other
        self._key = ""
        self._calling, self._told = Event(), Event()
        self._thread = Thread(target=self._recover)
        gateway.in_the_middle = [self._refuse]

    def told(self) -> None:
        """The sleeper has said that its call was refused: the other call may go on."""
        self._told.set()
        self._thread.join()

    def _refuse(self, outgoing: Outgoing) -> None:
        self._key = outgoing.key
        self._gateway.in_the_middle.append(self._call)
        self._thread.start()
        assert self._calling.wait(10)
        raise ConnectionRefusedError

    def _call(self, outgoing: Outgoing) -> None:
        if outgoing.key != self._key:
            self._gateway.in_the_middle.append(self._call)
            return
        self._calling.set()
        assert self._told.wait(10)

    def _recover(self) -> None:
        def called() -> bool:
            _folded_and_stepped(self._town, self._other, self._gateway)
            return self._calling.is_set()

        assert wait_until(called, 10)


def test_a_late_refusal_does_not_undo_the_attempt_of_another_sender(
    database: Database, tmp_path: Path
) -> None:
    """The first sender's call failed and it slept; the second one was in the middle of its own."""
    with two_texts_asked_for(database, tmp_path) as town:
        gateway = Gateway()
        sleeper, other = senders(town, gateway)
        late = LateRefusal(town, gateway, other)
        sleeper.step()
        late.told()
        fold(town)
        assert {m.status for m in messages_of(town)} == {"ACCEPTED"}
        assert sorted(gateway.taken) == sorted(set(gateway.taken))


class Forgetful(Gateway):
    """A gateway that knows words and numbers only, and was told the same words twice."""

    asked = 0

    def look_up(self, outgoing: Outgoing, since: datetime, taken: Container[str] = ()) -> Finding:
        del outgoing, since
        self.asked += 1
        left = [ref for ref in self.taken if ref not in taken]
        return Accepted(left[0]) if left else NotFound()

    def reference_for(self, outgoing: Outgoing) -> str:
        """Give a new one each time, as such gateways do."""
        return f"{outgoing.key}#{len(self.taken)}"


def dies(_: Outgoing) -> None:
    raise SystemExit


def test_an_acceptance_that_the_table_does_not_show_yet_is_not_taken_for_another_message(
    database: Database, tmp_path: Path
) -> None:
    """The first sender died before its call, and the same words had gone for the other parent."""
    with two_texts_asked_for(database, tmp_path) as town:
        give_them_one_number(town)
        gateway = Forgetful()
        first, second = senders(town, gateway)
        gateway.in_the_middle = [dies]
        with pytest.raises(SystemExit):
            first.step()
        fold(town)
        assert wait_until(lambda: _stepped(town, second, gateway), 10)
        fold(town)
        assert {m.provider_ref for m in messages_of(town)} == set(gateway.taken)


def test_an_acceptance_that_nobody_has_written_down_yet_has_one_owner(
    database: Database, tmp_path: Path
) -> None:
    """The call for one parent had just been answered when the other parent's was looked up.

    Both messages were told that they had been taken, by the same text: one parent heard nothing.
    """
    with two_texts_asked_for(database, tmp_path) as town:
        gateway = Forgetful()
        first, second = an_attempt_left_open(town, gateway)

        def look_up_meanwhile() -> None:
            assert wait_until(lambda: _stepped(town, second, gateway) or gateway.asked > 0, 10)

        gateway.before_the_answer = [look_up_meanwhile]
        first.step()
        assert wait_until(lambda: _folded_and_stepped(town, first, gateway), 10)
        everybody_owns_one(town, gateway)


def test_a_callback_that_overtakes_the_call_is_given_to_the_owner_of_its_text(
    database: Database, tmp_path: Path
) -> None:
    """The provider told of a text before its call was answered, and another message had it."""
    with two_texts_asked_for(database, tmp_path) as town:
        gateway = Forgetful()
        first, second = an_attempt_left_open(town, gateway)
        other = next(m for m in messages_of(town) if m.status == "REQUESTED")

        def told_of_meanwhile() -> None:
            assert wait_until(lambda: _stepped(town, second, gateway) or gateway.asked > 0, 10)
            told = {"MessageStatus": "delivered", "MessageSid": gateway.taken[0]}
            record_status(town.house, TENANT, other.message_id, told)

        gateway.before_the_answer = [told_of_meanwhile]
        first.step()
        assert wait_until(lambda: _folded_and_stepped(town, first, gateway), 10)
        everybody_owns_one(town, gateway)
        assert {m.status for m in messages_of(town)} == {"ACCEPTED", "DELIVERED"}


def an_attempt_left_open(town: Town, gateway: Gateway) -> list[Sender]:
    """Let a sender die before its call; the other message has not been touched."""
    give_them_one_number(town)
    both = senders(town, gateway)
    gateway.in_the_middle = [dies]
    with pytest.raises(SystemExit):
        both[0].step()
    fold(town)
    let_leases_end(town)
    open_one = next(m for m in messages_of(town) if m.status == "ATTEMPTED")
    with town.house.database.worker() as conn:
        leases.take(conn, [(TENANT, open_one.message_id)], "send", "nobody", 60)
    return both


def everybody_owns_one(town: Town, gateway: Gateway) -> None:
    fold(town)
    assert len(gateway.taken) == 2
    assert {m.provider_ref for m in messages_of(town)} == set(gateway.taken)

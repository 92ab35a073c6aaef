import threading
from collections.abc import Callable

import pytest

from infrastructure.relay.outbound import Relay
from infrastructure.relay.reference_consumer import count_published
from infrastructure.store.database import Database
from infrastructure.store.errors import Unavailable
from infrastructure.store.recorder import LedgerRecorder
from tests.support.relaying import MovedClock, position, publish_all, store, walks

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
Make = Callable[..., Relay]


def test_the_second_relay_stands_by_until_the_first_is_gone(
    make_relay: Make,
    bootstrap: str,
    prefix: str,
    clock: MovedClock,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    store(database, recorder, walks(range(5)))
    active, standby = make_relay(bootstrap, batch=8), make_relay(bootstrap)
    assert active.step() == 8
    assert standby.step() == 0
    assert standby.health().state == "standby"

    active.close()
    clock.pass_by(1.1)
    assert publish_all(standby) == 12
    assert count_published(bootstrap, prefix) == 20


def test_a_position_moved_by_a_person_is_not_written_over(
    make_relay: Make,
    bootstrap: str,
    prefix: str,
    database: Database,
    recorder: LedgerRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    positions = store(database, recorder, walks(range(5)))
    relay, person = make_relay(bootstrap, batch=8), make_relay(bootstrap)
    relay.step()
    # The person speaks just between the acknowledgements of a batch and its position.
    monkeypatch.setattr(
        "infrastructure.relay.outbound.crash_point",
        lambda name: (
            person.restart_from(positions[3], by="anna", reason="a new broker")
            if name == "relay.after_publish"
            else None
        ),
    )
    assert relay.step() == 0
    assert position(database, recorder) == positions[3]

    monkeypatch.undo()
    publish_all(relay)
    assert position(database, recorder) == positions[-1]
    assert count_published(bootstrap, prefix) == 8 + 8 + 16


def test_the_loop_publishes_until_it_is_told_to_stop(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    positions = store(database, recorder, walks(range(5)))
    relay, stop = make_relay(bootstrap), threading.Event()
    loop = threading.Thread(target=relay.run, args=(stop,))
    loop.start()
    try:
        while relay.health().position < positions[-1]:
            assert loop.is_alive()
            stop.wait(0.01)
    finally:
        stop.set()
        loop.join(30)
    assert not loop.is_alive()
    assert count_published(bootstrap, prefix) == 20
    other = make_relay(bootstrap)
    other.step()
    assert other.health().state == "active", "the lock was let go"


def test_a_relay_whose_lock_is_lost_with_its_connection_says_that_the_store_is_away(
    make_relay: Make, bootstrap: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap)
    relay.step()
    with database.owner() as conn:
        conn.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    with pytest.raises(Unavailable):
        relay.step()
    assert relay.step() == 0
    assert relay.health().state == "active"


def test_the_loop_outlives_a_store_that_was_away(
    make_relay: Make,
    bootstrap: str,
    database: Database,
    recorder: LedgerRecorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("infrastructure.relay.outbound._LONGEST_BACK_OFF", 0.01)
    relay, stop = make_relay(bootstrap), threading.Event()
    loop = threading.Thread(target=relay.run, args=(stop,))
    loop.start()
    try:
        while relay.health().state != "active":
            stop.wait(0.01)
        with database.owner() as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        positions = store(database, recorder, walks(range(5)))
        while relay.health().position < positions[-1]:
            assert loop.is_alive()
            stop.wait(0.01)
    finally:
        stop.set()
        loop.join(30)

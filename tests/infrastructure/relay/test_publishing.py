from collections.abc import Callable

import pytest

from domain.contact_choice.events import ConsentRecorded
from domain.playbook_run.events import RunStarted, StepScheduled
from infrastructure.relay.outbound import Relay
from infrastructure.relay.reference_consumer import count_published
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from tests.support.examples import example
from tests.support.relaying import (
    fresh,
    on_topics,
    parked,
    position,
    publish_all,
    store,
    stream,
    told,
    walks,
)

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
Make = Callable[..., Relay]


def test_facts_of_a_stream_lie_on_one_partition_in_their_order(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks(range(50)))
    assert publish_all(make_relay(bootstrap, batch=64)) == 200

    by_key: dict[bytes, list[tuple[int, int]]] = {}
    for record in on_topics(bootstrap, prefix):
        version = int(told(record, "ce_streamversion"))
        by_key.setdefault(record.key, []).append((record.partition, version))
    assert len(by_key) == 50
    assert len({places[0][0] for places in by_key.values()}) > 1
    for places in by_key.values():
        assert [version for _, version in places] == [1, 2, 3, 4]
        assert len({partition for partition, _ in places}) == 1


def test_the_position_is_the_last_fact_that_was_acknowledged(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    positions = store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap, batch=8)

    assert relay.step() == 8
    assert position(database, recorder) == positions[7]
    assert count_published(bootstrap, prefix) == 8
    assert relay.health().lag == positions[-1] - positions[7]

    publish_all(relay)
    assert position(database, recorder) == positions[-1]
    assert count_published(bootstrap, prefix) == 20
    health = relay.health()
    assert (health.state, health.lag, health.published) == ("active", 0, 20)


def test_a_relay_that_is_behind_has_the_next_page_ready_and_says_so(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap, batch=8)
    steps = [(relay.step(), relay.behind) for _ in range(4)]
    assert steps == [(8, True), (8, True), (4, False), (0, False)]
    assert count_published(bootstrap, prefix) == 20


def test_a_page_read_ahead_is_not_used_once_the_position_was_moved(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    positions = store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap, batch=8)
    relay.step()
    relay.restart_from(positions[1], by="anna", reason="a consumer wants them again")
    relay.step()
    assert position(database, recorder) == positions[9]


def test_a_fact_that_stays_inside_moves_the_position_all_the_same(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    positions = store(database, recorder, [fresh(1, 1, example(ConsentRecorded))])
    assert make_relay(bootstrap).step() == 1
    assert position(database, recorder) == positions[0]
    assert count_published(bootstrap, prefix) == 0


def test_a_fact_that_is_too_large_parks_its_stream_and_the_others_go_on(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    large, later = fresh(1, 1, example(RunStarted)), fresh(1, 2, example(StepScheduled))
    other = fresh(2, 1, example(StepScheduled))
    positions = store(database, recorder, [large, later, other])

    relay = make_relay(bootstrap, max_record_bytes=1_300)
    publish_all(relay)
    assert [told(record, "ce_subject") for record in on_topics(bootstrap, prefix)] == [
        str(stream(2))
    ]
    assert [row[:2] for row in parked(database)] == [
        (stream(1), positions[0]),
        (stream(1), positions[1]),
    ]
    assert position(database, recorder) == positions[2]
    assert relay.health().parked_streams == 1

    next_day = store(database, recorder, [fresh(1, 3, example(StepScheduled))])
    publish_all(relay)
    assert parked(database)[-1][:2] == (stream(1), next_day[0])


def test_a_parked_stream_catches_up_in_order_after_the_fix(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks([1]))
    small = make_relay(bootstrap, max_record_bytes=1_300)
    publish_all(small)
    assert small.retry_parked() == 0
    assert len(parked(database)) == 4
    small.close()

    assert make_relay(bootstrap).retry_parked() == 4
    assert parked(database) == []
    versions = [told(record, "ce_streamversion") for record in on_topics(bootstrap, prefix)]
    assert versions == ["1", "2", "3", "4"]


def test_a_fact_that_this_release_cannot_read_parks_its_stream(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    positions = store(database, recorder, walks([1, 2], versions=[1, 2]))
    with database.owner() as conn:
        conn.execute(
            "update ledger set topic = 'playbook_run.of_tomorrow' where notification_id = %s",
            (positions[0],),
        )
    publish_all(make_relay(bootstrap))
    subjects = {told(record, "ce_subject") for record in on_topics(bootstrap, prefix)}
    assert subjects == {str(stream(2))}
    waiting = parked(database)
    assert [row[1] for row in waiting] == [positions[0], positions[2]]
    assert "of_tomorrow" in waiting[0][2]


def test_without_a_broker_the_relay_is_parked_and_says_so(
    make_relay: Make, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks([1]))
    relay = make_relay(None)
    assert relay.step() == 0
    assert relay.retry_parked() == 0
    assert relay.health().state == "parked"
    assert relay.health().parked_reason == "no broker is configured"
    assert position(database, recorder) is None

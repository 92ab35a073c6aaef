from collections.abc import Callable

import pytest

from infrastructure.relay.outbound import Relay
from infrastructure.relay.reference_consumer import ReferenceConsumer
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from projections.run_monitor import RUN_MONITOR
from tests.support.examples import TENANT
from tests.support.relaying import Came, on_topics, publish_all, store, stream, walks

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
Make = Callable[..., Relay]


def test_a_record_that_comes_twice_counts_once(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks(range(5)))
    publish_all(make_relay(bootstrap))
    with ReferenceConsumer(bootstrap, prefix) as consumer:
        assert consumer.catch_up() == 20
        once = consumer.rows(RUN_MONITOR)
        for record in on_topics(bootstrap, prefix):
            consumer.take(record)
        assert (consumer.received, consumer.repeated) == (40, 20)
        assert consumer.rows(RUN_MONITOR) == once


def test_facts_that_come_out_of_order_are_taken_in_the_order_of_their_stream(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks(range(5)))
    publish_all(make_relay(bootstrap))
    records = on_topics(bootstrap, prefix)
    rows = []
    for order in (records, records[::-1]):
        with ReferenceConsumer(bootstrap, prefix) as consumer:
            for record in order:
                consumer.take(record)
            rows.append(consumer.rows(RUN_MONITOR))
    assert rows[0] == rows[1]
    assert set(rows[0]) == {(TENANT, str(stream(n))) for n in range(5)}


def test_a_type_that_it_does_not_know_is_passed_over(bootstrap: str, prefix: str) -> None:
    with ReferenceConsumer(bootstrap, prefix) as consumer:
        consumer.take(Came(b"{}", [("ce_id", b"1"), ("ce_type", b"ie.anseo.new.v1")]))
        assert consumer.passed_over == 1
        assert list(consumer.facts()) == []


def test_it_reads_on_from_where_it_was(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    relay = make_relay(bootstrap)
    with ReferenceConsumer(bootstrap, prefix, ["playbook_run"]) as consumer:
        assert consumer.catch_up() == 0, "the topics are not even there"
        store(database, recorder, walks(range(5), versions=[1]))
        publish_all(relay)
        assert consumer.catch_up() == 5
        store(database, recorder, walks(range(5), versions=[2]))
        publish_all(relay)
        assert consumer.catch_up() == 5
        assert consumer.received == 10

import gc
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from infrastructure.embedded.broker import EmbeddedBroker
from infrastructure.relay import state
from infrastructure.relay.broker import Session
from infrastructure.relay.outbound import Relay
from infrastructure.relay.reference_consumer import count_published
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from tests.support.broker import address, kill, own_broker
from tests.support.relaying import (
    MovedClock,
    on_topics,
    position,
    publish_all,
    store,
    told,
    walks,
)

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.kafka,
    # The client leaves the socket of a connection that failed to the garbage collector.
    pytest.mark.filterwarnings("ignore:Exception ignored in. <socket"),
]
Make = Callable[..., Relay]


@pytest.fixture(autouse=True)
def _sockets_of_lost_connections_are_collected_here() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def own() -> Iterator[EmbeddedBroker]:
    with own_broker() as broker:
        yield broker


def test_a_broker_that_is_away_is_waited_for_and_nothing_is_lost(
    make_relay: Make,
    own: EmbeddedBroker,
    prefix: str,
    clock: MovedClock,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    bootstrap = address(own)
    kill(own)
    store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap)

    assert relay.step() == 0
    health = relay.health()
    assert (health.state, health.last_error) == ("waiting", f"no broker answers at {bootstrap}")
    assert position(database, recorder) is None

    assert address(own) == bootstrap
    assert relay.step() == 0, "before its time it does not even try"
    clock.pass_by(0.2)
    assert publish_all(relay) == 20
    assert (relay.health().state, relay.health().last_error) == ("active", "")
    assert count_published(bootstrap, prefix) == 20


def test_the_waits_for_a_broker_grow_up_to_five_seconds(
    make_relay: Make, own: EmbeddedBroker, clock: MovedClock
) -> None:
    bootstrap = address(own)
    kill(own)
    relay = make_relay(bootstrap)
    tries = []
    for _ in range(2_000):
        before = relay._not_before
        relay.step()
        if relay._not_before != before:
            tries.append(round(clock.now, 1))
        clock.pass_by(0.1)
        if len(tries) == 9:
            break
    gaps = [round(after - before, 1) for before, after in pairwise(tries)]
    assert gaps[0] < gaps[3] < gaps[-1] <= 5.1


def test_a_broker_lost_between_two_batches_moves_no_position(
    make_relay: Make,
    own: EmbeddedBroker,
    prefix: str,
    clock: MovedClock,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    first = store(database, recorder, walks(range(5)))
    relay = make_relay(address(own), patience_seconds=1.0)
    publish_all(relay)
    kill(own)

    store(database, recorder, walks(range(5, 10)))
    assert relay.step() == 0
    assert relay.health().state == "waiting"
    assert position(database, recorder) == first[-1]


def test_another_broker_under_the_same_address_parks_the_relay_until_a_person_speaks(
    make_relay: Make,
    own: EmbeddedBroker,
    prefix: str,
    clock: MovedClock,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    positions = store(database, recorder, walks(range(5)))
    bootstrap = address(own)
    relay = make_relay(bootstrap)
    publish_all(relay)
    was = own.cluster_id()
    kill(own)
    assert address(own) == bootstrap

    clock.pass_by(6)
    relay.step()  # idle, it asks the broker who it is
    clock.pass_by(6)
    assert relay.step() == 0
    health = relay.health()
    assert health.state == "parked"
    assert health.parked_reason == (
        f"cluster {own.cluster_id()} answers, facts were published to {was}"
    )
    assert count_published(bootstrap, prefix) == 0

    again = make_relay(bootstrap)
    relay.close()
    assert again.step() == 0, "it stays parked for whoever comes next"
    assert again.health().state == "parked"

    again.restart_from(positions[9], by="anna", reason="a new broker")
    assert publish_all(again) == 10
    sequences = sorted(int(told(record, "ce_sequence")) for record in on_topics(bootstrap, prefix))
    assert sequences == positions[10:]
    assert again.health().state == "active"


def test_an_embedded_broker_that_has_forgotten_is_told_everything_again(
    make_relay: Make,
    own: EmbeddedBroker,
    prefix: str,
    clock: MovedClock,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    positions = store(database, recorder, walks(range(5)))
    bootstrap = address(own)
    relay = make_relay(bootstrap, republish_when_forgotten=True)
    publish_all(relay)
    kill(own)
    address(own)

    clock.pass_by(6)
    relay.step()
    clock.pass_by(6)
    assert publish_all(relay) == 20
    assert position(database, recorder) == positions[-1]
    assert count_published(bootstrap, prefix) == 20


def test_topics_that_are_gone_are_noticed_although_the_cluster_is_the_same(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap)
    publish_all(relay)
    relay.close()
    session = Session(bootstrap)
    session._admin.delete_topics([f"{prefix}.playbook_run"])
    session.close()

    again = make_relay(bootstrap)
    assert again.step() == 0
    assert again.health().parked_reason == f"topic {prefix}.playbook_run is gone"


def test_topics_made_anew_are_noticed_too(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap)
    publish_all(relay)
    relay.close()
    session = Session(bootstrap)
    session._admin.delete_topics([f"{prefix}.playbook_run"])
    session.create([f"{prefix}.playbook_run"], 6)
    session.close()

    again = make_relay(bootstrap)
    assert again.step() == 0
    assert again.health().parked_reason == f"topic {prefix}.playbook_run was made anew"


def test_a_broker_whose_log_ends_before_what_was_published_is_noticed(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap)
    publish_all(relay)
    relay.close()
    with database.worker() as conn:
        known = state.known(conn)
        known.topics[f"{prefix}.playbook_run"].ends[0] += 1_000
        state.remember(conn, known)

    again = make_relay(bootstrap)
    assert again.step() == 0
    reason = f"topic {prefix}.playbook_run ends before what was published"
    assert again.health().parked_reason == reason


def test_acknowledgements_where_other_facts_lay_before_are_not_believed(
    make_relay: Make,
    bootstrap: str,
    prefix: str,
    clock: MovedClock,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    first = store(database, recorder, walks(range(50), versions=[1]))
    relay = make_relay(bootstrap)
    publish_all(relay)
    session = Session(bootstrap)
    session._admin.delete_topics([f"{prefix}.playbook_run"])
    session.create([f"{prefix}.playbook_run"], 6)
    session.close()

    store(database, recorder, walks(range(50), versions=[2]))
    assert relay.step() == 0
    assert position(database, recorder) == first[-1]
    clock.pass_by(1)
    assert relay.step() == 0
    assert relay.health().parked_reason == f"topic {prefix}.playbook_run was made anew"


def test_a_relay_that_comes_back_to_its_broker_goes_on_where_it_was(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks(range(50)))
    first = make_relay(bootstrap, batch=90)
    first.step()
    first.close()
    assert publish_all(make_relay(bootstrap)) == 110
    assert count_published(bootstrap, prefix) == 200


def test_a_log_that_lost_its_end_is_noticed_by_the_next_acknowledgement(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    """Later its end would lie behind what was published once, and nobody would miss anything."""
    first = store(database, recorder, walks(range(50), versions=[1]))
    relay = make_relay(bootstrap)
    publish_all(relay)
    assert relay._link
    ends = relay._link.known.topics[f"{prefix}.playbook_run"].ends
    ends[:] = [end + 1 for end in ends]

    store(database, recorder, walks(range(50), versions=[2, 3, 4]))
    assert relay.step() == 0
    assert relay.health().state == "parked"
    assert relay.health().parked_reason == "records were acknowledged where others lay before"
    assert position(database, recorder) == first[-1]


def test_topics_made_anew_are_noticed_while_there_is_nothing_to_do(
    make_relay: Make,
    bootstrap: str,
    prefix: str,
    clock: MovedClock,
    database: Database,
    recorder: LedgerRecorder,
) -> None:
    store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap)
    publish_all(relay)
    session = Session(bootstrap)
    session._admin.delete_topics([f"{prefix}.playbook_run"])
    session.create([f"{prefix}.playbook_run"], 6)
    session.close()

    clock.pass_by(6)
    relay.step()
    clock.pass_by(6)
    relay.step()
    assert relay.health().parked_reason == f"topic {prefix}.playbook_run was made anew"

"""What a person decides about the relay is kept, and what is parked can be seen."""

from collections.abc import Callable

import psycopg
import pytest

from infrastructure.relay import choices
from infrastructure.relay.choices import NoSuchPosition
from infrastructure.relay.outbound import Relay
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from tests.support.examples import TENANT
from tests.support.relaying import position, publish_all, store, stream, walks

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
Make = Callable[..., Relay]


def test_who_restarted_from_where_and_why_is_kept_for_an_auditor(
    make_relay: Make, bootstrap: str, database: Database, recorder: LedgerRecorder
) -> None:
    positions = store(database, recorder, walks(range(5)))
    relay = make_relay(bootstrap)
    publish_all(relay)
    with database.worker() as conn:
        cluster = choices.status(conn, recorder).cluster_id
    relay.restart_from(positions[9], by="anna", reason="disk of the third node lost")

    with database.auditor(TENANT) as conn:
        (choice,) = choices.choices(conn)
    assert (choice.chosen_by, choice.reason) == ("anna", "disk of the third node lost")
    assert (choice.from_position, choice.was_at) == (positions[9], positions[-1])
    assert choice.cluster_id == cluster != ""
    assert publish_all(relay) == 10


def test_a_choice_can_be_neither_changed_nor_taken_back(
    make_relay: Make, bootstrap: str, database: Database, recorder: LedgerRecorder
) -> None:
    store(database, recorder, walks([1]))
    make_relay(bootstrap).restart_from(0, by="anna", reason="a new cluster")
    for wish in ("update relay_choice set reason = 'none'", "delete from relay_choice"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.worker() as conn:
            conn.execute(wish)


@pytest.mark.parametrize("wish", [-1, 1_000_000])
def test_a_position_that_the_ledger_does_not_have_changes_nothing(
    wish: int, make_relay: Make, bootstrap: str, database: Database, recorder: LedgerRecorder
) -> None:
    positions = store(database, recorder, walks([1]))
    relay = make_relay(bootstrap)
    publish_all(relay)
    with pytest.raises(NoSuchPosition):
        relay.restart_from(wish, by="anna", reason="a slip")
    assert position(database, recorder) == positions[-1]
    with database.worker() as conn:
        assert list(choices.choices(conn)) == []


def test_the_status_tells_of_parked_streams_with_their_first_fact(
    make_relay: Make, bootstrap: str, prefix: str, database: Database, recorder: LedgerRecorder
) -> None:
    positions = store(database, recorder, walks([1]))
    relay = make_relay(bootstrap, max_record_bytes=1_300)
    publish_all(relay)
    with database.worker() as conn:
        found = choices.status(conn, recorder)
    assert (found.position, found.lag, found.parked) == (positions[-1], 0, "")
    (one,) = found.parked_streams
    assert (one.stream, one.facts, one.first) == (str(stream(1)), 4, positions[0])
    assert one.error == "MessageSizeTooLargeError"

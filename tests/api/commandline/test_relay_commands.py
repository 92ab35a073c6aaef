"""The relay's door on the command line, over a ledger and a broker of the test's own."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from infrastructure.relay.outbound import Relay
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from tests.support import broker, command
from tests.support.relaying import on_topics, publish_all, store, told, walks
from tests.support.rig import clean_environment

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
Anseo = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def bootstrap() -> Iterator[str]:
    with broker.server() as address:
        yield address


@pytest.fixture
def prefix() -> str:
    return broker.fresh_prefix()


@pytest.fixture
def relay(database: Database, bootstrap: str, prefix: str) -> Iterator[Relay]:
    """A relay that finds the first fact of every run too large."""
    recorder = LedgerRecorder(database.url)
    relay = Relay(database, recorder, bootstrap, prefix, max_record_bytes=1_300)
    yield relay
    relay.close()
    recorder.datastore.close()


@pytest.fixture
def anseo(database: Database, bootstrap: str, prefix: str, tmp_path: Path) -> Anseo:
    def said(*words: str, status: int = 0) -> CompletedProcess[str]:
        done = command.run(
            "relay",
            *words,
            environment={
                **clean_environment(),
                "ANSEO_HOME": str(tmp_path / "home"),
                "DATABASE_URL": database.url,
                "KAFKA_BOOTSTRAP": bootstrap,
                "KAFKA_TOPIC_PREFIX": prefix,
            },
        )
        assert done.returncode == status, done.stderr
        return done

    return said


def last_json(done: CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_status_of_a_relay_that_never_ran(anseo: Anseo) -> None:
    found = last_json(anseo("status", "--json"))
    assert (found["position"], found["cluster_id"], found["choices"]) == (0, "", [])
    assert "position 0 of 0" in anseo("status").stdout


def test_a_restart_needs_a_reason_and_a_position_and_is_shown_afterwards(
    anseo: Anseo, relay: Relay, database: Database
) -> None:
    positions = store(database, relay._recorder, walks([1], versions=[2, 3]))
    publish_all(relay)
    assert "Missing option" in anseo("restart", "--from", "0", status=2).stderr
    assert "auditor" in anseo("restart", "--from", "0", "--reason", " ", status=2).stderr
    late = anseo("restart", "--from", "99999", "--reason", "a slip", status=2)
    assert "not between" in late.stderr

    words = ("restart", "--from", str(positions[0]), "--reason", "a new cluster", "--by", "anna")
    told_back = last_json(anseo(*words, "--json"))
    assert (told_back["from_position"], told_back["was_at"]) == tuple(positions)
    found = last_json(anseo("status", "--json"))
    assert found["position"] == positions[0]
    assert [(c["chosen_by"], c["reason"]) for c in found["choices"]] == [("anna", "a new cluster")]
    assert "anna: from" in anseo("status").stdout
    assert "goes on behind 0" in anseo("restart", "--from", "0", "--reason", "again").stdout


def test_parked_facts_are_published_in_order_once_somebody_asks(
    anseo: Anseo, relay: Relay, database: Database, bootstrap: str, prefix: str
) -> None:
    store(database, relay._recorder, walks([1]))
    publish_all(relay)
    assert "MessageSizeTooLarge" in anseo("status").stdout
    relay.close()

    assert last_json(anseo("retry", "--json")) == {"published": 4, "parked_streams": []}
    versions = [told(record, "ce_streamversion") for record in on_topics(bootstrap, prefix)]
    assert versions == ["1", "2", "3", "4"]
    assert "0 facts published, 0 streams" in anseo("retry").stdout


def test_nothing_is_tried_again_at_a_broker_that_has_forgotten(
    anseo: Anseo, relay: Relay, database: Database
) -> None:
    store(database, relay._recorder, walks([1]))
    publish_all(relay)
    with database.owner() as conn:
        conn.execute("update relay_state set cluster_id = 'the one before'")
    assert "the one before" in anseo("retry", status=1).stderr
    anseo("status")
    assert "PARKED" in anseo("status").stdout

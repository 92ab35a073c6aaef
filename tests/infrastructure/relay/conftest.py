"""A broker of the session, a topic prefix of each test, a ledger to relay, a clock to move."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infrastructure.relay.outbound import Relay
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from tests.support import broker
from tests.support.relaying import MovedClock


@pytest.fixture(scope="session")
def bootstrap() -> Iterator[str]:
    """The broker of this session."""
    with broker.server() as address:
        yield address


@pytest.fixture
def prefix() -> str:
    """Topics of this test alone."""
    return broker.fresh_prefix()


@pytest.fixture
def recorder(database: Database) -> Iterator[LedgerRecorder]:
    """The ledger's recorder."""
    recorder = LedgerRecorder(database.url)
    yield recorder
    recorder.datastore.close()


@pytest.fixture
def clock() -> MovedClock:
    """The machine's clock as a relay sees it, moved by hand."""
    return MovedClock()


@pytest.fixture
def make_relay(
    database: Database, recorder: LedgerRecorder, prefix: str, clock: MovedClock
) -> Iterator[Callable[..., Relay]]:
    """Make relays and close them in the end."""
    made: list[Relay] = []

    def make(bootstrap: str | None, **settings: Any) -> Relay:
        relay = Relay(
            database,
            recorder,
            bootstrap,
            prefix,
            monotonic=clock,
            **{"patience_seconds": 2.0} | settings,
        )
        made.append(relay)
        return relay

    yield make
    for relay in made:
        relay.close()

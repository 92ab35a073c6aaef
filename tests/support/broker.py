"""The broker of the tests: the embedded one, or the one that ANSEO_TEST_KAFKA names."""

import os
import secrets
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infrastructure.embedded.broker import EmbeddedBroker
from infrastructure.embedded.processes import end, free_port, wait_until


@contextmanager
def server() -> Iterator[str]:
    """Start (or take) a broker and give its address."""
    given = os.environ.get("ANSEO_TEST_KAFKA")
    if given:
        yield given
        return
    with own_broker() as broker:
        yield address(broker)


@contextmanager
def own_broker() -> Iterator[EmbeddedBroker]:
    """Give a broker of one test's own, not yet started: it may be stopped and started at will."""
    with tempfile.TemporaryDirectory(prefix="anseo-test-broker-") as home:
        broker = EmbeddedBroker(Path(home))
        try:
            yield broker
        finally:
            if broker.running():
                kill(broker)


def address(broker: EmbeddedBroker) -> str:
    """Start a broker unless it runs, and return its address."""
    bootstrap = broker.ensure()
    assert bootstrap is not None, "no broker can be started here; set ANSEO_TEST_KAFKA"
    return bootstrap


def kill(broker: EmbeddedBroker) -> None:
    """End a broker at once, as a power cut would; told to stop it waits for its clients."""
    port = int(address(broker).rpartition(":")[2])
    end(broker._pid() or 0, signal.SIGKILL)
    assert wait_until(lambda: free_port(port) == port, seconds=10), "its port is still taken"


def fresh_prefix() -> str:
    """Return a topic prefix that no other test uses on the same broker."""
    return f"test-{secrets.token_hex(4)}"

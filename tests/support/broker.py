"""The broker of the tests: the embedded one, or the one that ANSEO_TEST_KAFKA names."""

import os
import secrets
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infrastructure.embedded.broker import EmbeddedBroker, broker_program
from infrastructure.embedded.processes import LOOPBACK, accepts, end, free_port, wait_until


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


class ForgetfulNode:
    """The embedded broker's program behind an address that leads through what a test puts between.

    It forgets everything when it is killed. The address is told by `advertise`, before its start.
    """

    def __init__(self, home: Path) -> None:
        self._log = home / "broker.log"
        self._outside = 0
        self._process: subprocess.Popen[bytes] | None = None
        self.behind = free_port()

    @property
    def bootstrap(self) -> str:
        """Where everybody comes to: it has one address only."""
        return f"{LOOPBACK}:{self._outside}"

    def advertise(self, outside: int) -> None:
        """Say at which port clients are to come."""
        self._outside = outside

    def start(self) -> None:
        """Start it under a new cluster id, as every start of it is."""
        program = broker_program()
        assert program is not None, "no broker can be started here"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *(program, "broker", "--cluster-id", str(uuid.uuid4())),
                    *("--listener-url", f"tcp://{LOOPBACK}:{self.behind}"),
                    *("--advertised-listener-url", f"tcp://{LOOPBACK}:{self._outside}"),
                    *("--storage-engine", "memory://tansu/"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert wait_until(lambda: accepts(self.behind), seconds=20), self._log.read_text()[-2_000:]

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


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

"""Apache Kafka itself, in KRaft mode, for tests: its server's artifacts come from Maven Central.

Maven fetches them once into a folder of the user's cache; then Java runs one node that is broker
and controller. Unlike the embedded broker it keeps what it has acknowledged when it is killed.
"""

import base64
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infrastructure.embedded.processes import LOOPBACK, accepts, free_port, wait_until
from infrastructure.relay.broker import topics_at
from infrastructure.relay.publishing import BrokerAway

VERSION: Final = "4.1.0"
_ARTIFACT: Final = "kafka_2.13"
_POM: Final = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>anseo</groupId><artifactId>broker-of-tests</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies><dependency>
    <groupId>org.apache.kafka</groupId><artifactId>{_ARTIFACT}</artifactId>
    <version>{VERSION}</version>
  </dependency></dependencies>
</project>
"""
_SETTINGS: Final = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller}
listeners=DIRECT://{host}:{direct},OUTSIDE://{host}:{behind},CONTROLLER://{host}:{controller}
advertised.listeners=DIRECT://{host}:{direct},OUTSIDE://{host}:{outside}
listener.security.protocol.map=DIRECT:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=DIRECT
log.dirs={logs}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=400
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
"""
_JAVA: Final = ("java", "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_START_SECONDS: Final = 60.0
_FETCH_SECONDS: Final = 600


def missing() -> str:
    """Say which program this machine lacks to run Apache Kafka; empty when it has all."""
    needed = ("java",) if _lib().exists() else ("java", "mvn")
    lacking = [program for program in needed if shutil.which(program) is None]
    return f"no {' and no '.join(lacking)} on this machine" if lacking else ""


def _lib() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "anseo" / f"{_ARTIFACT}-{VERSION}"


def jars() -> Path:
    """Return the folder of the server's artifacts, fetched where they are not there yet."""
    lib = _lib()
    if not lib.exists():
        lib.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=lib.parent) as folder:
            (Path(folder) / "pom.xml").write_text(_POM)
            fetch = ("mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime")
            subprocess.run(
                [*fetch, "-DoutputDirectory=lib"], cwd=folder, check=True, timeout=_FETCH_SECONDS
            )
            (Path(folder) / "lib").rename(lib)
    return lib


class ApacheKafka:
    """One node with a folder of its own. It may be killed and started again.

    It listens twice: at `bootstrap`, and behind `outside`, an address that leads through whatever
    a test puts between, for a client that is to be cut off while others are not.
    """

    def __init__(self, home: Path, outside: int = 0) -> None:
        self._home = home
        self._process: subprocess.Popen[bytes] | None = None
        self.direct, self.behind, controller = free_port(), free_port(), free_port()
        self.bootstrap = f"{LOOPBACK}:{self.direct}"
        self._settings = home / "server.properties"
        self._ports: Mapping[str, int] = {
            "direct": self.direct,
            "behind": self.behind,
            "controller": controller,
        }
        self.advertise(outside or self.behind)

    def advertise(self, outside: int) -> None:
        """Say at which port clients from outside are to come; heeded from the next start on."""
        logs = self._home / "logs"
        self._settings.write_text(
            _SETTINGS.format(host=LOOPBACK, logs=logs, outside=outside, **self._ports)
        )

    def start(self) -> None:
        """Start the node and wait until it answers as a broker; its first start makes its log."""
        if not (self._home / "logs").exists():
            self._format()
        with (self._home / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_JAVA, *self._path(), "kafka.Kafka", str(self._settings)],
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert wait_until(self._answers, seconds=_START_SECONDS), self.log()

    def kill(self) -> None:
        """End it at once, as a power cut of the process would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def log(self) -> str:
        """Return what it said last."""
        file = self._home / "server.log"
        return file.read_text(errors="replace")[-4_000:] if file.exists() else ""

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log()
        if not accepts(self.direct):
            return False
        try:
            topics_at(self.bootstrap, [])
        except BrokerAway:
            return False
        return True

    def _format(self) -> None:
        name = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = ("kafka.tools.StorageTool", "format", "-t", name, "-c", str(self._settings))
        subprocess.run([*_JAVA, *self._path(), *tool], check=True, timeout=60, capture_output=True)

    @staticmethod
    def _path() -> tuple[str, str]:
        return "-cp", f"{jars()}/*"


@contextmanager
def apache_kafka(outside: int = 0) -> Iterator[ApacheKafka]:
    """Give a started node of one test's own."""
    with tempfile.TemporaryDirectory(prefix="anseo-kafka-", ignore_cleanup_errors=True) as home:
        node = ApacheKafka(Path(home), outside)
        try:
            node.start()
            yield node
        finally:
            node.kill()

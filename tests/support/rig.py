"""Roles as real processes that are killed and started again, beside stand-ins that survive them."""

import json
import math
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import psycopg

from infrastructure.runtime.role import wait_until
from infrastructure.store.errors import Unavailable

ROOT: Final = Path(__file__).parents[2]
OURS: Final = ("ANSEO_", "SMS_", "SMTP_", "MAIL_", "KAFKA_", "DATABASE_URL")
QUICK: Final[Mapping[str, str]] = {
    "ANSEO_POLL_MS": "10",
    "ANSEO_POOL_SIZE": "4",
    "ANSEO_SENDER_THREADS": "2",
    "ANSEO_LEASE_SECONDS": "2",
    "ANSEO_PROVIDER_TIMEOUT_SECONDS": "1",
    "ANSEO_RETRY_WAITS_SECONDS": "[0.5, 1, 2]",
}
SANDBOX: Final = "infrastructure.embedded.sandbox"
_CRASHED: Final = 137
_LOOK_SECONDS: Final = 0.02
_RECOVERS_SECONDS: Final = 1.0
_STORE_AWAY: Final = re.compile(rb"^anseo: .*(PostgreSQL|connection)", re.MULTILINE)
T = TypeVar("T")


def clean_environment() -> dict[str, str]:
    """Return this process's environment without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def patiently(action: Callable[[], T], seconds: float = 60.0) -> T:
    """Do something that may be done twice, again until the store is there."""
    found: list[T] = []

    def done() -> bool:
        with suppress(Unavailable, psycopg.OperationalError):
            found.append(action())
        return bool(found)

    assert wait_until(done, seconds, 0.05), "the store stayed away"
    return found[0]


@dataclass(frozen=True, slots=True)
class Providers:
    """Where the stand-ins are, and where they write down what they took."""

    sms_port: int
    smtp_port: int
    log: Path


@contextmanager
def providers(folder: Path, *arguments: str, module: str = SANDBOX) -> Iterator[Providers]:
    """Run the stand-ins as a process that nothing kills."""
    log = folder / "taken.jsonl"
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--log", str(log), *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env=clean_environment(),
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        where = json.loads(process.stdout.readline())
        yield Providers(where["sms_port"], where["smtp_port"], log)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@dataclass(slots=True)
class Slot:
    """The place of one process: what runs there, and where its next lives are to end."""

    name: str
    command: tuple[str, ...]
    wishes: deque[str] = field(default_factory=deque)
    process: subprocess.Popen[bytes] | None = None
    armed: str = ""
    killed: bool = False
    started: float = 0.0
    log_from: int = 0

    @property
    def alive(self) -> bool:
        """Say whether the process runs."""
        return self.process is not None and self.process.poll() is None


class Rig:
    """Starts processes, kills them, and starts again whatever has ended. A context manager.

    A wish such as `send.after_call:2` arms a crash point for the next life of a slot; `deaths`
    counts by what killed, `surprises` are ends that nobody asked for.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], seed: int) -> None:
        self.dice = random.Random(seed)
        self.deaths: Counter[str] = Counter()
        self.surprises: list[str] = []
        self.refused_starts = 0
        self._environment = {**clean_environment(), **environment, "PYTHONUNBUFFERED": "1"}
        self._folder = folder
        self._slots: dict[str, Slot] = {}
        self._decks: dict[str, deque[str]] = {}
        self._paused: dict[str, float] = {}
        self._away_until = 0.0
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="rig", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything at once; what must survive that is what the tests are about."""
        self._stop.set()
        self._thread.join()
        for slot in self._slots.values():
            if slot.process is not None:
                slot.process.kill()
                slot.process.wait()

    def role(self, name: str, *roles: str, wishes: tuple[str, ...] = ()) -> None:
        """Run roles in a process of this name."""
        self.command(name, sys.executable, "-m", "api.commandline.main", "run", *roles)
        self.arm(name, *wishes)

    def command(self, name: str, *command: str) -> None:
        """Run any command as a process of this name."""
        with self._lock:
            slot = self._slots[name] = Slot(name, command)
            self._start(slot)

    def arm(self, name: str, *wishes: str) -> None:
        """Let the next lives of a process end at these crash points, one after the other."""
        with self._lock:
            self._slots[name].wishes.extend(wishes)

    def deal(self, role: str, points: Collection[str]) -> str:
        """Return a crash point of a role, each in its turn, in an order of this seed's own."""
        if role not in self._decks:
            self._decks[role] = deque(self.dice.sample(sorted(points), len(points)))
        self._decks[role].rotate(1)
        return self._decks[role][0]

    def kill(self, name: str) -> None:
        """End a process as the kernel would."""
        with self._lock:
            slot = self._slots[name]
            if slot.alive and slot.process is not None:
                slot.killed = True
                slot.process.send_signal(signal.SIGKILL)

    def pause(self, name: str, seconds: float) -> None:
        """Hold a process still for a while, as a machine that swaps or migrates does."""
        with self._lock:
            slot = self._slots[name]
            if slot.alive and slot.process is not None:
                self._paused[name] = time.monotonic() + seconds
                slot.process.send_signal(signal.SIGSTOP)

    @contextmanager
    def store_away(self) -> Iterator[None]:
        """Forgive processes that cannot start because the store is stopped inside the block."""
        self._away_until = math.inf
        try:
            yield
        finally:
            self._away_until = time.monotonic() + _RECOVERS_SECONDS

    def names(self, prefix: str = "") -> list[str]:
        """Return the names of the processes."""
        return [name for name in self._slots if name.startswith(prefix)]

    @property
    def kills(self) -> int:
        """Return how often a process was ended."""
        return self.deaths.total()

    def kills_of(self, prefix: str) -> int:
        """Return how often processes of this role were ended."""
        return sum(n for how, n in self.deaths.items() if how.startswith(prefix))

    def logs(self, last: int = 4000) -> str:
        """Return the ends of all logs, for a failure's report."""
        files = sorted(self._folder.glob("*.log"))
        return "\n".join(f"== {f.name}\n{f.read_text()[-last:]}" for f in files)

    def _watch(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            with self._lock:
                for name, until in list(self._paused.items()):
                    if time.monotonic() > until:
                        del self._paused[name]
                        process = self._slots[name].process
                        if process is not None:
                            process.send_signal(signal.SIGCONT)
                for slot in self._slots.values():
                    if not slot.alive:
                        self._bury(slot)
                        self._start(slot)

    def _bury(self, slot: Slot) -> None:
        assert slot.process is not None
        status = slot.process.returncode
        if slot.killed and status == -signal.SIGKILL:
            self.deaths[f"{slot.name.partition('-')[0]}: SIGKILL"] += 1
        elif slot.armed and status == _CRASHED:
            point = slot.armed.partition(":")[0]
            self.deaths[f"{slot.name.partition('-')[0]}: {point}"] += 1
        elif self._was_starting_without_a_store(slot):
            self.refused_starts += 1
        else:
            self.surprises.append(f"{slot.name} ended with {status}")

    def _was_starting_without_a_store(self, slot: Slot) -> bool:
        """Say whether the store has been away in this life, and the life says that it met that."""
        if slot.started > self._away_until:
            return False
        with (self._folder / f"{slot.name}.log").open("rb") as log:
            log.seek(slot.log_from)
            return _STORE_AWAY.search(log.read()) is not None

    def _start(self, slot: Slot) -> None:
        slot.armed = slot.wishes.popleft() if slot.wishes else ""
        slot.killed = False
        slot.started = time.monotonic()
        armed = {"ANSEO_CRASH_AT": slot.armed} if slot.armed else {}
        with (self._folder / f"{slot.name}.log").open("ab") as log:
            slot.log_from = log.tell()
            slot.process = subprocess.Popen(
                slot.command,
                cwd=ROOT,
                env=self._environment | armed,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

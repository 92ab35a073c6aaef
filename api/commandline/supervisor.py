"""Starts roles as processes, starts them again when they end, and drains them at the end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import structlog

log = structlog.get_logger()
_FIRST_BACK_OFF: Final = 0.5
_LONGEST_BACK_OFF: Final = 30.0
_STEADY_SECONDS: Final = 60.0
DRAIN_SECONDS: Final = 20.0


@dataclass(slots=True)
class Child:
    """One supervised process."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    started: float
    back_off: float = _FIRST_BACK_OFF
    restarts: int = 0
    restart_at: float | None = None


class Supervisor:
    """Children share one environment. A context manager: leaving it ends them all."""

    def __init__(self, environment: Mapping[str, str], logs: Path | None = None) -> None:
        self._environment = dict(environment)
        self._logs = logs
        self._children: dict[str, Child] = {}
        self._stop = threading.Event()

    def __enter__(self) -> Self:
        """End in an orderly way on SIGTERM too."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop.set())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Drain every child: SIGTERM, then 20 s, then the end."""
        self.stop()

    def start(self, name: str, arguments: Sequence[str]) -> Child:
        """Start `anseo ARGUMENTS` as a child."""
        return self.start_command(name, [sys.executable, "-m", "api.commandline.main", *arguments])

    def start_command(self, name: str, command: Sequence[str]) -> Child:
        """Start any command as a child."""
        child = Child(name, command, self._spawn(name, command), time.monotonic())
        self._children[name] = child
        return child

    def _spawn(self, name: str, command: Sequence[str]) -> subprocess.Popen[bytes]:
        log_file = None
        if self._logs is not None:
            log_file = (self._logs / f"{name}.log").open("ab")
        try:
            return subprocess.Popen(  # noqa: S603  our own interpreter and module
                command,
                env=self._environment,
                stdout=log_file or subprocess.DEVNULL,
                stderr=log_file,
                start_new_session=True,
                cwd=Path(__file__).parents[2],
            )
        finally:
            if log_file is not None:
                log_file.close()

    def wait(self, seconds: float | None = None) -> None:
        """Watch the children until asked to stop, or for some seconds."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self._stop.is_set() and (end is None or time.monotonic() < end):
            self.watch()
            self._stop.wait(0.2)

    @property
    def stopping(self) -> bool:
        """Say whether a person asked to stop."""
        return self._stop.is_set()

    def watch(self) -> None:
        """Start again what has ended, later each time it ends soon."""
        now = time.monotonic()
        for child in self._children.values():
            if child.process.poll() is None:
                continue
            if child.restart_at is None:
                steady = now - child.started > _STEADY_SECONDS
                child.back_off = _FIRST_BACK_OFF if steady else child.back_off
                child.restart_at = now + child.back_off
                child.back_off = min(child.back_off * 2, _LONGEST_BACK_OFF)
                log.warning("role ended", role=child.name, status=child.process.returncode)
            elif now >= child.restart_at:
                child.process = self._spawn(child.name, child.command)
                child.started, child.restart_at = now, None
                child.restarts += 1

    def stop(self) -> None:
        """Ask every child to drain; end by force what has not ended in time."""
        alive = [c for c in self._children.values() if c.process.poll() is None]
        for child in alive:
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + DRAIN_SECONDS
        for child in alive:
            try:
                child.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                log.warning("role did not drain", role=child.name)
                _signal(child, signal.SIGKILL)
                child.process.wait()
        self._children.clear()


def _signal(child: Child, number: signal.Signals) -> None:
    try:
        os.killpg(child.process.pid, number)
    except ProcessLookupError:
        return

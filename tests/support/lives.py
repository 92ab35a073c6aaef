"""Short lives of one process, each of which may end at any place: forked, so that each is cheap.

`python -m tests.support.lives` imports everything once, then reads one life per line and answers
with how it ended. A forked life ends by `os._exit` at its crash point, as by kill -9: no `finally`
runs, and PostgreSQL finds a connection that is simply gone.
"""

import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import msgspec

from infrastructure import crash_points
from infrastructure.runtime.barrier import Barrier
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.role import Worker, wait_until
from infrastructure.settings import Settings
from infrastructure.wiring import workers
from infrastructure.wiring.house import House
from processmanagers.all import PROCESS_MANAGERS
from tests.support.reckless import CarelessReactor, RecklessSender
from tests.support.rig import ROOT, clean_environment

PATIENCE: Final = 60.0
CRASHED: Final = 137


class Life(msgspec.Struct, frozen=True):
    """What one process is to do until nothing moves, and where it is to end before."""

    url: str
    settings: Mapping[str, str]
    crew: tuple[str, ...]
    left_alone: tuple[str, ...] = ()  # what may go on waiting, because nobody of the crew does it
    crash_at: str = ""


class End(msgspec.Struct, frozen=True):
    """How it ended, and the places that it passed; a life that was ended tells no places."""

    status: int
    trail: tuple[str, ...] = ()


def reckless(house: House) -> list[Worker]:
    """Return the wrong sender, for the control."""
    return [RecklessSender(house, workers.adapters(house.settings))]


def careless(house: House) -> list[Worker]:
    """Return the wrong reactor, for another one."""
    return [CarelessReactor(house)]


ROLES: Final[Mapping[str, Callable[[House], list[Worker]]]] = {
    **workers.ROLES,
    "reckless": reckless,
    "careless": careless,
}


def live(life: Life) -> None:
    """Do the work of one life, all of its roles on one thread, in one order."""
    crash_points.arm(life.crash_at)
    with House(Settings(**life.settings), life.url) as house:  # type: ignore[arg-type]  # aliases
        crew = [worker for role in life.crew for worker in ROLES[role](house)]
        evaluator = Evaluator(house.database, house.ledger, house.settings.evaluate_at)
        barrier = Barrier(house.database, PROCESS_MANAGERS, evaluator, house.bell)

        def quiet() -> bool:
            if sum(worker.step() for worker in crew):
                return False
            return not set(barrier.look().moving) - set(life.left_alone)

        if not wait_until(quiet, PATIENCE, 0.002):
            raise AssertionError(f"stuck: {barrier.look().moving}")


def forked(life: Life) -> End:
    """Live it in a process of its own and return its end."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _live_and_tell(life, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        trail = told.read()
    _, status = os.waitpid(child, 0)
    places = msgspec.json.decode(trail, type=tuple[str, ...]) if trail else ()
    return End(os.waitstatus_to_exitcode(status), places)


def _live_and_tell(life: Life, writing: int) -> None:
    status = 1
    try:
        live(life)
        os.write(writing, msgspec.json.encode(crash_points.trail))
        status = 0
    except BaseException:  # noqa: BLE001  whatever it is, a forked life must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(status)


class Warm:
    """The warm parent, seen from a test. A context manager; one life at a time."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.lives"],
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._log.close()

    def live(self, life: Life) -> End:
        """Let it live and return its end."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(life) + b"\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=End)


def main() -> None:
    """Fork a life for each line until nobody writes any more."""
    assert threading.active_count() == 1, "a thread would not live in a fork"
    for line in sys.stdin.buffer:
        end = forked(msgspec.json.decode(line, type=Life))
        sys.stdout.buffer.write(msgspec.json.encode(end) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

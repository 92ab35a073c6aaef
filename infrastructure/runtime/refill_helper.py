"""A second process that fills a table beside the one that rebuilds it.

A rebuild is half Python and half PostgreSQL, and each half waits for the other: two such pairs keep
both cores of a small machine busy (D42). The helper takes stretches as its parent does, and ends
when none is left or when its parent is gone. Nothing depends on it: what it leaves undone is rolled
back, and its parent does it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Final

import msgspec
import structlog

import domain.catalogue  # noqa: F401  a fact that nobody has registered would be parked
from infrastructure import logs
from infrastructure.runtime import refilling
from infrastructure.runtime.refilling import Filling
from infrastructure.store.database import Database
from projections.all import READ_MODELS

log = structlog.get_logger()
COMMAND: Final = (sys.executable, "-m", "infrastructure.runtime.refill_helper")
_PACKAGES: Final = Path(__file__).parents[2]
# Fewer are filled before a second process has started.
_WORTH_IT: Final = 8
# Many times what a stretch takes.
_END_SECONDS: Final = 10.0


class Task(msgspec.Struct, frozen=True):
    """What a helper is told; on its standard input, since arguments are for everybody to read."""

    url: str
    model: str


@contextmanager
def helped(
    database: Database,
    filling: Filling,
    stretches: int,
    *,
    command: Sequence[str] = COMMAND,
    patience: float = _END_SECONDS,
) -> Iterator[None]:
    """Let a second process fill as long as this one does, where that is worth its start.

    However the block is left, the helper is gone when it is: after its stretch, for which there is
    some `patience` in seconds, where the block came to its end; else at once.
    """
    if stretches < _WORTH_IT or filling.model not in READ_MODELS:
        yield
        return
    task = msgspec.json.encode(Task(database.url, filling.model.name))
    with subprocess.Popen(  # noqa: S603  our own interpreter and module
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, cwd=_PACKAGES
    ) as helper:
        try:
            _tell(helper, task)
            yield
            helper.wait(patience)
        except subprocess.TimeoutExpired:
            log.warning("rebuild_helper_stalled", seconds=patience)
        finally:
            helper.kill()
    if helper.returncode:
        log.warning("rebuild_helper_failed", code=helper.returncode)


def _tell(helper: subprocess.Popen[bytes], task: bytes) -> None:
    if helper.stdin is None:
        raise AssertionError("opened with a pipe")
    with suppress(BrokenPipeError):  # it has failed already, which its code will say
        helper.stdin.write(task + b"\n")
        helper.stdin.flush()


def _end_with_parent() -> None:
    """End at the end of the input, which is the end of the parent, however it came to it."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def main() -> None:
    """Fill until nothing is left to take."""
    logs.to_stderr()
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    Thread(target=_end_with_parent, daemon=True).start()
    filling = Filling(next(model for model in READ_MODELS if model.name == task.model))
    database = Database(task.url, pool_size=1)
    while refilling.fill_one(database, filling):
        pass


if __name__ == "__main__":
    main()
    # The parent waits for this; all is committed, and a tidy end takes a tenth of a second.
    os._exit(0)

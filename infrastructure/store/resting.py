"""A rest for the garbage collector while many plain rows are read."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

_LOCK: Final = Lock()
_resting = 0


@contextmanager
def collector_rests() -> Iterator[None]:
    """Let the collector wait: rows of plain values hold no cycles, and it would walk them all.

    Reading a district's day it walks a growing heap dozens of times, a third of the whole time.
    The last who asked for the rest ends it; other threads' cycles wait as long, some seconds.
    """
    global _resting
    with _LOCK:
        if _resting or gc.isenabled():
            _resting += 1
            gc.disable()
            ours = True
        else:
            ours = False  # somebody else switched it off, and will switch it on
    try:
        yield
    finally:
        with _LOCK:
            _resting -= ours
            if ours and not _resting:
                gc.enable()

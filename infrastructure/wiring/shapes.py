"""Makes every shape known to msgspec before threads use it.

msgspec (0.22) learns a class when it is first decoded, and publishes what it has learned before it
is complete: two threads that meet the same class for the first time at once end the process with a
segmentation fault. All shapes together take ten milliseconds.
"""

import threading
from collections.abc import Iterator
from typing import Final

import msgspec

_LOCK: Final = threading.Lock()


def prepare() -> None:
    """Learn the shape of every struct that is imported by now; again, it costs next to nothing."""
    with _LOCK:
        for shape in _below(msgspec.Struct):
            msgspec.json.Decoder(shape)


def _below(cls: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    for one in cls.__subclasses__():
        yield one
        yield from _below(one)

"""Connections to one machine that are kept for the next call, the warmest one first.

The library's own pool looks at every connection, and asks the socket of each that rests, twice a
call: with a few dozen callers that costs more than the calls. Here a caller looks at the one that
it takes, and at the one that has rested longest.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpcore2


class Connections:
    """At most so many at once; who finds none free within some seconds is refused."""

    def __init__(
        self, make: Callable[[], httpcore2.HTTPConnection], most: int, patience: float
    ) -> None:
        self._make = make
        self._patience = patience
        self._free = threading.BoundedSemaphore(most)
        self._resting: deque[httpcore2.HTTPConnection] = deque()
        self._over = False

    @contextmanager
    def one(self) -> Iterator[httpcore2.HTTPConnection]:
        """Yield a connection for one call.

        Raises:
            httpcore2.PoolTimeout: when all are in use for too long.
        """
        if not self._free.acquire(timeout=self._patience):
            raise httpcore2.PoolTimeout
        try:
            conn = self._warm() or self._make()
            try:
                yield conn
            finally:
                self._give_back(conn)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close those that rest, and each other one when its call ends."""
        self._over = True
        while (conn := _end_of(self._resting.pop)) is not None:
            conn.close()

    def _warm(self) -> httpcore2.HTTPConnection | None:
        """Return one that rests and still lives."""
        while (conn := _end_of(self._resting.pop)) is not None:
            if conn.is_available() and not conn.has_expired():
                return conn
            conn.close()
        return None

    def _give_back(self, conn: httpcore2.HTTPConnection) -> None:
        """Let a connection rest whose answer was read to its end; close any other."""
        if self._over or not conn.is_available():
            conn.close()
            return
        oldest = _end_of(self._resting.popleft)
        if oldest is not None and oldest.has_expired():
            oldest.close()
        elif oldest is not None:
            self._resting.appendleft(oldest)
        self._resting.append(conn)


def _end_of(
    pop: Callable[[], httpcore2.HTTPConnection],
) -> httpcore2.HTTPConnection | None:
    """Take one from an end; asking first whether there is one would race with others."""
    try:
        return pop()
    except IndexError:
        return None

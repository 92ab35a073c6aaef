"""Connections to one machine that are kept for the next call, the warmest one first.

A caller looks at the one that it takes, and at the one that has rested longest: with a few dozen
callers a look at each of them would cost more than the calls.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from infrastructure.http.line import Line


class Connections:
    """At most so many at once; who finds none free within some seconds is refused."""

    def __init__(self, make: Callable[[], Line], most: int, patience: float) -> None:
        self._make = make
        self._patience = patience
        self._free = threading.BoundedSemaphore(most)
        self._resting: deque[Line] = deque()
        self._over = False

    @contextmanager
    def one(self) -> Iterator[Line]:
        """Yield a connection for one call.

        Raises:
            TimeoutError: when all are in use for too long.
        """
        if not self._free.acquire(timeout=self._patience):
            raise TimeoutError
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

    def _warm(self) -> Line | None:
        """Return one that rests and still lives."""
        while (conn := _end_of(self._resting.pop)) is not None:
            if conn.is_available() and not conn.has_expired():
                return conn
            conn.close()
        return None

    def _give_back(self, conn: Line) -> None:
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


def _end_of(pop: Callable[[], Line]) -> Line | None:
    """Take one from an end; asking first whether there is one would race with others."""
    try:
        return pop()
    except IndexError:
        return None

"""How a loop waits: woken at once by work of its own process, polling as the truth."""

import threading
from typing import Final

_LONGEST_FACTOR: Final = 5


class Bell:
    """Rung after each commit of this process, so that its own followers need not poll to see it."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    def ring(self) -> None:
        """Wake every loop that waits."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, seen: int, seconds: float) -> int:
        """Wait until the bell was rung after `seen`, or the time is over."""
        with self._condition:
            if self._rings == seen:
                self._condition.wait(seconds)
            return self._rings

    @property
    def rings(self) -> int:
        """How often it was rung."""
        return self._rings


class Pace:
    """The waits of one idle loop: short first, then longer, never above five times the setting."""

    def __init__(self, bell: Bell, poll_seconds: float) -> None:
        self._bell = bell
        self._poll = poll_seconds
        self._wait = poll_seconds
        self._seen = bell.rings

    def idle(self) -> None:
        """Nothing was found: wait."""
        before, self._seen = self._seen, self._bell.wait(self._seen, self._wait)
        woken = self._seen != before
        longest = self._poll * _LONGEST_FACTOR
        self._wait = self._poll if woken else min(self._wait * 1.5, longest)

    def busy(self) -> None:
        """Work was done: poll closely again."""
        self._wait = self._poll

"""How a loop waits: woken at once by work of its own process, polling as the truth."""

import threading
from collections import Counter
from collections.abc import Callable, Collection
from typing import Final

_LONGEST_FACTOR: Final = 5


class Bell:
    """Rings for one role of this process when its work has just been committed.

    Only the role that has something to do wakes: waking all of them for every commit cost a demo
    term more processor time than the work itself (measured).
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings: Counter[str] = Counter()
        self.outward: Callable[[Collection[str]], None] | None = None

    def ring(self, *roles: str) -> None:
        """Wake some roles, here and, where somebody carries it, in other processes."""
        self.ring_here(*roles)
        if self.outward is not None:
            self.outward(roles)

    def ring_here(self, *roles: str) -> None:
        """Wake some roles of this process."""
        with self._condition:
            self._rings.update(roles)
            self._condition.notify_all()

    def wait(self, role: str, seen: int, seconds: float) -> int:
        """Wait until the role was rung for after `seen`, or the time is over."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings[role] != seen, seconds)
            return self._rings[role]


class Pace:
    """The waits of one idle loop: short first, then longer, never above five times the setting."""

    def __init__(self, bell: Bell, role: str, poll_seconds: float) -> None:
        self._bell = bell
        self._role = role
        self._poll = poll_seconds
        self._wait = poll_seconds
        self._seen = 0

    def idle(self) -> None:
        """Nothing was found: wait."""
        before, self._seen = self._seen, self._bell.wait(self._role, self._seen, self._wait)
        longest = self._poll * _LONGEST_FACTOR
        self._wait = self._poll if self._seen != before else min(self._wait * 1.5, longest)

    def busy(self) -> None:
        """Work was done: poll closely again."""
        self._wait = self._poll

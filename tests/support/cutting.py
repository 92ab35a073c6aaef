"""A way between two programs that a test can cut: at a COMMIT, or altogether for a while."""

import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

COMMIT: Final = b"COMMIT\x00"
_AT_ONCE: Final = struct.pack("ii", 1, 0)  # close with a reset, as a cut does


class Way:
    """Forwards connections from a port of its own to another one on loopback.

    Each COMMIT that passes is cut with the chance of that moment: before the server sees it, just
    after it was sent, or when the server's answer is on its way back.
    """

    def __init__(self, to_port: int, seed: int = 0) -> None:
        self.chance: Callable[[], float] = lambda: 0.0
        self.cuts: Counter[str] = Counter()
        self.commits = 0
        self.delay = 0.0
        self._speaks = threading.Event()
        self._speaks.set()
        self._to = to_port
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._door: socket.socket | None = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._door.getsockname()[1]
        self._listen(self._door)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cut everything for good."""
        self.shut()

    def hush(self) -> None:
        """Carry nothing more and close nothing: nobody at either end can tell."""
        self._speaks.clear()

    def speak(self) -> None:
        """Carry on with what was held back."""
        self._speaks.set()

    def _pass(self) -> None:
        if self.delay:
            time.sleep(self.delay)
        self._speaks.wait()

    def shut(self) -> None:
        """Cut every connection and refuse new ones: the other side cannot be reached."""
        self.speak()
        door, self._door = self._door, None
        if door is not None:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            door.close()
        with self._lock:
            for one in list(self._open):
                _cut(one)

    def reopen(self) -> None:
        """Let connections through again, at the same port."""
        if self._door is None:
            self._door = socket.create_server(("127.0.0.1", self.port), backlog=128)
            self._listen(self._door)

    def _listen(self, door: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(door,), daemon=True).start()

    def _accept(self, door: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = door.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._to), timeout=10)
        except OSError:
            _cut(near)
            return
        far.settimeout(None)
        for one in (near, far):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open |= {near, far}
        deaf = threading.Event()
        threading.Thread(target=self._back, args=(far, near, deaf), daemon=True).start()
        with suppress(OSError):
            while data := near.recv(65536):
                self._pass()
                how = self._blow() if COMMIT in data and not deaf.is_set() else ""
                if how == "before":
                    break
                if how:
                    deaf.set()
                far.sendall(data)
                if how == "after":
                    break  # of "answer" the rest is carried on: a server answers a whole pipeline
        self._end(near, far)

    def _back(self, far: socket.socket, near: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while data := far.recv(65536):
                self._pass()
                if deaf.is_set():
                    break  # the server has answered, and nobody hears it
                near.sendall(data)
        self._end(near, far)

    def _blow(self) -> str:
        chance = self.chance()
        with self._lock:
            self.commits += 1
            if self._dice.random() >= chance:
                return ""
            how = self._dice.choice(("before", "after", "answer"))
            self.cuts[how] += 1
            return how

    def _end(self, near: socket.socket, far: socket.socket) -> None:
        with self._lock:
            self._open -= {near, far}
        _cut(near)
        _cut(far)


def _cut(one: socket.socket) -> None:
    with suppress(OSError):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        one.shutdown(socket.SHUT_RDWR)
    with suppress(OSError):
        one.close()

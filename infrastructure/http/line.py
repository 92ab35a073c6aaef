"""One connection to one machine, kept for the next call.

The request is written in one piece, and the standard library reads the answer (`http.client`)
through a socket that knows when the call has to be over and how much of an answer is enough.
"""

import io
import select
import socket
import ssl
import time
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# Below the idle limit of common load balancers: a connection that the other side is just closing
# costs an unknown outcome, as the request may or may not have been read.
_IDLE_FOR: Final = 4.0
_LARGEST_HEAD: Final = 100 * 1024
_FIRST_WHOLE_STATUS: Final = 200


@dataclass(slots=True)
class Call:
    """A call that is under way: when it has to be over, and whether a byte of it left."""

    deadline: float
    read_for: float
    largest_answer: int
    bytes_left: bool = False

    def left(self) -> float:
        """Return the seconds that one wait may take.

        Raises:
            TimeoutError: when none are left.
        """
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        return min(remaining, self.read_for)


class Line:
    """Talks to one machine. `trust` is absent where nothing is encrypted."""

    def __init__(
        self, host: str, port: int | None, trust: ssl.SSLContext | None, connect_for: float
    ) -> None:
        self._conn: HTTPConnection = (
            HTTPConnection(host, port, timeout=connect_for)
            if trust is None
            else HTTPSConnection(host, port, timeout=connect_for, context=trust)
        )
        self._sock: socket.socket | None = None
        self._rests_since: float | None = None

    def ask(self, call: Call, method: str, request: bytes) -> tuple[HTTPResponse, bytes]:
        """Send a request and return the answer with its body, read to the end.

        Raises:
            OSError: the network or the time gave out; `call` says whether a byte had left.
            HTTPException: what came back is no answer, or more than was wanted.
        """
        sock = self._connected()
        self._rests_since = None
        _wait_at_most(sock, call.left())
        # Said before the write: one that fails half-way may have let a whole request out.
        call.bytes_left = True
        sock.sendall(request)
        response = HTTPResponse(_Incoming(sock, call), method=method)  # type: ignore[arg-type]  # it only ever asks for a file to read from
        response.begin()
        if response.status < _FIRST_WHOLE_STATUS or (response.length or 0) > call.largest_answer:
            raise HTTPException
        body = response.read()
        if len(body) > call.largest_answer:
            raise HTTPException
        if not response.will_close:
            self._rests_since = time.monotonic()
        return response, body

    def is_available(self) -> bool:
        """Say whether the last answer was read to its end, and another may follow."""
        return self._rests_since is not None

    def has_expired(self) -> bool:
        """Say whether it rested too long, or the other side hung up or spoke unasked."""
        if self._sock is None or self._rests_since is None:
            return True
        if time.monotonic() - self._rests_since > _IDLE_FOR:
            return True
        looked = select.poll()
        looked.register(self._sock, select.POLLIN)
        return bool(looked.poll(0))

    def close(self) -> None:
        """Hang up."""
        self._rests_since = self._sock = None
        self._conn.close()

    def _connected(self) -> socket.socket:
        if self._sock is None:
            self._conn.connect()
            self._sock = self._conn.sock
        return self._sock


class _Incoming(io.RawIOBase):
    """What comes in during one call: no later than its deadline, no more than it wants."""

    def __init__(self, sock: socket.socket, call: Call) -> None:
        self._sock, self._call = sock, call
        self._most = call.largest_answer + _LARGEST_HEAD

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        _wait_at_most(self._sock, self._call.left())
        count = self._sock.recv_into(buffer)
        self._most -= count
        if self._most < 0:
            raise HTTPException
        return count


def _wait_at_most(sock: socket.socket, seconds: float) -> None:
    """Limit the next wait; to say again what holds already would be a call of the system."""
    if sock.gettimeout() != seconds:
        sock.settimeout(seconds)

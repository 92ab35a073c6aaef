"""The one HTTP client that talks to other people's machines, and trusts none of them.

It sits on the lower half of httpx2 (`httpcore2`): no redirects, no proxies or passwords from the
environment, no cookies, no decompression, because that half has none of them. And its network
layer can be watched: each call has one deadline for everything, so that a provider that dribbles a
byte a second holds no sender for hours, and each call knows whether a byte of it left the house,
which is the difference between "certainly not sent" and "nobody knows".
"""

import base64
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpcore2

from infrastructure.http.connections import Connections
from infrastructure.http.neighbours import is_near

_FORM = "application/x-www-form-urlencoded"
# Below the idle limit of common load balancers: a connection that the other side is just closing
# costs an unknown outcome, as the request may or may not have been read.
_IDLE_FOR = 4.0


class BadBaseUrl(ValueError):
    """A provider's address is https://host[:port][/path]; plain http is for this machine only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read to its end; nothing in it has been believed yet."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NotSent:
    """Not a byte of the request left: the provider cannot have acted on it."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Bytes left and no whole answer came back: the provider may have acted on it."""

    timed_out: bool


@dataclass(slots=True)
class _Call:
    """The call that a thread is making."""

    deadline: float
    bytes_left: bool = False

    def left(self, wanted: float | None) -> float:
        remaining = max(self.deadline - time.monotonic(), 0.001)  # 0 would mean "do not block"
        return remaining if wanted is None else min(remaining, wanted)


class _Watch(threading.local):
    call: _Call | None = None


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads and writes end at the call's deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, watch: _Watch) -> None:
        self._inner = inner
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        call = self._watch.call
        if call is None:
            return self._inner.read(max_bytes, timeout)
        if time.monotonic() >= call.deadline:
            raise httpcore2.ReadTimeout
        return self._inner.read(max_bytes, call.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        call = self._watch.call
        if call is None:
            return self._inner.write(buffer, timeout)
        # Said before the write: one that fails half-way may have let a whole request out.
        call.bytes_left = call.bytes_left or bool(buffer)
        return self._inner.write(buffer, call.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore2.NetworkBackend):
    def __init__(self, watch: _Watch) -> None:
        self._inner = httpcore2.SyncBackend()
        self._watch = watch

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        inner = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(inner, self._watch)


class GuardedHttp:
    """Calls one provider at one address that comes from settings, never from data."""

    def __init__(
        self,
        base_url: str,
        *,
        user: str = "",
        password: str = "",
        bearer: str | None = None,
        connect_for: float = 3.0,
        read_for: float = 10.0,
        largest_answer: int = 256 * 1024,
        connections: int = 64,
    ) -> None:
        self._origin, self._prefix = _checked(base_url)
        basic = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._fixed = {
            "Host": self._origin.partition("://")[2],
            "Authorization": f"Basic {basic}" if bearer is None else f"Bearer {bearer}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # nothing to unpack, so nothing that swells
        }
        self._connect_for = connect_for
        self._read_for = read_for
        self._largest_answer = largest_answer
        self._watch = _Watch()
        trust, network = _trust(self._origin), _Network(self._watch)
        origin = httpcore2.URL(self._origin).origin

        def make() -> httpcore2.HTTPConnection:
            return httpcore2.HTTPConnection(
                origin, trust, _IDLE_FOR, retries=0, network_backend=network
            )

        self._connections = Connections(make, connections, connect_for)

    @property
    def longest_call(self) -> float:
        """The most seconds that one call can take, name look-up apart."""
        return self._connect_for + self._read_for

    def post_form(
        self, path: str, fields: Iterable[tuple[str, str]], headers: Mapping[str, str]
    ) -> Answer | NotSent | Lost:
        """Post a form."""
        body = urlencode(list(fields)).encode("ascii")
        return self._call("POST", path, {**headers, "Content-Type": _FORM}, body)

    def post_json(self, path: str, body: bytes) -> Answer | NotSent | Lost:
        """Post a JSON document."""
        return self._call("POST", path, {"Content-Type": "application/json"}, body)

    def get(self, path: str, *, largest_answer: int | None = None) -> Answer | NotSent | Lost:
        """Read one page."""
        return self._call("GET", path, {}, b"", largest_answer)

    def close(self) -> None:
        """Close every connection."""
        self._connections.close()

    def _call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        largest_answer: int | None = None,
    ) -> Answer | NotSent | Lost:
        timeouts = {
            "connect": self._connect_for,
            "read": self._read_for,
            "write": self._read_for,
        }
        all_headers: list[tuple[bytes | str, bytes | str]] = [
            *self._fixed.items(),
            *headers.items(),
        ]
        if method == "POST":
            all_headers.append(("Content-Length", str(len(body))))
        call = self._watch.call = _Call(time.monotonic() + self.longest_call)
        try:
            with (
                self._connections.one() as conn,
                conn.stream(
                    method,
                    self._origin + self._prefix + _own_path(path),
                    headers=all_headers,
                    content=body,
                    extensions={"timeout": timeouts},
                ) as response,
            ):
                whole = _read(response.iter_stream(), largest_answer or self._largest_answer)
                answer_headers = {
                    name.decode("latin-1").lower(): value.decode("latin-1")
                    for name, value in response.headers
                }
                status = response.status
        except httpcore2.TimeoutException:
            return Lost(timed_out=True) if call.bytes_left else NotSent()
        except (httpcore2.NetworkError, httpcore2.ProtocolError):
            return Lost(timed_out=False) if call.bytes_left else NotSent()
        finally:
            self._watch.call = None
        # An answer that never ends is as good as none: nobody can tell what it would have said.
        return Lost(timed_out=False) if whole is None else Answer(status, answer_headers, whole)


def _trust(origin: str) -> ssl.SSLContext | None:
    """Load the certificates that are trusted, which takes a while, only where they are needed."""
    return ssl.create_default_context() if origin.startswith("https:") else None


def _read(chunks: Iterable[bytes], largest: int) -> bytes | None:
    whole = bytearray()
    for chunk in chunks:
        whole += chunk
        if len(whole) > largest:
            return None
    return bytes(whole)


def _own_path(path: str) -> str:
    """Refuse what could lead elsewhere: pages name their next page, and a page may lie."""
    if not path.startswith("/") or path.startswith("//") or not path.isascii() or "\\" in path:
        raise BadBaseUrl("path")  # never the path itself: it may hold a number
    return path


def _checked(base_url: str) -> tuple[str, str]:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    right_scheme = parts.scheme == "https" or (parts.scheme == "http" and is_near(host))
    if not host or not right_scheme or parts.username or parts.query or parts.fragment:
        raise BadBaseUrl(f"{parts.scheme}://{host}")
    return f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")

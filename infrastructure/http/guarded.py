"""The one HTTP client that talks to other people's machines, and trusts none of them.

No redirects, no proxies or passwords from the environment, no cookies, no decompression: it has
none of them. Each call has one deadline for everything, so that a provider that dribbles a byte a
second holds no sender for hours, and each call knows whether a byte of it left the house, which is
the difference between "certainly not sent" and "nobody knows".
"""

import base64
import re
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Final
from urllib.parse import SplitResult, urlsplit

from infrastructure.http.connections import Connections
from infrastructure.http.line import Call, Line
from infrastructure.http.neighbours import is_near

_FORM: Final = "application/x-www-form-urlencoded"
_UNSAFE: Final = re.compile(rb"[^A-Za-z0-9_.~ -]")


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
        address = _checked(base_url)
        self._prefix = address.path.rstrip("/")
        basic = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        self._fixed = {
            "Host": address.netloc,
            "Authorization": f"Basic {basic}" if bearer is None else f"Bearer {bearer}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # nothing to unpack, so nothing that swells
        }
        self._connect_for = connect_for
        self._read_for = read_for
        self._largest_answer = largest_answer
        host, port, trust = address.hostname or "", address.port, _trust(address)
        self._connections = Connections(
            lambda: Line(host, port, trust, connect_for), connections, connect_for
        )

    @property
    def longest_call(self) -> float:
        """The most seconds that one call can take, name look-up apart."""
        return self._connect_for + self._read_for

    def post_form(
        self, path: str, fields: Iterable[tuple[str, str]], headers: Mapping[str, str]
    ) -> Answer | NotSent | Lost:
        """Post a form."""
        body = b"&".join([_quoted(name) + b"=" + _quoted(value) for name, value in fields])
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
        path = self._prefix + _own_path(path)
        call = Call(
            time.monotonic() + self.longest_call,
            self._read_for,
            largest_answer or self._largest_answer,
        )
        try:
            request = _written(method, path, {**self._fixed, **headers}, body)
            with self._connections.one() as line:
                response, whole = line.ask(call, method, request)
        except TimeoutError:
            return Lost(timed_out=True) if call.bytes_left else NotSent()
        except (OSError, HTTPException):
            # An answer that never ends is as good as none: nobody can tell what it would have said.
            return Lost(timed_out=False) if call.bytes_left else NotSent()
        said = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, said, whole)


def _quoted(text: str) -> bytes:
    """Write a text as forms do: what `urlencode` says, which looks at each byte by itself."""
    plain = _UNSAFE.sub(lambda found: b"%%%02X" % ord(found[0]), text.encode())
    return plain.replace(b" ", b"+")


def _written(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Write a request.

    Raises:
        HTTPException: for a path or a header that could begin another one.
    """
    said = (path, *headers.values())
    if " " in path or not all(one.isascii() and one.isprintable() for one in said):
        raise HTTPException
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join((*lines, "", "")).encode("ascii") + body


def _trust(address: SplitResult) -> ssl.SSLContext | None:
    """Load the certificates that are trusted, which takes a while, only where they are needed."""
    if address.scheme != "https":
        return None
    trust = ssl.create_default_context()
    trust.set_alpn_protocols(["http/1.1"])
    return trust


def _own_path(path: str) -> str:
    """Refuse what could lead elsewhere: pages name their next page, and a page may lie."""
    if not path.startswith("/") or path.startswith("//") or not path.isascii() or "\\" in path:
        raise BadBaseUrl("path")  # never the path itself: it may hold a number
    return path


def _checked(base_url: str) -> SplitResult:
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    right_scheme = parts.scheme == "https" or (parts.scheme == "http" and is_near(host))
    if not host or not right_scheme or parts.username or parts.query or parts.fragment:
        raise BadBaseUrl(f"{parts.scheme}://{host}")
    return parts

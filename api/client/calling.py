"""How the typed client asks: one call, its answer as the type that OpenAPI names, or a refusal."""

import http.client
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import msgspec

T = TypeVar("T")
Answer = tuple[int, Mapping[str, str], bytes]
Send = Callable[[str, str, Mapping[str, str], bytes | None], Answer]
"""Sends method, path with query, headers and body; returns status, headers and body."""

_JSON: Final = "application/json"
_REFUSED_FROM: Final = 300


class Refused(Exception):
    """The service said no (RFC 9457). `code` stays, whatever the words of `detail` become."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        """Keep what a caller decides by."""
        self.status = status
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))
        self.errors: list[dict[str, str]] = list(problem.get("errors", ()))
        self.details: dict[str, Any] = dict(problem.get("details", {}))
        super().__init__(f"{status} {self.code}: {self.detail}")


class Calls:
    """What all operations stand on. Safe for many threads if `send` is."""

    def __init__(self, send: Send, token: str) -> None:
        """Take a way to send, and a bearer token."""
        self._send = send
        self._token = token

    def _call(
        self,
        method: str,
        path: str,
        returns: Any,
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, object] | None = None,
        body: object = None,
        media: str = _JSON,
    ) -> Any:
        asked = {name: _plain(value) for name, value in (query or {}).items() if value is not None}
        said = {name: str(value) for name, value in (headers or {}).items() if value is not None}
        said["Authorization"] = f"Bearer {self._token}"
        data = None
        if body is not None:
            said["Content-Type"] = media
            data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        target = f"{path}?{urlencode(asked)}" if asked else path
        status, _, content = self._send(method, target, said, data)
        if status >= _REFUSED_FROM:
            raise Refused(status, _problem(content))
        if returns is None:
            return None
        return content if returns is bytes else msgspec.json.decode(content, type=returns)


def _problem(content: bytes) -> Mapping[str, Any]:
    try:
        found = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _plain(value: object) -> str:
    found = msgspec.to_builtins(value)
    return str(found).lower() if isinstance(found, bool) else str(found)


def part(value: object) -> str:
    """Return a value as one part of a path."""
    return quote(_plain(value), safe="")


def key_or_new(key: str | None) -> str:
    """Return the Idempotency-Key to send: the caller's own, which alone makes a repeat safe."""
    return key or str(uuid4())


def seen_etag(version: int) -> str:
    """Return If-Match for a version that was seen."""
    return f'"{version}"'


def over_http(url: str, *, seconds: float = 30.0) -> Send:
    """Return a way to send over HTTP or HTTPS, one connection a call.

    Raises:
        ValueError: for an address of any other kind.
    """
    place = urlsplit(url)
    ways = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
    if place.scheme not in ways or place.hostname is None:
        raise ValueError(f"{url} is no address of http or https")
    way, host, before = ways[place.scheme], place.hostname, place.path.rstrip("/")

    def send(method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        conn = way(host, place.port, timeout=seconds)
        try:
            conn.request(method, before + path, body, dict(headers))
            answer = conn.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            conn.close()

    return send

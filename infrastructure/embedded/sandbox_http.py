"""As much HTTP/1.1 as stand-in providers need: small requests, keep-alive, no chunks."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit

_LARGEST_BODY = 1024 * 1024
_FORM = "application/x-www-form-urlencoded"

Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """One request, read to its end."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body as a form; the last value of a repeated name counts."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def is_from(self, user: str, password: str) -> bool:
        """Check basic authentication."""
        right = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        return hmac.compare_digest(self.headers.get("authorization", "").encode(), right.encode())


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Write the whole answer in one piece, so that it leaves in one packet."""
        extra = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        reason = HTTPStatus(self.status).phrase if self.status in set(HTTPStatus) else "Unknown"
        head = (
            f"HTTP/1.1 {self.status} {reason}\r\nContent-Type: {self.media_type}\r\n"
            f"Content-Length: {len(self.body)}\r\n{extra}\r\n"
        )
        return head.encode("latin-1") + self.body


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes that need not be HTTP, after which the connection is cut. For lying providers."""

    pieces: Iterable[bytes] = ()  # may be endless: the client's leaving ends it
    pause: float = 0.0  # seconds after each piece


def json_reply(status: int, value: object, headers: Mapping[str, str] | None = None) -> Reply:
    """Answer with JSON."""
    return Reply(status, json.dumps(value).encode(), headers=headers or {})


def sign(token: str, url: str, pairs: Pairs) -> str:
    """Sign a webhook as the provider does; apart from our check, so that each tests the other."""
    text = url
    for name, value in sorted(pairs):
        text += f"{name}{value}"
    return base64.b64encode(hmac.digest(token.encode(), text.encode(), hashlib.sha1)).decode()


async def serve(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    answer: Callable[[Request], Awaitable[Reply | Raw]],
) -> None:
    """Answer requests on one connection until the client goes, however rudely it goes."""
    try:
        while (request := await _request(reader)) is not None:
            reply = await answer(request)
            if isinstance(reply, Raw):
                for piece in reply.pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(reply.pause)
                return
            writer.write(reply.to_bytes())
            await writer.drain()
            if request.headers.get("connection", "").lower() == "close":
                return
    except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        return  # a client that was killed, or that does not speak HTTP
    finally:
        writer.close()


async def _request(reader: asyncio.StreamReader) -> Request | None:
    head = await _head(reader)
    if head is None:
        return None
    first, headers = head
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Request(method, parts.path, query, headers, await _body(reader, headers))


async def _head(reader: asyncio.StreamReader) -> tuple[str, dict[str, str]] | None:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    first, *lines = raw[:-4].decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first, {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    length = int(headers.get("content-length", "0"))
    if not 0 <= length <= _LARGEST_BODY:
        raise ValueError("body too large")
    return await reader.readexactly(length)


class Poster:
    """Posts what is signed to our own webhooks, over connections that stay open."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._idle: dict[str, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}

    async def post(self, url: str, pairs: Pairs) -> int | None:
        """Return the answer's status, or None when nobody answered."""
        said = list(pairs)
        signature = {"X-Twilio-Signature": sign(self._token, url, said)}
        body = urlencode(said).encode("ascii")
        return await self.post_raw(url, body, {"Content-Type": _FORM, **signature})

    async def post_raw(self, url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
        """Return the answer's status to bytes that are signed already."""
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        extra = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        head = (
            f"POST {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Content-Length: {len(body)}\r\n{extra}\r\n"
        )
        data = head.encode("latin-1") + body
        idle = self._idle.setdefault(f"{parts.scheme}://{parts.netloc}", [])
        while idle:  # one of these may have been closed meanwhile; a fresh one decides
            status = await self._over(idle.pop(), data, idle)
            if status is not None:
                return status
        try:
            port = parts.port or (443 if parts.scheme == "https" else 80)
            opened = await asyncio.open_connection(
                parts.hostname, port, ssl=True if parts.scheme == "https" else None
            )
        except OSError:
            return None
        return await self._over(opened, data, idle)

    def close(self) -> None:
        """Close what is idle."""
        for connections in self._idle.values():
            for _, writer in connections:
                writer.close()
        self._idle.clear()

    @staticmethod
    async def _over(
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        data: bytes,
        idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]],
    ) -> int | None:
        reader, writer = connection
        try:
            writer.write(data)
            async with asyncio.timeout(15):  # as long as the real provider waits
                head = await _head(reader)
                if head is None:
                    writer.close()
                    return None
                first, headers = head
                status = int(first.split(" ")[1])
                if "content-length" in headers:
                    await _body(reader, headers)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError, IndexError):
            writer.close()
            return None
        # Without a length the body's end is unknown, so the connection is of no more use.
        whole = "content-length" in headers or status == HTTPStatus.NO_CONTENT
        if not whole or headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            idle.append(connection)
        return status

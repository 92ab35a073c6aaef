"""Wonde's API, page by page, tried again where that may help, and believed in nothing.

The shapes are those of Wonde's own clients and documentation. A page that is no JSON, that says
there is more and names no next page, or that leads to another host, ends the reading: half of a
school taken for the whole is worse than no sync at all.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from infrastructure.http.guarded import Answer, BadBaseUrl, GuardedHttp, Lost, NotSent

PER_PAGE: Final = 200  # the most that Wonde gives
WAITS: Final = (0.5, 2.0, 8.0, 30.0)  # seconds before the second, third, … attempt at a page
_LONGEST_WAIT: Final = 120.0  # seconds that a server may ask us to wait
_LARGEST_PAGE: Final = 16 * 1024 * 1024
_MOST_PAGES: Final = 100_000
_DENIED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_LATER: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})

T = TypeVar("T")


class SourceRefused(Exception):
    """Nothing of what was read may be used; `code` is a kind of problem of the report."""

    def __init__(self, code: str, detail: str = "") -> None:
        self.code, self.detail = code, detail
        super().__init__(code)


class Pagination(msgspec.Struct, frozen=True):
    """Where the next page is."""

    more: bool
    next: str | None = None


class _Meta(msgspec.Struct, frozen=True):
    pagination: Pagination


class _Page(msgspec.Struct, frozen=True):
    data: list[msgspec.Raw]
    meta: _Meta


class _One(msgspec.Struct, frozen=True):
    data: msgspec.Raw


_PAGE: Final = msgspec.json.Decoder(_Page)
_ONE: Final = msgspec.json.Decoder(_One)


class WondeSource:
    """One school at Wonde, through one token."""

    def __init__(
        self,
        http: GuardedHttp,
        base_url: str,
        school: str,
        *,
        waits: tuple[float, ...] = WAITS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = http
        self._base = urlsplit(base_url)
        self._root = f"/v1.0/schools/{school}"
        self._waits = waits
        self._pause = pause
        self.school = school

    def is_at(self, host: str) -> bool:
        """Say whether a host is the one that is spoken to."""
        return host == self._base.netloc

    def one(self, resource: str, asked: Mapping[str, str] | None = None) -> msgspec.Raw:
        """Return the one record of a resource; an empty name is the school itself.

        Raises:
            SourceRefused: when it cannot be had.
        """
        return self._read(self._path(resource, asked or {}), _ONE.decode).data

    def records(self, resource: str, asked: Mapping[str, str] | None = None) -> Iterator[bytes]:
        """Yield every record of a list, by Wonde's cursor: offsets lose whom a change shifts.

        Raises:
            SourceRefused: when a page cannot be had or its paging cannot be believed.
        """
        place = self._path(resource, {**(asked or {}), "per_page": str(PER_PAGE), "cursor": "true"})
        seen = {place}
        for _ in range(_MOST_PAGES):
            page = self._read(place, _PAGE.decode)
            yield from map(bytes, page.data)
            following = page.meta.pagination
            if not following.more and not following.next:
                return
            if not following.next:
                raise SourceRefused("paging-broken", f"{resource} says that there is more.")
            place = self._own(following.next, resource)
            if place in seen:
                raise SourceRefused("paging-broken", f"{resource} leads back to a page before.")
            seen.add(place)
        raise SourceRefused("paging-broken", f"{resource} does not end.")

    def _path(self, resource: str, asked: Mapping[str, str]) -> str:
        path = f"{self._root}/{resource}/" if resource else f"{self._root}/"
        return f"{path}?{urlencode(asked)}" if asked else path

    def _own(self, url: str, resource: str) -> str:
        """Return the path of a next page, which must lie where the token may go."""
        parts = urlsplit(url)
        elsewhere = parts.netloc and (parts.scheme, parts.netloc) != self._base[:2]
        here = parts.path.rstrip("/") == f"{self._base.path}{self._root}/{resource}"
        if elsewhere or not here:
            raise SourceRefused("paging-elsewhere", f"{resource}.")
        path = parts.path.removeprefix(self._base.path)
        return f"{path}?{parts.query}"

    def _read(self, place: str, decode: Callable[[bytes], T]) -> T:
        trouble = SourceRefused("source-away")
        for wait in (*self._waits, None):
            asked_for = 0.0
            self._pause(0.0)
            answer = self._get(place)
            if isinstance(answer, Answer):
                status = answer.status
                _check(status)
                if status == HTTPStatus.OK:
                    try:
                        return decode(answer.body)
                    except (msgspec.DecodeError, UnicodeDecodeError):
                        trouble = SourceRefused("page-unreadable")
                else:
                    trouble = SourceRefused("source-away", f"It answered {status}.")
                    asked_for = _retry_after(answer.headers)
            if wait is not None:
                self._pause(max(wait, asked_for))
        raise trouble

    def _get(self, place: str) -> Answer | NotSent | Lost:
        try:
            return self._http.get(place, largest_answer=_LARGEST_PAGE)
        except BadBaseUrl:
            raise SourceRefused("paging-elsewhere") from None


def _check(status: int) -> None:
    """Refuse what no second attempt mends."""
    if status in _DENIED:
        raise SourceRefused("source-denied", f"It answered {status}.")
    client_error = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    odd = status != HTTPStatus.OK and status < HTTPStatus.BAD_REQUEST
    if odd or (client_error and status not in _LATER):
        raise SourceRefused("source-unknown", f"It answered {status}.")


def _retry_after(headers: Mapping[str, str]) -> float:
    written = headers.get("retry-after", "")
    return min(float(written), _LONGEST_WAIT) if written.isdecimal() else 0.0


def read_record(kind: type[T], raw: bytes) -> T | None:
    """Return one record, or None where it does not have the shape that it should have."""
    try:
        return msgspec.json.decode(raw, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def as_object(raw: bytes) -> dict[str, Any]:
    """Return a record as it came."""
    found: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
    return found

"""Opaque cursors: the place behind the last row of a page, signed for one list and its filters."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from typing import Final

import msgspec

from api.problems import CursorMalformed

_TAG_BYTES: Final = 16
_LONGEST: Final = 400


class Place(msgspec.Struct, frozen=True, array_like=True):
    """The sort key of the last row that was given."""

    at: datetime
    key: str


class Cursors:
    """Signs places, so that a client can neither read meaning into them nor make them up."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, place: Place, about: Mapping[str, object]) -> str:
        """Return a cursor. `about` names the tenant, the list and the filters that it goes on."""
        payload = msgspec.json.encode(place)
        return urlsafe_b64encode(self._tag(payload, about) + payload).decode().rstrip("=")

    def read(self, text: str, about: Mapping[str, object]) -> Place:
        """Return the place.

        Raises:
            CursorMalformed: for anything not written here for the same list and filters.
        """
        try:
            if len(text) > _LONGEST:
                raise CursorMalformed
            raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError:
            raise CursorMalformed from None
        tag, payload = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
        if not compare_digest(tag, self._tag(payload, about)):
            raise CursorMalformed
        return msgspec.json.decode(payload, type=Place)

    def _tag(self, payload: bytes, about: Mapping[str, object]) -> bytes:
        named = msgspec.json.encode({name: str(about[name]) for name in sorted(about)})
        return hmac_digest(self._key, named + b"\0" + payload, sha256)[:_TAG_BYTES]

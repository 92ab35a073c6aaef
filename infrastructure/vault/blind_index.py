"""Finding people by name without keeping names: a keyed hash of the folded text."""

import unicodedata
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Final

_APOSTROPHES: Final = "'`\u00b4\u2018\u2019\u02bc"


def blind_index(tenant_key: bytes, text: str) -> bytes:
    """Return what a search compares: equal for spellings that people take for equal.

    Keyed per tenant, so that nobody without the tenant's key can try names, and equal names in
    two tenants do not look equal. It tells that two people share a name: rows that hold it are
    personal data and are deleted when their subject is erased.
    """
    key = hmac_digest(tenant_key, b"anseo/1/blind-index", sha256)
    return hmac_digest(key, _folded(text).encode(), sha256)


def _folded(text: str) -> str:
    """Fold case, accents, hyphens, apostrophes and spaces: O'Connor is typed in many ways."""
    bare = "".join(map(_kept, unicodedata.normalize("NFKD", text.casefold())))
    return " ".join(bare.casefold().split())


def _kept(character: str) -> str:
    if unicodedata.combining(character) or character in _APOSTROPHES:
        return ""
    return " " if unicodedata.category(character)[0] in "PSZC" else character

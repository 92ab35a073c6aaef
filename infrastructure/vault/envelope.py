"""Authenticated encryption, bound to the one place where a piece of ciphertext belongs.

Every call names a place: what this is, whose it is, and where it lies. A row that is copied to
another record, person, tenant or kind does not open there.
"""

from secrets import token_bytes
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT: Final = b"\x01"
_NONCE_BYTES: Final = 12
_NONCE: Final = slice(1, 1 + _NONCE_BYTES)
_BODY: Final = slice(1 + _NONCE_BYTES, None)
_KEY_BITS: Final = 256


class SealBroken(Exception):
    """These bytes were not made with this key for this place."""


def new_key() -> bytes:
    """Return a fresh 256-bit key."""
    return AESGCM.generate_key(_KEY_BITS)


def place(label: str, *ids: UUID, kind: str = "") -> bytes:
    """Return the associated data of one place.

    Ids have a fixed length and the only free text stands last, so no two places are written alike.
    """
    where = b"".join([one.bytes for one in ids])
    return b"anseo/1/%b\x00%b%b" % (label.encode(), where, kind.encode())


def seal(key: bytes, plain: bytes, at: bytes) -> bytes:
    """Encrypt for one place.

    A random nonce is safe here: a record's key seals one message, and a subject's or a tenant's
    key wraps far fewer than 2**32 keys.
    """
    nonce = token_bytes(_NONCE_BYTES)
    return _FORMAT + nonce + AESGCM(key).encrypt(nonce, plain, at)


def unseal(key: bytes, sealed: bytes, at: bytes) -> bytes:
    """Decrypt what was sealed with this key for this place, or raise `SealBroken`."""
    if sealed[:1] != _FORMAT:
        raise SealBroken
    try:
        return AESGCM(key).decrypt(sealed[_NONCE], sealed[_BODY], at)
    except (InvalidTag, ValueError):  # ValueError: cut so short that no nonce is left
        raise SealBroken from None

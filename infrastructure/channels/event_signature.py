"""Is this event webhook really from the mail provider, and from now?

ECDSA over P-256 and SHA-256: the time stamp of the header, then the raw bytes of the body. The
body ends with a line break, so whoever trims it or writes it anew breaks the check. What is older
than a few minutes is refused although it is signed: somebody may have kept it.
"""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

TOLERANCE: Final = timedelta(minutes=5)
_LONGEST_TIME: Final = 12


class BadEventKey(ValueError):
    """The key is not a P-256 public key as the provider shows it: base64, without PEM lines."""


class EventKeys:
    """The provider's public keys: the current one, and the one before while they are changed."""

    def __init__(self, written: Sequence[str]) -> None:
        self._keys = tuple(_key(one) for one in written)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def are_signed(
        self, body: bytes, *, timestamp: str | None, signature: str | None, now: datetime
    ) -> bool:
        """Check the raw bytes of a request. Without a key nothing is ever signed."""
        if not _is_recent(timestamp, now) or timestamp is None:
            return False
        try:
            given = base64.b64decode(signature or "", validate=True)
        except (binascii.Error, ValueError):
            return False
        return any(_fits(key, given, timestamp.encode() + body) for key in self._keys)


def _is_recent(timestamp: str | None, now: datetime) -> bool:
    written = timestamp or ""
    if not (written.isascii() and written.isdigit() and len(written) <= _LONGEST_TIME):
        return False
    return abs(now.timestamp() - int(written)) <= TOLERANCE.total_seconds()


def _fits(key: EllipticCurvePublicKey, signature: bytes, said: bytes) -> bool:
    try:
        key.verify(signature, said, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _key(written: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(written.strip(), validate=True))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadEventKey("SENDGRID_PUBLIC_KEY") from error
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise BadEventKey("SENDGRID_PUBLIC_KEY")
    return key

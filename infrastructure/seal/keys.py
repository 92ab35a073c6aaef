"""The keys that sign roots: Ed25519, kept apart from the database.

The first key is the current one; older ones stay so that what they signed can still be checked.
Without any key the chain, the trees and the copies outside are checked all the same; what cannot
be said then is who signed them.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec.structs import replace

from infrastructure.durable import make_secret, open_to_others
from infrastructure.seal.chain import Root

FILE_NAME: Final = "seal.key"
_KEY_BYTES: Final = 32


class SealKeyRefused(Exception):
    """A key of the seal cannot be used as one."""


class SealKeys:
    """What the keys are used for; the private ones stay inside."""

    __slots__ = ("_known", "_private", "current")

    def __init__(
        self, private: Sequence[Ed25519PrivateKey], public: Sequence[Ed25519PublicKey] = ()
    ) -> None:
        self._private = private[0] if private else None
        known = [key.public_key() for key in private] + list(public)
        self._known = {key_id(key): key for key in known}
        self.current = key_id(known[0]) if private else ""

    def __bool__(self) -> bool:
        """Say whether there is any key."""
        return bool(self._known)

    def sign(self, root: Root) -> Root:
        """Return a root with the current key's name and signature.

        Raises:
            SealKeyRefused: when only public keys are here.
        """
        if self._private is None:
            raise SealKeyRefused("there is no key to sign with")
        named = replace(root, key=self.current, signature=b"")
        return replace(named, signature=self._private.sign(named.statement()))

    def signed(self, root: Root) -> bool | None:
        """Say whether its key signed exactly this; None when that key is not here."""
        key = self._known.get(root.key)
        if key is None:
            return None
        try:
            key.verify(root.signature, root.statement())
        except InvalidSignature:
            return False
        return True

    def public(self) -> dict[str, str]:
        """Return the public keys in base64 by their names."""
        return {
            name: b64encode(key.public_bytes_raw()).decode() for name, key in self._known.items()
        }


def key_id(key: Ed25519PublicKey) -> str:
    """Return the name of a key."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


def seal_keys(settings_value: str | None, home: Path, *, make: bool) -> SealKeys:
    """Return the keys of the settings, else of a file in the home.

    Both hold base64, current key first, older ones after it: commas in the setting, lines in the
    file. Only who signs makes a file: a new key made by a verifier would vouch for nothing.
    """
    if settings_value:
        return SealKeys(_parse(settings_value.split(",")))
    path = home / FILE_NAME
    if not path.exists():
        if not make:
            return SealKeys(())
        make_secret(path, b64encode(Ed25519PrivateKey.generate().private_bytes_raw()) + b"\n")
    if open_to_others(path):
        raise SealKeyRefused(f"{path} may be read by others: chmod 600 it")
    return SealKeys(_parse(path.read_text(encoding="ascii", errors="replace").splitlines()))


def public_key(text: str) -> SealKeys:
    """Return keys that can only check, one a line, as an auditor is given them."""
    lines = [line for line in text.splitlines() if line.strip()]
    return SealKeys((), [Ed25519PublicKey.from_public_bytes(_decoded(line)) for line in lines])


def _parse(texts: Sequence[str]) -> list[Ed25519PrivateKey]:
    keys = [Ed25519PrivateKey.from_private_bytes(_decoded(t)) for t in texts if t.strip()]
    if not keys:
        raise SealKeyRefused("no key was given to sign with")
    return keys


def _decoded(text: str) -> bytes:
    try:
        key = b64decode(text.strip(), validate=True)
    except (NotBase64, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise SealKeyRefused("a key of the seal is 32 bytes in base64")
    return key

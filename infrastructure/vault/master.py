"""The master keys: the top of the chain, kept outside the database.

The first key is the current one; older ones stay until everything they wrapped has been wrapped
again (`Vault.rewrap`) and the erasure log that they signed is no longer needed.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from pathlib import Path
from typing import Final
from uuid import UUID

from infrastructure.durable import make_secret, open_to_others
from infrastructure.vault.envelope import SealBroken, new_key, place, seal, unseal
from infrastructure.vault.errors import MasterKeyMissing, MasterKeyRefused, VaultDamaged

FILE_NAME: Final = "master.key"
_KEY_BYTES: Final = 32
_ID_BYTES: Final = 8


class MasterKeys:
    """What the master keys are used for; the keys themselves stay inside."""

    __slots__ = ("_keys", "current")

    def __init__(self, current: bytes, *older: bytes) -> None:
        if any(len(key) != _KEY_BYTES for key in (current, *older)):
            raise MasterKeyRefused("a master key is 32 bytes")
        self._keys = {_key_id(key): key for key in (current, *older)}
        self.current = _key_id(current)

    def wrap(self, tenant: UUID, tenant_key: bytes) -> bytes:
        """Wrap a tenant's key under the current master key."""
        return seal(
            self._derived(self.current, "tenant-keys"), tenant_key, place("tenant-key", tenant)
        )

    def unwrap(self, tenant: UUID, key_id: str, wrapped: bytes) -> bytes:
        """Return a tenant's key, whichever of our master keys it was wrapped under."""
        try:
            return unseal(
                self._derived(key_id, "tenant-keys"), wrapped, place("tenant-key", tenant)
            )
        except SealBroken:
            raise VaultDamaged(tenant) from None

    def sign(self, data: bytes) -> bytes:
        """Sign a line of the erasure log with the current key."""
        return hmac_digest(self._derived(self.current, "erasure-log"), data, sha256)

    def signed(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """Say whether one of our keys signed exactly this."""
        return compare_digest(
            hmac_digest(self._derived(key_id, "erasure-log"), data, sha256), signature
        )

    def _derived(self, key_id: str, use: str) -> bytes:
        """Return a key for one use, so that no key ever serves two algorithms."""
        key = self._keys.get(key_id)
        if key is None:
            raise MasterKeyMissing(key_id)
        return hmac_digest(key, f"anseo/1/{use}".encode(), sha256)


def master_key(settings_value: str | None, home: Path) -> MasterKeys:
    """Return the master keys from the settings, else from a file that is made at first use.

    Both hold base64, current key first, older ones after it: commas in the setting, lines in
    the file.
    """
    if settings_value:
        return _parse(settings_value.split(","))
    path = home / FILE_NAME
    if not path.exists():
        make_secret(path, b64encode(new_key()) + b"\n")
    if open_to_others(path):
        raise MasterKeyRefused(f"{path} may be read by others: chmod 600 it")
    return _parse(path.read_text(encoding="ascii", errors="replace").splitlines())


def _parse(texts: list[str]) -> MasterKeys:
    keys = [_decoded(text.strip()) for text in texts if text.strip()]
    if not keys:
        raise MasterKeyRefused("no master key was given")
    return MasterKeys(*keys)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError):
        raise MasterKeyRefused("a master key is written in base64") from None


def _key_id(key: bytes) -> str:
    return hmac_digest(key, b"anseo/1/key-id", sha256)[:_ID_BYTES].hex()

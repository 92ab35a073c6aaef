"""A folder of files named by the hash of their content, one folder per tenant.

The name is the proof: what is read back is what was stored, or the reader hears that it is not.
Finished letters hold names and addresses, so the wiring gives a cipher with each of them; the hash
is of the plain bytes, because that is what a fact about the letter has written down.
"""

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_SEALED: Final = ".sealed"
_PART: Final = ".part"


class ArtifactMissing(Exception):
    """No artifact of this tenant has this hash."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(f"no artifact {sha256[:64]!r}")


class ArtifactDamaged(Exception):
    """What the disk holds under this hash is not what was stored."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(f"artifact {sha256} is damaged")


class ArtifactSealed(Exception):
    """The artifact is there, but no key was given: those whom it is about may be erased."""

    def __init__(self, sha256: str) -> None:
        self.sha256 = sha256
        super().__init__(f"artifact {sha256} is sealed")


class SealBroken(Exception):
    """These bytes do not open: changed, cut off, or sealed with another key."""


class Cipher(Protocol):
    """Seals one artifact for the disk."""

    def seal(self, plain: bytes) -> bytes:
        """Return the bytes that may lie on a disk."""
        ...

    def open(self, sealed: bytes) -> bytes:
        """Return the plain bytes, or raise the store's `broken_seal`."""
        ...


class ArtifactStore:
    """Stores bytes under their hash. Any number of processes may share the folder."""

    def __init__(self, root: Path, broken_seal: type[Exception] = SealBroken) -> None:
        self._root = root
        self._broken_seal = broken_seal

    def put(self, tenant: UUID, data: bytes, cipher: Cipher | None = None) -> str:
        """Store and return the hash; when it returns, a power cut no longer loses the file.

        The same content again changes nothing, but a damaged file is replaced by the good one.
        One content has one cipher: bytes sealed with another key count as damaged.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        sealed, plain = self._paths(tenant, sha256)
        with suppress(ArtifactDamaged, FileNotFoundError):
            # Without a cipher a sealed one cannot be checked, and its plain twin must not appear.
            self._read(sealed if cipher or sealed.exists() else plain, sha256, cipher)
            _sync_folder(plain.parent)  # whoever wrote it may not have come so far yet
            return sha256
        if cipher is None:
            self._write(plain, data)
        else:
            self._write(sealed, cipher.seal(data))
            plain.unlink(missing_ok=True)
        return sha256

    def get(self, tenant: UUID, sha256: str, cipher: Cipher | None = None) -> bytes:
        """Return the bytes, checked against their hash on every read."""
        for path in self._paths(tenant, sha256):
            with suppress(FileNotFoundError):
                return self._read(path, sha256, cipher)
        raise ArtifactMissing(sha256)

    def delete(self, tenant: UUID, sha256: str) -> bool:
        """Remove the file; say whether there was one."""
        removed = False
        for path in self._paths(tenant, sha256):
            with suppress(FileNotFoundError):
                path.unlink()
                _sync_folder(path.parent)
                removed = True
        return removed

    def count(self, tenant: UUID) -> int:
        """Return how many artifacts the tenant has."""
        return len(self.hashes(tenant))

    def hashes(self, tenant: UUID) -> frozenset[str]:
        """Return every hash of the tenant, so that all can be verified."""
        files = self._folder(tenant).glob("*/*")
        return frozenset(path.stem for path in files if _HASH.fullmatch(path.stem))

    def sweep(self, tenant: UUID, before: datetime) -> int:
        """Remove what killed writers left unfinished before this moment; return how many."""
        swept = 0
        for path in self._folder(tenant).glob(f"*/*{_PART}"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    swept += 1
        return swept

    def _read(self, path: Path, sha256: str, cipher: Cipher | None) -> bytes:
        data = path.read_bytes()
        if path.suffix == _SEALED:
            if cipher is None:
                raise ArtifactSealed(sha256)
            try:
                data = cipher.open(data)
            except self._broken_seal as error:
                raise ArtifactDamaged(sha256) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise ArtifactDamaged(sha256)
        return data

    def _write(self, target: Path, data: bytes) -> None:
        """Write beside and rename: a reader meets the whole file or none."""
        self._make_folder(target.parent)
        handle, part = tempfile.mkstemp(suffix=_PART, dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(target)
        finally:
            Path(part).unlink(missing_ok=True)
        _sync_folder(target.parent)

    def _folder(self, tenant: UUID) -> Path:
        return self._root / str(tenant)

    def _paths(self, tenant: UUID, sha256: str) -> tuple[Path, Path]:
        """Return where it lies sealed, and where it lies plain."""
        # The hash may come from a URL: anything but 64 hex digits could climb out of the folder.
        if not _HASH.fullmatch(sha256):
            raise ArtifactMissing(sha256)
        plain = self._folder(tenant) / sha256[:2] / sha256
        return plain.with_suffix(_SEALED), plain

    def _make_folder(self, folder: Path) -> None:
        """Make the folder and see that its name survives a power cut, level by level."""
        missing = [place for place in (folder, *folder.parents) if not place.exists()]
        for place in reversed(missing):
            place.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Copies of signed roots outside the database: one append-only file a tenant.

What lies here is why a cut tail or a history written anew is noticed. So the folder belongs on a
disk, a mount or a bucket that the database's administrator cannot write. The lines hold hashes,
counts and times only and may be given to anybody.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import msgspec

from infrastructure.durable import drop_torn_end, sync_folder, write_all
from infrastructure.seal.chain import Root

_SUFFIX: Final = ".jsonl"
_BLOCK: Final = 4096


class AnchorDamaged(Exception):
    """The last line of a file outside the database is not a root."""


class Anchors:
    """The folder. Only the active sealer writes it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, tenant: UUID) -> Path:
        """Return a tenant's file."""
        return self.folder / f"{tenant}{_SUFFIX}"

    def tenants(self) -> list[UUID]:
        """Return the tenants of which something lies here."""
        if not self.folder.is_dir():
            return []
        return sorted(UUID(path.stem) for path in self.folder.glob(f"*-*{_SUFFIX}"))

    def publish(self, keys: Mapping[str, str]) -> None:
        """Lay public keys beside the copies; whoever is to trust them takes them from here once."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, key in keys.items():
            path = self.folder / f"{name}.pub"
            if not path.exists():
                path.write_text(f"{key}\n", encoding="ascii")

    def append(self, roots: Sequence[Root]) -> None:
        """Write roots of one tenant; when this returns, the disk has them."""
        path = self.path(roots[0].tenant)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            drop_torn_end(handle)
            write_all(handle, b"".join(msgspec.json.encode(root) + b"\n" for root in roots))
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            sync_folder(self.folder)

    def last(self, tenant: UUID) -> Root | None:
        """Return the newest root that was written whole.

        Raises:
            AnchorDamaged: when it cannot be read.
        """
        path = self.path(tenant)
        if not path.exists():
            return None
        lines = _tail(path).split(b"\n")[:-1]
        if not lines:
            return None
        root = _opened(lines[-1])
        if root is None:
            raise AnchorDamaged(path)
        return root

    def lines(self, tenant: UUID) -> Iterator[tuple[int, Root | None]]:
        """Return every line that was written whole, in order; None for one that is not a root."""
        path = self.path(tenant)
        if not path.exists():
            return
        with path.open("rb") as lines:
            for number, line in enumerate(lines, start=1):
                if line.endswith(b"\n"):  # what a crash left at the end was never promised
                    yield number, _opened(line)


def _tail(path: Path) -> bytes:
    """Return the end of a file, at least its last whole line."""
    with path.open("rb") as file:
        at = file.seek(0, os.SEEK_END)
        tail = b""
        while at and tail.count(b"\n") < 2:  # noqa: PLR2004  the line's end and the one before
            at = max(0, at - _BLOCK)
            file.seek(at)
            tail = file.read(os.fstat(file.fileno()).st_size - at)
    return tail


def _opened(line: bytes) -> Root | None:
    """Return the root of a line; base64 has spare bits, so only our own spelling counts."""
    try:
        root = msgspec.json.decode(line, type=Root)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return root if msgspec.json.encode(root) == line.rstrip(b"\n") else None

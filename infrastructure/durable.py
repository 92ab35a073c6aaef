"""Files that must survive a power cut."""

import os
from pathlib import Path
from secrets import token_hex


def write_all(handle: int, data: bytes) -> None:
    """Write every byte: the operating system may take fewer at once."""
    while data:
        data = data[os.write(handle, data) :]


def sync_folder(folder: Path) -> None:
    """Put a new file's name on disk; syncing the file alone keeps only its content."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def drop_torn_end(handle: int) -> None:
    """Cut off what a crash left after the last newline: nobody was told that it was written."""
    size = os.fstat(handle).st_size
    tail = size
    while tail and os.pread(handle, 1, tail - 1) != b"\n":
        tail -= 1
    if tail < size:
        os.ftruncate(handle, tail)


def make_secret(path: Path, content: bytes) -> None:
    """Write a new file of ours alone, whole and on disk before it has its name.

    Two processes may start at once: the link refuses the second, who then reads the first one's.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        write_all(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(path.parent)


def open_to_others(path: Path) -> bool:
    """Say whether anybody but the file's owner may read or write it."""
    return bool(path.stat().st_mode & 0o077)

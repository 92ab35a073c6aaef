"""Files that must survive a power cut."""

import os
from pathlib import Path


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

"""The small files with which an embedded server is found again: locks, secrets and states."""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

from infrastructure.embedded.errors import EmbeddedServerError

LOG_KEPT_BYTES = 8 * 1024 * 1024


def make_home(home: Path) -> Path:
    """Create the folder of the embedded servers and return its one true path.

    For root it may be passed through, not listed, by the account that runs PostgreSQL.
    """
    with explained(home):
        home.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        return home.resolve(strict=True)


@contextlib.contextmanager
def explained(where: Path) -> Iterator[None]:
    """Turn a refusal of the file system into words that name the place."""
    try:
        yield
    except OSError as error:
        raise EmbeddedServerError(
            f"The embedded servers cannot use their folder: {error.strerror or error}.",
            where=error.filename or where,
            do="run as the user who owns this folder, free some space, or set ANSEO_HOME to"
            " another folder",
        ) from error


def open_lock(path: Path) -> int:
    """Open a file to lock; the system lets go of the lock when the holder closes it or dies."""
    with explained(path):
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        _give_to_owner_of(path.parent, path)
    return lock


@contextlib.contextmanager
def file_lock(path: Path) -> Iterator[None]:
    """Be the only one for a while: others wait."""
    lock = open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def write_private(path: Path, text: str) -> None:
    """Put a file in place at once and for good, readable by its owner only."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with explained(path):
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        _give_to_owner_of(path.parent, draft)
        draft.replace(path)
        sync_folder(path.parent)


def write_state(path: Path, state: Mapping[str, str | int]) -> None:
    """Remember where a server is."""
    write_private(path, json.dumps(dict(state), indent=2) + "\n")


def read_state(path: Path) -> dict[str, str | int]:
    """What was remembered; nothing when the file is missing or was cut off."""
    if not path.exists():
        return {}
    with explained(path):
        text = path.read_text()
    with contextlib.suppress(ValueError):
        state = json.loads(text)
        if isinstance(state, dict):
            return state
    return {}


def sync_folder(folder: Path) -> None:
    """Make a name that was just given outlast a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_log(path: Path) -> Path:
    """Make ready a log file, with the last one beside it once it has grown large."""
    with explained(path):
        if path.exists() and path.stat().st_size > LOG_KEPT_BYTES:
            path.replace(path.with_name(f"{path.name}.1"))
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600))
        _give_to_owner_of(path.parent, path)
    return path


def tail(path: Path, since: int = 0, characters: int = 2000) -> str:
    """The end of a log file, read from a known place on."""
    with path.open("rb") as file:
        file.seek(since)
        return file.read().decode(errors="replace").strip()[-characters:]


def _give_to_owner_of(folder: Path, path: Path) -> None:
    """What root writes into another user's home stays usable for that user."""
    if os.geteuid() == 0:
        owner = folder.stat()
        os.chown(path, owner.st_uid, owner.st_gid)

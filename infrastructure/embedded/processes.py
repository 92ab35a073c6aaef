"""Starting programs that outlive the command that started them, and finding them again.

A process id alone proves nothing after a crash or a restart of a container, because the system
gives ids out again. A server is therefore known by its command line or its working folder as well.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

LOOPBACK = "127.0.0.1"
POLL_SECONDS = 0.005

_DETACH = '"$@" </dev/null >&2 & echo $!'


def free_port(wanted: int | None = None) -> int:
    """A port on loopback that nobody listens on: the wanted one if that is still so."""
    for port in (wanted, 0) if wanted else (0,):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((LOOPBACK, port))
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")


def accepts(port: int) -> bool:
    """Whether something on loopback takes connections at this port."""
    with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, port), timeout=1):
        return True
    return False


def detach(command: Sequence[str], *, log: Path, user: int | None, group: int | None) -> int:
    """Start a server in a session of its own and return its process id.

    A shell stands in between for one moment, so that the server is nobody's child here: it needs no
    reaping by us, Ctrl-C does not reach it, and it outlives this process.
    """
    with log.open("ab") as out:
        started = subprocess.run(  # noqa: S603 - our own program, no shell words from outside
            ["/bin/sh", "-c", _DETACH, "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
            cwd="/",
            env=bare_environment(),
            user=user,
            group=group,
            extra_groups=None if user is None else (),
            start_new_session=True,
            umask=0o077,
            check=True,
        )
    return int(started.stdout)


def bare_environment() -> dict[str, str]:
    """What a server may know of our environment: no PG* variables, no secrets, one language."""
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be reaped by its parent does not."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{pid}/stat").read_bytes()
            return status.rpartition(b")")[2].split()[0] not in (b"Z", b"X")
        return False
    return _ps(pid, "stat=")[:1] not in ("", "Z")


def command_line(pid: int) -> str:
    """The words with which a process was started.

    Empty does not prove that it is gone: for a moment, while a program takes the place of the
    shell, Linux shows no words at all. Ask `alive` for that.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
            return raw.replace(b"\0", b" ").decode(errors="replace").strip()
        return ""
    return _ps(pid, "args=")


def _ps(pid: int, field: str) -> str:
    seen = subprocess.run(  # noqa: S603
        ["/bin/ps", "-ww", "-o", field, "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return seen.stdout.strip()


def end(pid: int, with_signal: signal.Signals) -> None:
    """Send a signal to a process that may be gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, with_signal)


def wait_until(met: Callable[[], bool], *, seconds: float) -> bool:
    """Look every few milliseconds until the condition is met; false when the time is up."""
    deadline = time.monotonic() + seconds
    while not met():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True

"""Shut the letter process away: no network, no other account's files, bounded memory and time.

Runs inside the child only. Each step that the machine does not allow is reported, never hidden.
"""

import ctypes
import os
import pwd
import resource
import sys
from pathlib import Path
from typing import Final

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_NO_NEW_PRIVS: Final = 38
_MEGABYTE: Final = 1024 * 1024

MEMORY_MB: Final = 512
CPU_SECONDS: Final = 20
_FILE_MB: Final = 16
_OPEN_FILES: Final = 64

_REFUSED: Final = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.",
    "urllib.",
    "http.",
    "ftplib.",
)


def cut_network() -> str:
    """Leave the network by a namespace of our own; say what was reached."""
    if sys.platform != "linux":
        return "audit hook"
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # An ordinary account may only do this inside a user namespace, and some kernels forbid that.
    flags = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWUSER | _CLONE_NEWNET
    return "namespace" if libc.unshare(flags) == 0 else "audit hook"


def limit_resources() -> None:
    """Bound memory, files and core dumps. Time is bounded anew for each letter."""
    os.umask(0o077)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_AS, MEMORY_MB * _MEGABYTE)
    _lower(resource.RLIMIT_FSIZE, _FILE_MB * _MEGABYTE)
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)


def limit_next_letter() -> None:
    """Give the next letter its processor seconds; the kernel ends the process beyond them."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = int(usage.ru_utime + usage.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wished = used + CPU_SECONDS
    resource.setrlimit(
        resource.RLIMIT_CPU,
        (wished if hard == resource.RLIM_INFINITY else min(wished, hard), hard),
    )


def _lower(which: int, wished: int) -> None:
    _, hard = resource.getrlimit(which)
    limit = wished if hard == resource.RLIM_INFINITY else min(wished, hard)
    resource.setrlimit(which, (limit, limit))


def drop_account(folder: Path, *, keep: bool) -> str:
    """Become `nobody` when we are root. Everything needed from disk must be loaded before."""
    if os.geteuid() != 0:
        return "own account"
    if keep:
        return "root: letters could not be laid out without it"
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return "root: this machine has no account called nobody"
    try:
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        os.setgroups([])
        os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
        os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    except PermissionError:
        return "root: this machine does not let it change its account"
    return "nobody"


def guard_calls(folder: Path) -> None:
    """Refuse sockets, processes and foreign files inside Python; it cannot be undone."""
    readable = tuple(
        os.path.realpath(place) + os.sep
        for place in (str(folder), sys.prefix, sys.base_prefix, *filter(None, sys.path))
        if os.path.realpath(place) != os.sep
    )

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(f"a letter may not use {event}")
        if event == "open" and isinstance(args[0], (str, bytes)):
            place = os.path.realpath(os.fsdecode(args[0]))
            if not place.startswith(readable):
                raise PermissionError("a letter may not open files outside its package")

    sys.addaudithook(hook)

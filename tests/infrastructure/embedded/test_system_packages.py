"""What `anseo doctor` says about a machine, judged from what was found on it."""

import subprocess
import sys

import pytest

from infrastructure.embedded.system_packages import (
    LIBRARIES,
    Finding,
    Probe,
    System,
    findings,
    loadable,
    probe,
    system_of,
)

ALL = frozenset(LIBRARIES)
APT = "apt-get install -y --no-install-recommends"


def a_probe(system: System, *, missing: str = "", **found: bool | str) -> Probe:
    whole: dict[str, bool | str] = {"postgres": True, "broker": True}
    return Probe(system=system, libraries=ALL - {missing}, **{**whole, **found})  # type: ignore[arg-type]


def advice(probe: Probe) -> set[str]:
    return {finding.do for finding in findings(probe) if not finding.ok}


def test_a_complete_machine_needs_nothing() -> None:
    found = findings(a_probe(System.DEBIAN))
    assert all(finding.ok and not finding.do for finding in found)
    assert len(found) == len(LIBRARIES) + 2


@pytest.mark.parametrize(
    ("system", "line"),
    [
        (System.DEBIAN, f"{APT} libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"),
        (
            System.UBUNTU,
            f"{APT} libharfbuzz0b libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        ),
        (System.FEDORA, "dnf install -y pango"),
    ],
)
def test_a_missing_library_comes_with_the_line_to_type(system: System, line: str) -> None:
    assert advice(a_probe(system, missing="Pango", as_root=True)) == {line}
    assert advice(a_probe(system, missing="Pango")) == {f"sudo {line}"}


def test_each_missing_library_is_named() -> None:
    found = findings(a_probe(System.MACOS, missing="HarfBuzz subset"))
    assert [finding for finding in found if not finding.ok] == [
        Finding("HarfBuzz subset (letters)", ok=False, do="brew install pango")
    ]


def test_on_a_mac_libraries_that_the_system_overlooks_need_a_setting_only() -> None:
    mac = a_probe(System.MACOS, missing="Pango", overlooked="/opt/homebrew/lib")
    assert advice(mac) == {"export DYLD_FALLBACK_LIBRARY_PATH=/opt/homebrew/lib"}


@pytest.mark.parametrize(
    ("system", "words"),
    [
        (System.DEBIAN, "set DATABASE_URL"),
        (System.ALPINE, "apk add postgresql"),
        (System.WINDOWS, "WSL"),
    ],
)
def test_a_machine_without_postgres_is_told_where_to_get_one(system: System, words: str) -> None:
    (do,) = advice(a_probe(system, postgres=False))
    assert words in do


def test_a_machine_without_a_broker_works_on() -> None:
    (do,) = advice(a_probe(System.WINDOWS, broker=False))
    assert do.startswith("set KAFKA_BOOTSTRAP")


@pytest.mark.parametrize(
    ("os_name", "release", "system"),
    [
        ("linux", {"ID": "debian"}, System.DEBIAN),
        ("linux", {"ID": "ubuntu", "ID_LIKE": "debian"}, System.UBUNTU),
        ("linux", {"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}, System.UBUNTU),
        ("linux", {"ID": "raspbian", "ID_LIKE": "debian"}, System.DEBIAN),
        ("linux", {"ID": "alpine"}, System.ALPINE),
        ("linux", {"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, System.FEDORA),
        ("linux", {"ID": "nixos"}, System.OTHER),
        ("linux", {}, System.OTHER),
        ("darwin", {}, System.MACOS),
        ("win32", {}, System.WINDOWS),
    ],
)
def test_a_system_is_known_by_what_it_calls_itself(
    os_name: str, release: dict[str, str], system: System
) -> None:
    assert system_of(os_name, release) is system


def test_a_library_that_is_not_there_cannot_be_loaded() -> None:
    assert not loadable(("libnobody-has-this.so.0",))


def test_this_machine_is_judged_as_weasyprint_judges_it() -> None:
    """In a process of its own, because WeasyPrint ends its import where Pango is missing."""
    tried = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", "import weasyprint.text.ffi"],
        capture_output=True,
        check=False,
    )
    needed = ALL - {"HarfBuzz subset"}
    assert (tried.returncode == 0) == (needed <= probe().libraries)

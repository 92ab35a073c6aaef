"""The same commands give the same bytes on every machine, whatever its seed, zone and language."""

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import pytest

HISTORIES: Final = 2_000
FOLDED: Final = 500
ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Machine:
    """A process with its own hash seed, time zone and language."""

    hash_seed: str
    zone: str
    language: str

    def start(self, which: str, count: int) -> subprocess.Popen[str]:
        mine = {
            "PYTHONHASHSEED": self.hash_seed,
            "TZ": self.zone,
            "LC_ALL": self.language,
            "LANG": self.language,
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "tests.properties.fingerprint", which, str(count)],
            cwd=ROOT,
            env={**os.environ, **mine},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@cache
def languages() -> tuple[str, ...]:
    """Return those of the wanted languages that this machine has; C is everywhere."""
    has = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout
    return tuple(name for name in ("C", "C.utf8", "tr_TR.utf8", "de_DE.utf8") if name in has)


def machines() -> list[Machine]:
    has = languages()
    zones = ("UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Europe/Dublin")
    return [Machine(str(n * 4242), zone, has[n % len(has)]) for n, zone in enumerate(zones)]


def told(which: str, count: int, pairs: int = 2) -> tuple[set[str], set[str]]:
    """Return the different hashes and the different wall clocks that the machines told."""
    hashes, clocks = set(), set()
    all_of_them = machines()
    for first in range(0, len(all_of_them), pairs):
        running = [m.start(which, count) for m in all_of_them[first : first + pairs]]
        for process in running:
            out, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
            digest, clock = out.split()
            hashes.add(digest)
            clocks.add(clock)
    return hashes, clocks


@pytest.mark.parametrize(("which", "count"), [("histories", HISTORIES), ("read_models", FOLDED)])
def test_all_machines_agree_on_every_state_every_stored_byte_and_every_row(
    which: str, count: int
) -> None:
    """R6: whatever seed, zone and language a machine has, and with every socket forbidden."""
    hashes, clocks = told(which, count)
    assert len(clocks) == len(machines()), "the zones did not take effect"
    assert len(hashes) == 1


@pytest.mark.parametrize("careless", ["order_of_a_set", "zone_of_the_machine"])
def test_a_careless_aggregate_would_be_found(careless: str) -> None:
    """The negative control: without it the agreement above would mean nothing."""
    hashes, _ = told(careless, 24, pairs=4)
    assert len(hashes) > 1


def test_an_aggregate_that_asks_the_network_would_be_found() -> None:
    process = machines()[0].start("asks_the_network", 1)
    _, errors = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "NoNetwork: socket.gethostbyname" in errors

"""kill -9 of the sealer around every commit: each fact sealed once, each root copied once."""

from contextlib import closing
from pathlib import Path
from typing import Final

import pytest

from infrastructure.runtime.role import wait_until
from infrastructure.seal.keys import seal_keys
from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.support.rig import QUICK, Rig
from tests.support.sealing import Sealed, fill

pytestmark = [pytest.mark.chaos, pytest.mark.postgres]
POINTS: Final = (
    "seal.before_commit",
    "seal.after_commit",
    "store.before_commit:2",
    "store.after_commit:2",
)
ROUNDS: Final = 12


def strike(rig: Rig) -> None:
    """Two stand for one lock; each ends at points that were dealt to it."""
    for name in ("seal-0", "seal-1"):
        rig.role(name, "seal")
        rig.arm(name, *(rig.deal("seal", POINTS) for _ in range(ROUNDS)))
        rig.kill(name)  # its first life: every later one ends at a point of its own


def test_a_killed_sealer_leaves_no_gap_nothing_twice_and_no_copy_out(
    database: Database, tmp_path: Path, seed: int, report: Report
) -> None:
    """A root that was copied and never committed would show as a rewritten history for ever."""
    home = tmp_path / "home"
    ours = {"DATABASE_URL": database.url, "ANSEO_HOME": str(home), "ANSEO_SEAL_ROOT_FACTS": "20"}
    with closing(Sealed(database, home)) as sealed, Rig(tmp_path, {**QUICK, **ours}, seed) as rig:
        sealed.keys = seal_keys(None, home, make=True)
        strike(rig)
        stored = 0
        while rig.kills < ROUNDS:
            fill(database, 5, seed + stored)
            stored += 5
            told = sealed.report()
            assert told.ok, (seed, told.findings)
        assert wait_until(lambda: sealed.report().unsealed == 0, 60, 0.1), rig.logs()
        assert wait_until(lambda: sealed.report().not_anchored == 0, 60, 0.1), rig.logs()
        told = sealed.report()
        assert (told.ok, told.facts) == (True, stored), (seed, told.findings)
        assert not rig.surprises, rig.logs()
        report.add("kill -9 of the sealer", kills=rig.kills, facts=told.facts, roots=told.roots)

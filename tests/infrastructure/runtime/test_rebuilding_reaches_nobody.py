"""R6: a rebuild asks nobody and tells nobody: it runs where every socket is forbidden."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from infrastructure.store.database import Database
from infrastructure.wiring.founding import found_tenant
from projections.all import READ_MODELS
from tests.support.ledgers import TENANT, ledger_on
from tests.support.rig import ROOT, clean_environment

pytestmark = pytest.mark.postgres
# libpq opens its connections itself: what is forbidden is everything but the database.
REBUILD_ALL: Final = """
import sys
from infrastructure.settings import Settings
from infrastructure.wiring.house import House
from infrastructure.runtime.projecting import Projector
from infrastructure.runtime.rebuilding import rebuild
from projections.all import READ_MODELS
from tests.properties.fingerprint import forbid_sockets

forbid_sockets()
with House(Settings(), sys.argv[1]) as house:
    while Projector(house.database, house.ledger.recorder, READ_MODELS, house.bell).step():
        pass
    done = [rebuild(house.database, house.ledger.recorder, model) for model in READ_MODELS]
    print(len(done), sum(one.rows for one in done), all(one.same for one in done))
"""
ASK = "\nimport socket\nsocket.create_connection(('127.0.0.1', 9))\n"


def run(database: Database, home: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, database.url],
        cwd=ROOT,
        env=clean_environment() | {"ANSEO_HOME": str(home), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_read_model_is_rebuilt_without_a_socket(database: Database, tmp_path: Path) -> None:
    with ledger_on(database) as ledger:
        found_tenant(ledger, TENANT, "staff:office")
    done = run(database, tmp_path, REBUILD_ALL)
    assert done.returncode == 0, done.stderr
    models, rows, same = done.stdout.split()
    assert (int(models), same) == (len(READ_MODELS), "True")
    assert int(rows) > 0


def test_the_control_a_rebuild_that_asks_somebody_is_found(
    database: Database, tmp_path: Path
) -> None:
    with ledger_on(database):
        done = run(database, tmp_path, REBUILD_ALL + ASK)
    assert done.returncode != 0
    assert "NoNetwork" in done.stderr

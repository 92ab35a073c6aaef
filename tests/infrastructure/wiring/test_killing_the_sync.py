"""A process that syncs is killed in the middle of a page, or asked to end; another goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest

from infrastructure.store.database import Database
from tests.support.syncs import WondeSchoolHere, wonde_school
from tests.support.wonde import TOKEN

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "api.commandline.main", "run", "sync"]


class Page:
    """The page at which the source holds its answer back until it is told to go on."""

    def __init__(self, school: WondeSchoolHere) -> None:
        self.asked, self.answered = Event(), Event()
        school.server.between_pages = self._hold

    def _hold(self, resource: str, number: int) -> None:
        if (resource, number) == ("attendance/session", 4):
            self.asked.set()
            self.answered.wait(30)


@contextmanager
def process(school: WondeSchoolHere, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run the role in a process of its own."""
    environment = {
        **os.environ,
        "DATABASE_URL": school.house.database.url,
        "ANSEO_HOME": str(home),
        "WONDE_URL": school.server.url,
        "WONDE_TOKEN": TOKEN,
    }
    with subprocess.Popen(COMMAND, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as role:
        try:
            yield role
        finally:
            role.kill()


def marks(school: WondeSchoolHere) -> str:
    return "".join(school.lines().values()).strip("-")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_half_taken_and_the_next_try_takes_all(
    database: Database, tmp_path: Path, how: signal.Signals
) -> None:
    with wonde_school(database, tmp_path) as school:
        school.plan()
        page = Page(school)
        with process(school, tmp_path) as role:
            assert page.asked.wait(60)
            role.send_signal(how)
            if how is signal.SIGTERM:
                page.answered.set()
            assert role.wait(30) == (-how if how is signal.SIGKILL else 0)
            page.answered.set()
        assert marks(school) == ""
        killed = how is signal.SIGKILL
        assert school.run().outcome == ("RUNNING" if killed else "REFUSED")
        assert school.role().step() == (0 if killed else 1)
        if killed:
            school.wait_no_more()
            assert school.role().step() == 1
        assert school.lines() == {f"A000{n}": "/" * 10 for n in range(5)}
        assert school.run().outcome == "WELL"


def test_a_sync_that_takes_page_after_page_is_found(database: Database, tmp_path: Path) -> None:
    """The control: what came before the kill, taken for the whole, shows in the same look."""
    with wonde_school(database, tmp_path) as school:
        for record_id in sorted(school.world.records["attendance/session"])[12:]:
            del school.world.records["attendance/session"][record_id]
        school.sync()
        assert marks(school) != ""

"""R14: a full disk, a door that is shut, a silent line, a slow one, an older backup.

Whatever was acknowledged is there afterwards, once; what could not be done is answered with 503 and
when to ask again; a store that went back in time stops what leaves the house.
"""

import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import conninfo

from infrastructure.embedded.errors import EmbeddedServerError
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.role import Role, wait_until
from infrastructure.runtime.witness import REWOUND, StoreRewound
from infrastructure.store import hazards
from infrastructure.store.database import Database
from infrastructure.store.recorder import newest
from tests.chaos.conftest import Report
from tests.support.cutting import Way
from tests.support.front import Family, Front, front_on

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(300)]
SMALL_DISK_MB: Final = 400
QUICK_SECONDS: Final = 1.0


@dataclass
class Clerk:
    """Asks for exemptions, writes down every answer, and asks again under the same key."""

    front: Front
    family: Family = field(default_factory=Family)
    answers: Counter[int] = field(default_factory=Counter)
    acknowledged: dict[str, tuple[UUID, int]] = field(default_factory=dict)
    without_retry_after: int = 0

    def __post_init__(self) -> None:
        self.front.enrol(self.family)

    def ask(self, key: str | None = None, reason: str = "in hospital") -> int:
        """Ask once and return the status."""
        key = key or str(uuid4())
        body = {"student_id": str(self.family.student), "starts_on": "2025-10-13", "reason": reason}
        answer = self.front.post("/api/exemptions", body, key=key)
        self.answers[answer.status_code] += 1
        if answer.is_success:
            told = answer.json()
            self.acknowledged[key] = (UUID(told["stream"]), told["version"])
        elif "retry-after" not in answer.headers:
            self.without_retry_after += 1
        return answer.status_code

    def lost(self, database: Database) -> int:
        """Count what was acknowledged and is not there, or was told to two wishes."""
        with psycopg.connect(database.url) as conn:
            rows = conn.execute("select originator_id, originator_version from ledger").fetchall()
        return len(self.acknowledged) - len(set(self.acknowledged.values()) & set(rows))

    def figures(self, database: Database) -> dict[str, object]:
        """Return what belongs into the report."""
        return {
            "answers": dict(self.answers),
            "acknowledged": len(self.acknowledged),
            "lost_or_doubled": self.lost(database),
        }

    def only(self, *statuses: int) -> bool:
        """Say whether no other answer was given, and none without saying when to ask again."""
        return not set(self.answers) - set(statuses) and not self.without_retry_after


@contextmanager
def on_a_line(database: Database, folder: Path) -> Iterator[tuple[Clerk, Way]]:
    """Give a door whose way to the store the test may spoil."""
    port = int(conninfo.conninfo_to_dict(database.url)["port"] or 0)
    with ExitStack() as stack:
        way = stack.enter_context(Way(port))
        behind = Database(conninfo.make_conninfo(database.url, port=way.port))
        front = stack.enter_context(front_on(behind, folder))
        front.house.database.answer_seconds = QUICK_SECONDS
        yield Clerk(front), way
        way.speak()


def test_a_store_that_refuses_connections_is_answered_with_503_and_nothing_is_lost(
    database: Database, tmp_path: Path, report: Report
) -> None:
    with on_a_line(database, tmp_path) as (clerk, way):
        clerk.ask()
        way.shut()
        assert clerk.ask("during") == 503
        way.reopen()
        assert clerk.ask("during") == 201
        assert clerk.ask() == 201
    report.add("refused connections", **clerk.figures(database))
    assert clerk.only(201, 503)
    assert clerk.lost(database) == 0


def test_a_line_that_has_gone_silent_is_abandoned(
    database: Database, tmp_path: Path, report: Report
) -> None:
    """No end was closed, so the network would never say: the connection's own patience does."""
    with on_a_line(database, tmp_path) as (clerk, way):
        front = clerk.front
        front.house.database.close()  # what was opened with the usual patience
        clerk.ask()
        way.hush()
        assert clerk.ask("during") == 503
        way.speak()
        assert clerk.ask("during") == 201
    report.add("half-open connections", **clerk.figures(database))
    assert clerk.only(201, 503)
    assert clerk.lost(database) == 0


def test_a_slow_line_is_slow_and_nothing_else(
    database: Database, tmp_path: Path, report: Report
) -> None:
    with on_a_line(database, tmp_path) as (clerk, way):
        way.delay = 0.05
        assert [clerk.ask() for _ in range(3)] == [201, 201, 201]
    report.add("slow line, 50 ms a packet", **clerk.figures(database))
    assert clerk.lost(database) == 0


@contextmanager
def small_disk() -> Iterator[Path]:
    """Give a disk that can be filled. Mounting takes a right: root, or sudo without a password."""
    folder = Path(tempfile.mkdtemp(prefix="anseo-disk-"))
    rights = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = ["-t", "tmpfs", "-o", f"size={SMALL_DISK_MB}m,mode=0755,uid={os.geteuid()}"]
    subprocess.run([*rights, "mount", *options, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run([*rights, "umount", "-l", str(folder)], check=True)
        folder.rmdir()


def fill(folder: Path) -> Path:
    """Leave no byte on the disk."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            with suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    return ballast


def test_a_full_disk_is_answered_with_503_and_what_was_acknowledged_is_there_afterwards(
    tmp_path: Path, report: Report
) -> None:
    """PostgreSQL may go down over it; it comes back with all of it once there is room."""
    with small_disk() as disk, EmbeddedHome(disk / "home") as postgres:
        with psycopg.connect(postgres.url(), autocommit=True) as conn:
            conn.execute("alter system set max_wal_size = '64MB'")
        postgres.stop()
        database = Database(postgres.ensure())
        with front_on(database, tmp_path) as front:
            clerk = Clerk(front)
            assert clerk.ask() == 201
            ballast = fill(disk)
            assert wait_until(lambda: clerk.ask(reason="x" * 150) == 503, 100, 0.0)
            during = dict(clerk.answers)
            ballast.unlink()
            assert wait_until(lambda: patient_start(postgres), 60, 0.5)
            assert wait_until(lambda: clerk.ask() == 201, 60, 0.1)
        report.add("disk full", until_it_was_full=during, **clerk.figures(database))
        assert clerk.only(201, 503)
        assert clerk.lost(database) == 0
        database.close()


def patient_start(postgres: EmbeddedPostgres) -> bool:
    try:
        postgres.ensure()
    except EmbeddedServerError:
        return False
    return True


class EmbeddedHome:
    """A server of one test's own."""

    def __init__(self, home: Path) -> None:
        self._postgres = EmbeddedPostgres(home)

    def __enter__(self) -> EmbeddedPostgres:
        self._postgres.ensure()
        return self._postgres

    def __exit__(self, *_: object) -> None:
        self._postgres.remove()


class Outward:
    """What would leave the house, counted."""

    name = "send-0"
    exclusive: str | None = None
    sent = 0

    def step(self) -> int:
        self.sent += 1
        return 0


def restored(postgres: EmbeddedPostgres, clerk: Clerk) -> None:
    """Copy the stopped server's data, work on, and bring the copy back."""
    assert postgres.folder is not None
    data, backup = postgres.folder / "data", postgres.folder / "backup"
    postgres.stop()
    copy(data, backup)
    postgres.ensure()
    assert wait_until(lambda: clerk.ask() == 201, 30, 0.1)
    assert wait_until(lambda: noted(clerk.front), 10)
    postgres.stop()
    shutil.rmtree(data)
    copy(backup, data)
    postgres.ensure()


def test_a_store_restored_from_an_older_backup_stops_what_leaves_the_house(
    tmp_path: Path, report: Report
) -> None:
    """The control, a role that does not look, goes on sending."""
    looks, blind = Outward(), Outward()
    with (
        EmbeddedHome(tmp_path / "pg") as postgres,
        front_on(Database(postgres.ensure()), tmp_path) as front,
    ):
        clerk = Clerk(front)
        assert [clerk.ask() for _ in range(3)] == [201] * 3
        restored(postgres, clerk)
        stopped = watched(front, looks, blind)
        report.add(
            "restored from an older backup",
            acknowledged=len(clerk.acknowledged),
            stopped=stopped,
            sent_with_the_look=looks.sent,
            sent_without_it=blind.sent,
        )
        assert (stopped, looks.sent) == (True, 0)
        with front.house.database.worker() as conn:
            assert [alarm.kind for alarm in hazards.alarms(conn)] == [REWOUND]
        assert blind.sent > 0
        front.house.witness.accept("staff:anna", "looked at the provider's list")
        front.house.witness.check()


def copy(source: Path, target: Path) -> None:
    """Copy a folder with its owner."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)


def noted(front: Front) -> bool:
    """Let the witness look until it has seen the last fact."""
    front.house.witness.check()
    seen = front.house.witness.seen()
    with front.house.database.worker() as conn:
        return seen is not None and seen.position == newest(conn)


def watched(front: Front, looks: Outward, blind: Outward) -> bool:
    """Run a role that looks and one that does not; say whether the first one stood."""
    database = front.house.database
    roles = [
        Role(looks, database, Bell(), 0.01, before=front.house.witness.check),
        Role(blind, database, Bell(), 0.01),
    ]
    for role in roles:
        role.start()
    try:
        stood = wait_until(lambda: roles[0].health.last_error == StoreRewound.__name__, 20)
        return stood and wait_until(lambda: blind.sent > 5, 10)
    finally:
        for role in roles:
            role.stop()
            role.join(10)

"""A house with one school at a Wonde-shaped server, for tests of whole syncs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from infrastructure.clock import move_school_clock
from infrastructure.imports.prepared import Insistence
from infrastructure.imports.report import ImportReport
from infrastructure.imports.sync_plans import SyncPlan, SyncRun, plan_of, set_plan
from infrastructure.imports.wonde import school_id, source_name
from infrastructure.register import reads
from infrastructure.settings import Settings
from infrastructure.store.database import Database
from infrastructure.wiring.house import House
from infrastructure.wiring.imports import Importer
from infrastructure.wiring.sync_role import Syncer
from infrastructure.wiring.syncing import Asked, sync_wonde
from tests.support.register import TENANT
from tests.support.wonde import SCHOOL, TOKEN, WondeServer, WondeWorld, made_up_school, serving

FRIDAY = datetime(2025, 9, 5, 16, 0, tzinfo=UTC)
OURS = school_id(TENANT, SCHOOL)
PLAN = SyncPlan(
    tenant=TENANT,
    school=OURS,
    version=0,
    source=source_name(SCHOOL),
    place="GB-ENG",
    times=[time(8, 0), time(12, 0)],
    compare_at=time(2, 0),
    paused=False,
    reason="",
    set_by="staff:7",
)


class WondeSchoolHere:
    """One school, its server and its house."""

    def __init__(self, house: House, server: WondeServer) -> None:
        self.house = house
        self.server = server
        self.world = server.world
        self.importer = Importer(house, TENANT, "staff:7")

    def sync(self, **asked: Any) -> list[ImportReport]:
        """Sync with no waiting between attempts."""
        if "accept_fewer" in asked:
            asked["accept_fewer"] = Insistence("staff:7", asked["accept_fewer"])
        wish = Asked(**{"place": "GB-ENG", **asked})
        return sync_wonde(self.importer, SCHOOL, wish, waits=(0.0, 0.0, 0.0))

    def plan(self, **change: Any) -> None:
        """Plan the school's syncs, or another school's."""
        with self.house.database.tenant(TENANT) as conn:
            set_plan(conn, replace(PLAN, **change))

    def clock(self, to: datetime) -> None:
        """Move the school clock."""
        with self.house.database.worker() as conn:
            move_school_clock(conn, to)

    def role(self) -> Syncer:
        """Return a role that looks at once, and waits for nothing between attempts."""
        return Syncer(self.house, waits=(0.0,))

    def run(self) -> SyncRun:
        """Return what came of the school's last sync by the role."""
        with self.house.database.worker() as conn:
            found = plan_of(conn, TENANT, OURS).run
        assert found is not None
        return found

    def wait_no_more(self) -> None:
        """Let the wait after a failure be over."""
        with self.house.database.worker() as conn:
            conn.execute("update sync_run set retry_at = now() - interval '1 s'")

    def lines(self, position: int | None = None) -> dict[str, str]:
        """Return each pupil's line of marks by the id at the source."""
        with self.house.database.auditor(TENANT) as conn:
            schools = reads.schools(conn, TENANT, position)
            lines = reads.lines(conn, TENANT, schools, position)
        return {line.source_id: line.marks for line in lines}

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the answer of a question."""
        with self.house.database.auditor(TENANT) as conn:
            return conn.execute(sql.encode()).fetchall()


@contextmanager
def wonde_school(
    database: Database, home: Path, world: WondeWorld | None = None, **settings: Any
) -> Iterator[WondeSchoolHere]:
    """Open a house beside a server; the school clock stands on a Friday in September."""
    with serving(world or made_up_school()) as server:
        usual = {"WONDE_URL": server.url, "WONDE_TOKEN": SecretStr(TOKEN)}
        given = Settings(ANSEO_HOME=home, **{**usual, **settings})
        with House(given, database.url) as house:
            with database.worker() as conn:
                move_school_clock(conn, FRIDAY)
            yield WondeSchoolHere(house, server)

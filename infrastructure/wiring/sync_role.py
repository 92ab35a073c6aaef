"""The role that syncs: each planned school at its times of the day, one school after the other."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from domain.attendance.jurisdictions import JurisdictionUnknown
from infrastructure.clock import machine_now, school_now
from infrastructure.imports import sync_plans
from infrastructure.imports.problem_kinds import Severity
from infrastructure.imports.report import ImportReport
from infrastructure.imports.sync_plans import Planned
from infrastructure.imports.sync_times import Reading
from infrastructure.imports.wonde import PlaceMissing
from infrastructure.imports.wonde_source import WAITS
from infrastructure.wiring.house import House
from infrastructure.wiring.imports import Importer
from infrastructure.wiring.syncing import Asked, SyncBusy, TokenMissing, sync_wonde

log = structlog.get_logger()
ACTOR: Final = "process:sync"
LOOK_EVERY: Final = 5.0  # seconds: a timetable has minutes
_AWAY: Final = frozenset({"source-away", "page-unreadable", "paging-broken"})


class Stopping(Exception):
    """The role ends: the sync in hand is given up, with nothing taken of what it was reading."""


class Syncer:
    """Reads schools that are due. Of two schools the one with fewer failures comes first."""

    name = "sync"
    exclusive: str | None = "sync"

    def __init__(self, house: House, *, waits: tuple[float, ...] = WAITS) -> None:
        self._house = house
        self._waits = waits
        self._look_at = 0.0
        self._stopping = threading.Event()

    def interrupt(self) -> None:
        """Give up the sync in hand before its next page."""
        self._stopping.set()

    def step(self) -> int:
        """Sync one school that is due; return 1, or 0 where none is."""
        if time.monotonic() < self._look_at or self._stopping.is_set():
            return 0
        for one, reading, at in self._due():
            try:
                self._sync(one, reading, at)
            except SyncBusy:
                continue  # a person is at it: whoever comes next is not kept waiting
            return 1
        self._look_at = time.monotonic() + LOOK_EVERY
        return 0

    def _due(self) -> list[tuple[Planned, Reading, datetime]]:
        with self._house.database.worker() as conn:
            now, machine = school_now(conn), machine_now()
            found = [
                (one, reading, now)
                for one in sync_plans.planned(conn)
                if (reading := one.due(now, machine)) is not None
            ]
        return sorted(found, key=lambda due: due[0].run.failures if due[0].run else 0)

    def _sync(self, one: Planned, reading: Reading, at: datetime) -> None:
        database = self._house.database
        with database.worker() as conn:
            run = sync_plans.begun(conn, one)
        try:
            problems = self._problems(one, reading)
        except (SyncBusy, Stopping) as abandoned:
            with database.worker() as conn:
                sync_plans.stopped(conn, one, run)
            if isinstance(abandoned, SyncBusy):
                raise
            return
        again = bool(_AWAY.intersection(problems))
        with database.worker() as conn:
            sync_plans.ended(conn, one, run, reading, at, problems, again=again)
        said = {"source": one.plan.source, "problems": problems, "again": again}
        (log.warning if problems else log.info)("synced", reads=reading.value, **said)

    def _problems(self, one: Planned, reading: Reading) -> list[str]:
        """Sync, and return the codes of what kept it from taking what the source has."""
        importer = Importer(self._house, one.plan.tenant, ACTOR, worth_keeping=_worth_keeping(one))
        full = reading is Reading.EVERYTHING
        asked = Asked(place=one.plan.place, full=full, nightly=True)
        try:
            reports = sync_wonde(
                importer, one.plan.at_source, asked, waits=self._waits, pause=self._pause
            )
        except TokenMissing:
            return ["token-missing"]
        except (PlaceMissing, JurisdictionUnknown):
            return ["place-unknown"]
        return sorted({code for report in reports for code in _stops(report)})

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise Stopping


def _worth_keeping(one: Planned) -> Callable[[ImportReport], bool]:
    """Say of which syncs a report is kept: of those that changed something or fail anew."""
    before = set(one.run.every_problem) if one.run else set()

    def worth(report: ImportReport) -> bool:
        stops = _stops(report)
        return not (report.unchanged or (stops and stops <= before))

    return worth


def _stops(report: ImportReport) -> set[str]:
    return {problem.code for problem in report.problems if problem.severity is Severity.STOPS}

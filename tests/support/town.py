"""A small town for journeys: real importers, real workers, real stand-in providers, moved time."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from domain.shared.ids import TenantId, derived_id
from infrastructure.clock import move_school_clock
from infrastructure.embedded.sandbox import SandboxOptions, SandboxProviders
from infrastructure.runtime.barrier import Barrier
from infrastructure.runtime.evaluating import Evaluator
from infrastructure.runtime.role import Worker
from infrastructure.settings import Settings
from infrastructure.store.database import Database
from infrastructure.wiring import workers
from infrastructure.wiring.founding import found_tenant
from infrastructure.wiring.house import House
from infrastructure.wiring.imports import Importer
from processmanagers.all import PROCESS_MANAGERS

TENANT = TenantId(derived_id("tenant", "town"))
DUBLIN = ZoneInfo("Europe/Dublin")
SCHOOLS = "school,name,jurisdiction,zone,denominator\nS1,Scoil Bhríde,IE,Europe/Dublin,MARKS\n"
CALENDAR = """date,kind,until,name,declared_days
2025-09-01,TERM,2025-12-19,Autumn,
2026-01-05,TERM,2026-06-26,Spring and summer,
2025-10-27,HOLIDAY,2025-10-31,Mid-term,
"""
STUDENTS = """student,given,family,birth_on,year_group,household,enrolled_on,left_on
P1,Seán,Ó Briain,2013-04-02,5,H1,2025-09-01,
P2,Áine,Murphy,2014-05-03,4,H2,2025-09-01,
"""
GUARDIANS = (
    "student,guardian,given,family,relation,priority,phone,email,language,may_receive_info,"
    "has_parental_responsibility,lives_with,no_contact,consent_sms,consent_email\n"
    "P1,G1,Máire,Uí Bhriain,MOTHER,1,0850001001,g1@example.org,en,yes,yes,yes,,yes,yes\n"
    "P1,G2,Liam,Ó Briain,FATHER,2,0850001002,g2@example.org,ga,yes,yes,no,,yes,yes\n"
    "P2,G3,Eve,Murphy,MOTHER,1,0850001003,g3@example.org,en,yes,yes,yes,,yes,yes\n"
)


class Town:
    """A house with every worker, stepped by hand: no threads of ours, no waiting for luck."""

    def __init__(self, house: House, providers: SandboxProviders, folder: Path) -> None:
        self.house = house
        self.providers = providers
        self.folder = folder
        self.importer = Importer(house, TENANT, "staff:office")
        self.crew: list[Worker] = [
            worker
            for role in ("project", "react", "tick", "evaluate", "send", "letters")
            for worker in workers.ROLES[role](house)
        ]
        evaluator = next(w for w in self.crew if isinstance(w, Evaluator))
        self.barrier = Barrier(house.database, PROCESS_MANAGERS, evaluator, house.bell)

    def settle(self) -> None:
        """Step every worker until nothing moves."""
        for _ in range(400):
            if not sum(worker.step() for worker in self.crew) and self.barrier.look().still:
                return
        raise AssertionError(f"never still: {self.barrier.look().moving}")

    def at(self, day: date, clock: time) -> None:
        """Move the school clock to a local time."""
        with self.house.database.worker() as conn:
            move_school_clock(conn, datetime.combine(day, clock, DUBLIN).astimezone(UTC))
        self.settle()

    def marks(self, day: date, codes: dict[str, str], name: str = "") -> None:
        """Import one day's marks; a pupil not named was present."""
        rows = "".join(f"{p},{day},DAY,{codes.get(p, 'P')}\n" for p in ("P1", "P2"))
        path = self.folder / f"marks-{day}{name}.csv"
        path.write_text("student,date,session,code\n" + rows, encoding="utf-8")
        report = self.importer.csv("marks", path, "S1", today=day + timedelta(days=5))
        assert not report.problems, report
        self.settle()

    def days(self, first: date, count: int) -> Sequence[date]:
        """Return the next open days."""
        found: list[date] = []
        day = first
        while len(found) < count:
            closed = date(2025, 10, 27) <= day <= date(2025, 10, 31)
            if day.weekday() < 5 and not closed:
                found.append(day)
            day += timedelta(days=1)
        return found


@contextmanager
def town_on(database: Database, folder: Path, **settings: object) -> Iterator[Town]:
    """Open a town on a throw-away database."""
    with ExitStack() as stack:
        providers = SandboxProviders(folder / "provider.jsonl", SandboxOptions())
        stack.enter_context(providers)
        wanted: dict[str, object] = {
            "ANSEO_HOME": folder / "home",
            "SMS_URL": providers.sms_url,
            "SMTP_PORT": providers.smtp_port,
            "ANSEO_SENDER_THREADS": 1,
            "ANSEO_PROVIDER_TIMEOUT_SECONDS": 2.0,
            **settings,
        }
        house = stack.enter_context(House(Settings(**wanted), database.url))  # type: ignore[arg-type]  # aliases
        with database.worker() as conn:
            move_school_clock(conn, datetime(2025, 9, 1, 6, 0, tzinfo=UTC))
        town = Town(house, providers, folder)
        found_tenant(house.ledger, TENANT, "staff:office")
        for name, text in (("schools", SCHOOLS), ("calendar", CALENDAR)):
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        (folder / "students.csv").write_text(STUDENTS, encoding="utf-8")
        (folder / "guardians.csv").write_text(GUARDIANS, encoding="utf-8")
        town.importer.schools(folder / "schools.csv")
        for what in ("calendar", "students", "guardians"):
            path = folder / f"{what}.csv"
            report = town.importer.csv(what, path, "S1", today=date(2025, 9, 1))
            assert report.imported, report
        town.settle()
        yield town

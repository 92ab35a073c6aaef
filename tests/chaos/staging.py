"""A village, its roles as processes, and the blows: what the kill tests have in common."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.settings import Settings
from infrastructure.store.database import Database
from infrastructure.wiring.house import House
from tests.chaos.evidence import Evidence, weigh
from tests.chaos.sizes import People
from tests.chaos.village import AWAY_DAYS, Village
from tests.support.cutting import Way
from tests.support.rig import QUICK, SANDBOX, Providers, Rig, providers

PATIENCE: Final = 120.0
# Every role in processes of its own; of those with a lock, one is active and the other stands by.
APART: Final[Mapping[str, tuple[str, ...]]] = {
    "project-0": ("project",),
    "project-1": ("project",),
    "react-0": ("react",),
    "react-1": ("react",),
    "tick-0": ("tick",),
    "evaluate-0": ("evaluate",),
    "send-0": ("send",),
    "send-1": ("send",),
    "letters-0": ("letters",),
}
TOGETHER: Final[Mapping[str, tuple[str, ...]]] = {
    "followers-0": ("project", "react", "tick", "evaluate", "letters"),
    "send-0": ("send",),
    "send-1": ("send",),
}
RECKLESS: Final = (sys.executable, "-m", "tests.support.reckless")
# Where each role can be killed so that it hurts, and how often that place is passed at most before.
POINTS: Final[Mapping[str, Mapping[str, int]]] = {
    "send": {"send.after_attempt": 3, "send.after_call": 3, "send.after_outcome": 3},
    "letters": {"letter.after_render": 3, "letter.after_store": 3},
    "react": {"react.before_commit": 6, "react.after_commit": 6},
    "project": {"project.before_commit": 6, "project.after_commit": 6},
    "tick": {"tick.before_commit": 2, "tick.after_commit": 2},
    "evaluate": {},
    "api": {},
    "followers": {
        "project.before_commit": 9,
        "react.before_commit": 9,
        "tick.before_commit": 2,
        "letter.after_store": 2,
    },
}


@dataclass(frozen=True, slots=True)
class Stage:
    """Everything that stands: the house of the test's own process, the village, the rig."""

    house: House
    village: Village
    rig: Rig
    providers: Providers
    lines: tuple[Way, ...] = ()  # to the gateway and to the mail server, where asked for

    def live(self, blow: Callable[[int], None]) -> None:
        """Live to the end of the story; each day's blow falls before its work."""
        for _ in self.village.days(blow):
            pass
        self.village.settle()

    def weigh(self) -> Evidence:
        """Look at everything, and at who died without being killed."""
        found = weigh(self.house, self.providers.log, self.village.owed())
        found.faults += self.rig.surprises
        return found

    def figures(self, evidence: Evidence) -> dict[str, object]:
        """Return what belongs into the report."""
        return {
            "pupils": len(self.village.district.pupils),
            "approved": len(self.village.approved),
            "kills": self.rig.kills,
            "deaths": dict(self.rig.deaths),
            **evidence.figures,
            "faults": len(evidence.faults),
        }


@contextmanager
def staged(
    database: Database,
    folder: Path,
    seed: int,
    people: People,
    *,
    roles: Mapping[str, tuple[str, ...]] = APART,
    sandbox: Sequence[str] = (),
    module: str = SANDBOX,
    with_lines: bool = False,
    **settings: str,
) -> Iterator[Stage]:
    """Start the stand-ins, the roles and the village. No roles at `send-…`: the reckless sender."""
    with ExitStack() as stack:
        stand_ins = stack.enter_context(providers(folder, *sandbox, module=module))
        ports = (stand_ins.sms_port, stand_ins.smtp_port)
        lines = tuple(stack.enter_context(Way(port)) for port in ports if with_lines)
        ports = (lines[0].port, lines[1].port) if with_lines else ports
        environment = {
            **QUICK,
            "ANSEO_HOME": str(folder / "home"),
            "DATABASE_URL": database.url,
            "SMS_URL": f"http://127.0.0.1:{ports[0]}",
            "SMTP_PORT": str(ports[1]),
            **settings,
        }
        house = stack.enter_context(House(Settings(ANSEO_HOME=folder / "home"), database.url))
        village = Village(house, folder / "files", seed, people.pupils, people.evenly, PATIENCE)
        logs = folder / "logs"
        logs.mkdir()
        rig = stack.enter_context(Rig(logs, environment, seed))
        for name, wanted in roles.items():
            if wanted:
                rig.role(name, *wanted)
            else:
                rig.command(name, *RECKLESS)
        yield Stage(house, village, rig, stand_ins, lines)


def strike(rig: Rig, role: str) -> None:
    """Kill every process of a role whatever it does, and let its next life end where it hurts."""
    for name in rig.names(role):
        if POINTS[role]:
            point = rig.deal(role, POINTS[role])
            rig.arm(name, f"{point}:{rig.dice.randint(1, POINTS[role][point])}")
        rig.kill(name)


class Blows:
    """What befalls the village: each day something else; the senders when they have work."""

    def __init__(self, stage: Stage, database: Database, server: EmbeddedPostgres) -> None:
        self._rig = stage.rig
        self._database = database
        self._server = server
        self._others = ["project", "react", "letters", "tick", "evaluate"]
        self._rig.dice.shuffle(self._others)

    def __call__(self, day: int) -> None:
        """Strike."""
        if day > AWAY_DAYS + 1 and day % 5:
            strike(self._rig, "send")
        if day % 2 == 0:
            strike(self._rig, self._others[day // 2 % len(self._others)])
        if day % 6 == 3:
            self._cut_sessions(6)
        if day % 8 == 7:
            with self._rig.store_away():
                self._server.stop("immediate")
                self._server.ensure()
        if day % 4 == 1:
            self._rig.pause(self._rig.dice.choice(self._rig.names()), self._rig.dice.uniform(1, 4))

    def _cut_sessions(self, count: int) -> None:
        """End some of the roles' connections, as a fail-over or a strict proxy does."""
        with psycopg.connect(self._database.url, autocommit=True) as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from (select pid from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
                " and backend_type = 'client backend' order by random() limit %s) as cut",
                (count,),
            )

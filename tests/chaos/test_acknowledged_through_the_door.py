"""R2 through HTTP: what was answered 201 is there once, although the API is killed all the time."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

import httpx2
import psycopg
import pytest
from psycopg import conninfo

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.processes import free_port
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.chaos.sizes import DOOR
from tests.support.cutting import Way
from tests.support.front import SOON, Family, Front, front_on
from tests.support.rig import QUICK, Rig

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(1800)]
THREADS: Final = 8
CREATED: Final = 201
CUT_SHARE: Final = 0.08
PATIENCE: Final = 120.0


@dataclass
class Door:
    """Where the API is. Its line is cut only while it is up: a start that is cut off is no news."""

    url: str
    up: bool = False


@dataclass
class Secretary:
    """One client at the door: agrees meetings, and asks again until the door has said so."""

    door: Door
    token: dict[str, str]
    family: Family
    keeps_keys: bool = True
    told: dict[str, str] = field(default_factory=dict)  # key of the wish: the meeting's stream
    answers: Counter[str] = field(default_factory=Counter)

    def work(self, wishes: int) -> None:
        """Agree meetings, one after the other."""
        with httpx2.Client(base_url=self.door.url, timeout=10) as client:
            for number in range(wishes):
                key = f"{self.family.intervention}-{number}"
                assert wait_until(lambda: self.agree(client, key, number), PATIENCE, 0.05)  # noqa: B023  called at once

    def agree(self, client: httpx2.Client, key: str, number: int) -> bool:
        """Ask once; say whether it was answered."""
        body = {
            "intervention_id": str(self.family.intervention),
            "stage": "MEETING",
            "scheduled_at": (SOON + timedelta(hours=number % 3, days=number // 3)).isoformat(),
        }
        headers = {**self.token, "Idempotency-Key": key if self.keeps_keys else str(uuid4())}
        try:
            answer = client.post("/api/meetings", json=body, headers=headers)
        except httpx2.TransportError as error:
            self.door.up = self.door.up and not isinstance(error, httpx2.ConnectError)
            self.answers[type(error).__name__] += 1
            return False
        self.answers[str(answer.status_code)] += 1
        if answer.status_code != CREATED:
            return False
        self.door.up = True
        said = self.told.setdefault(key, answer.json()["stream"])
        self.answers["otherwise"] += said != answer.json()["stream"]
        return True


@contextmanager
def at_the_door(
    database: Database, folder: Path, seed: int, *, keeps_keys: bool = True
) -> Iterator[tuple[Rig, list[Secretary], Way]]:
    """Start the API as a process behind a bad line, and secretaries in front of it."""
    port = int(conninfo.conninfo_to_dict(database.url)["port"] or 0)
    with Way(port, seed) as way, front_on(database, folder) as front:
        listening = free_port()
        door = Door(f"http://127.0.0.1:{listening}")
        way.chance = lambda: CUT_SHARE if door.up else 0.0
        environment = {
            **QUICK,
            "ANSEO_HOME": str(folder / "home"),
            "ANSEO_PORT": str(listening),
            "DATABASE_URL": conninfo.make_conninfo(database.url, port=way.port),
        }
        logs = folder / "logs"
        logs.mkdir()
        with Rig(logs, environment, seed) as rig:
            rig.role("api-0", "api")
            yield rig, [secretary(front, door, keeps_keys=keeps_keys) for _ in range(THREADS)], way


def secretary(front: Front, door: Door, *, keeps_keys: bool) -> Secretary:
    family = Family()
    front.propose(family)
    return Secretary(door, front.token(), family, keeps_keys)


def meetings(database: Database) -> Counter[str]:
    """Count the meetings in the store."""
    with psycopg.connect(database.url) as conn:
        rows = conn.execute(
            "select stream::text, count(*) from ledger_json where name = 'meeting.scheduled'"
            " group by stream"
        ).fetchall()
    return Counter(dict(rows))


def everybody(
    clients: list[Secretary], wishes: int, blows: int, strike: Callable[[int], None]
) -> None:
    """Let all of them work; strike each time another part of the work is done."""
    with ThreadPoolExecutor(THREADS) as pool:
        work = [pool.submit(client.work, wishes // THREADS) for client in clients]
        for part in range(1, blows + 1):
            due = part * wishes // (blows + 1)
            assert wait_until(lambda: sum(len(c.told) for c in clients) >= due, PATIENCE)  # noqa: B023  called at once
            strike(part)
        for one in work:
            one.result()


def test_what_the_door_has_answered_is_there_once_although_its_process_is_killed(
    broken_database: Database,
    breakable: EmbeddedPostgres,
    tmp_path: Path,
    seed: int,
    report: Report,
) -> None:
    with at_the_door(broken_database, tmp_path, seed) as (rig, clients, way):

        def strike(part: int) -> None:
            if part % 3:
                kill(rig)
                return
            with rig.store_away():
                breakable.stop("immediate")
                breakable.ensure()

        everybody(clients, DOOR.wishes, DOOR.blows, strike)
        wrong, answers = compared(broken_database, clients)
        report.add(
            "acknowledged = durable through HTTP (the API killed, its line cut)",
            wishes=sum(len(client.told) for client in clients),
            deaths=dict(rig.deaths),
            ended_while_starting=len(rig.surprises),
            cuts=dict(way.cuts),
            answers=dict(answers),
            **wrong,
        )
        assert not any(wrong.values()), f"{wrong}\n{rig.logs()}"
        assert rig.kills


def kill(rig: Rig) -> None:
    """Kill whatever it does, and let the next life end when something is stored and not answered.

    A life that finds no store while it starts ends by itself, and is begun again.
    """
    rig.arm("api-0", f"group.after_commit:{rig.dice.randint(1, 6)}")
    rig.kill("api-0")


def compared(
    database: Database, clients: Sequence[Secretary]
) -> tuple[dict[str, int], Counter[str]]:
    """Ask for everything again under the same keys, and compare what was told with the store."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda client: client.work(DOOR.wishes // THREADS), clients))
    told = {key: stream for client in clients for key, stream in client.told.items()}
    answers = sum((client.answers for client in clients), Counter[str]())
    stored = meetings(database)
    wrong = {
        "acknowledged, and missing": len(set(told.values()) - stored.keys()),
        "stored twice": stored.total() - len(told),
        "answered otherwise": answers.pop("otherwise", 0),
        "server errors that are not 503": sum(answers[f"50{n}"] for n in (0, 1, 2, 4)),
        "false conflicts": answers["409"] + answers["412"],
    }
    return wrong, answers


def test_the_control_a_client_without_keys_agrees_meetings_twice(
    broken_database: Database, tmp_path: Path, seed: int, report: Report
) -> None:
    """Each try is a new wish: what was stored and not answered is stored again."""
    with at_the_door(broken_database, tmp_path, seed, keeps_keys=False) as (rig, clients, way):
        everybody(clients, DOOR.wishes // 4, 3, lambda _: kill(rig))
        told = sum(len(client.told) for client in clients)
    stored = len(meetings(broken_database))
    report.add(
        "control: a client without keys",
        wishes=told,
        cuts=dict(way.cuts),
        meetings=stored,
        doubled=stored - told,
    )
    assert stored > told

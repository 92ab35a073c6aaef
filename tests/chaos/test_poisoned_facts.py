"""A fact that nobody can read parks its stream for every follower; the other streams go on."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pytest

from domain.intervention.commands import ApproveStage
from infrastructure.clock import move_school_clock
from infrastructure.embedded.sandbox_log import read_taken
from infrastructure.runtime import health, parking
from infrastructure.runtime.projecting import Projector
from infrastructure.runtime.reacting import Reactor
from infrastructure.runtime.rebuilding import rebuild
from infrastructure.runtime.role import Worker
from infrastructure.store import reads
from infrastructure.store.database import Database
from processmanagers.all import PROCESS_MANAGERS
from projections import interventions
from projections.all import READ_MODELS
from projections.interventions import InterventionRow
from tests.chaos.conftest import Report
from tests.journeys.test_absence_to_letter import queue_of
from tests.support.rig import ROOT, clean_environment
from tests.support.town import DUBLIN, TENANT, Town, town_on

pytestmark = [pytest.mark.chaos, pytest.mark.postgres]
BY_HAND: Final = ("interventions", "case_opener")
ROUNDS: Final = 12  # each worker steps so often and no more: what waits longer than that is stuck
POISONS: Final = {
    "a name of tomorrow": "update ledger set topic = 'playbook_run.of_tomorrow'",
    "a payload that does not fit": "update ledger set state = '{\"playbook\": 7}'",
}


@pytest.fixture
def town(broken_database: Database, tmp_path: Path) -> Iterator[Town]:
    with town_on(broken_database, tmp_path) as town:
        for day in town.days(date(2025, 9, 1), 6):
            town.at(day, time(9, 30))
            town.marks(day, {"P1": "F", "P2": "F"})
            town.at(day, time(17, 30))
        yield town


def approve_all(town: Town) -> None:
    """Approve what waits; nobody has seen it yet."""
    for waiting in queue_of(town):
        with town.house.database.auditor(TENANT) as conn:
            asked = {"tenant": TENANT, "key": str(waiting.subject)}
            (row,) = reads.documents(conn, interventions.ONE, InterventionRow, asked)
        command = ApproveStage(
            intervention_id=row.intervention_id,
            student_id=row.student_id,
            school_id=row.school_id,
            case_id=row.case_id,
            stage=waiting.stage,
        )
        town.house.ledger.execute(command, tenant=TENANT, by="staff:principal")


def runs(town: Town) -> list[tuple[UUID, int]]:
    """Return stream and position of each run's first fact."""
    with psycopg.connect(town.house.database.url) as conn:
        return conn.execute(
            "select originator_id, notification_id from ledger"
            " where topic like 'playbook_run.%' and originator_version = 1"
            " order by notification_id"
        ).fetchall()


def poisoned(town: Town, poison: str) -> tuple[UUID, Sequence[Any]]:
    """Spoil the first fact of one run before anybody saw it; return the run and the good row."""
    approve_all(town)
    crew = [w for w in town.crew if w.name in {"project", "react"}]
    while not runs(town):
        for worker in crew:
            if not runs(town):
                worker.step()
    stream, position = runs(town)[0]
    with psycopg.connect(town.house.database.url) as conn:
        good = conn.execute(
            "select topic, state from ledger where notification_id = %s", (position,)
        ).fetchone()
        conn.execute(f"{poison} where notification_id = %s", (position,))
    assert good is not None
    return stream, (*good, position)


def mend(town: Town, good: Sequence[Any]) -> None:
    with psycopg.connect(town.house.database.url) as conn:
        conn.execute("update ledger set topic = %s, state = %s where notification_id = %s", good)


def step(crew: Sequence[Worker]) -> None:
    """Let everybody do a bounded number of steps; nothing is waited for."""
    for _ in range(ROUNDS):
        for worker in crew:
            worker.step()


def lag(town: Town) -> int:
    """Return how far the last follower is behind."""
    with town.house.database.worker() as conn:
        return max(follower.lag for follower in health.look(conn).followers if follower.own)


def followers(town: Town, *arguments: str) -> dict[str, Any]:
    """Ask as an operator does: `anseo followers --json`."""
    done = subprocess.run(
        [sys.executable, "-m", "api.commandline.main", "followers", "--json", *arguments],
        cwd=ROOT,
        env=clean_environment()
        | {
            "DATABASE_URL": town.house.database.url,
            "ANSEO_HOME": str(town.house.settings.home),
            "PATH": os.environ["PATH"],
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def retry_all(town: Town) -> None:
    """Retry for every follower, as the command does, without starting a process for each."""
    projector = next(w for w in town.crew if isinstance(w, Projector))
    reactor = next(w for w in town.crew if isinstance(w, Reactor))
    for model in READ_MODELS:
        projector.retry(model)
    for manager in PROCESS_MANAGERS:
        reactor.retry(manager)


def texts(town: Town) -> int:
    return len(read_taken(town.folder / "provider.jsonl"))


@pytest.mark.parametrize("kind", POISONS)
def test_a_poisoned_stream_waits_for_everybody_and_catches_up_in_order(
    town: Town, kind: str, report: Report
) -> None:
    stream, good = poisoned(town, POISONS[kind])
    day = town.days(date(2025, 9, 1), 7)[-1]
    step(town.crew)
    clock_to(town, day)
    step(town.crew)
    assert lag(town) == 0
    others = len(runs(town)) - 1
    assert texts(town) == others > 0
    listed = followers(town)["parked"]
    assert {row["follower"] for row in listed} == set(health.OWN)
    assert {(row["stream"], row["from"]) for row in listed} == {(str(stream), good[-1])}
    mend(town, good)
    for name in BY_HAND:
        followers(town, "--retry", name)
    retry_all(town)
    assert followers(town)["parked"] == []
    town.settle()
    assert texts(town) == others + 1
    again = [rebuild(town.house.database, town.house.ledger.recorder, m) for m in READ_MODELS]
    assert [one.name for one in again if not one.same] == []
    report.add(f"poisoned: {kind}", followers=len(listed), rounds=2 * ROUNDS, others=others, lag=0)


def clock_to(town: Town, day: date) -> None:
    """Move the clock without waiting for anybody: something is parked."""
    with town.house.database.worker() as conn:
        move_school_clock(conn, datetime.combine(day, time(9, 1), DUBLIN).astimezone(UTC))


class Stopped(Exception):
    """A follower that does not park has met what it cannot read."""


def test_the_control_followers_that_do_not_park_stand_still(
    town: Town, monkeypatch: pytest.MonkeyPatch, report: Report
) -> None:
    """The same look at the lag finds a follower that stops at what it cannot read."""
    opened = parking.open_all

    def stop_at_it(rows: Sequence[tuple[Any, ...]]) -> object:
        facts, bad = opened(rows)
        if bad:
            raise Stopped
        return facts, bad

    poisoned(town, POISONS["a name of tomorrow"])
    monkeypatch.setattr(parking, "open_all", stop_at_it)
    for worker in town.crew * ROUNDS:
        with suppress(Stopped):
            worker.step()
    report.add("control: followers that do not park", rounds=ROUNDS, lag=lag(town))
    assert lag(town) > 0

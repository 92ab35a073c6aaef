"""R13: whatever place a process ends at, it comes to the same end when it is begun again."""

import shutil
import time as clock
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import conninfo, sql

from infrastructure.clock import move_school_clock
from infrastructure.embedded.postgres import EmbeddedPostgres
from tests.chaos.conftest import Report
from tests.chaos.sweeping import Scene, Stage, found_by, sweep
from tests.chaos.test_poisoned_facts import approve_all
from tests.journeys.test_absence_to_letter import five_days_absent, runs_of
from tests.support.postgres import throw_away
from tests.support.town import DUBLIN, TENANT, Town, town_on

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(900)]
# A mail that is not answered in time is unknown for good, also on a machine that is busy.
PATIENT: Final = {"ANSEO_PROVIDER_TIMEOUT_SECONDS": "1.5"}
KEYS: Final = {"SMS_RETRY_RULE": "IDEMPOTENCY_KEY"}
MORNING: Final = time(9, 1)
ONE_OF_BOTH: Final = {
    "phone": "+353850001001",
    "language": "en",
    "given": "Máire",
    "family": "Uí Bhriain",
}
SENDING: Final = ("tick", "send", "project", "react")
SCENES: Final = (
    Scene("react", "approved", ("project", "react", "tick"), ("evaluations", "letters")),
    Scene("letters", "letters_wanted", ("letters", "project", "react")),
    Scene("texts_b", "texts_due", SENDING),
    Scene("texts_a", "texts_due", SENDING, settings=KEYS, idempotent=True),
    Scene("asked_not_taken", "texts_due", SENDING, first="send.after_attempt:1"),
    Scene("asked_and_taken", "texts_due", SENDING, first="send.after_call:1"),
    Scene("mails_c", "mails_due", SENDING, settings=PATIENT),
)
RECKLESS: Final = Scene("reckless", "texts_due", ("tick", "reckless", "project", "react"))
CARELESS: Final = Scene("careless", "approved", ("project", "careless"), ("evaluations", "letters"))


class Snapshots:
    """Copies of one town's database and home at certain moments."""

    def __init__(self, server: str, town: Town, homes: Path) -> None:
        self._server = server
        self._town = town
        self._homes = homes
        self.names: list[str] = []

    def take(self, name: str) -> None:
        """Copy both; the town's own connections are ended for it, and come back."""
        source = str(conninfo.conninfo_to_dict(self._town.house.database.url)["dbname"])
        with psycopg.connect(self._server, autocommit=True) as conn:
            conn.execute(
                "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s",
                (source,),
            )
            copy = sql.SQL("create database {} template {}")
            conn.execute(copy.format(sql.Identifier(name), sql.Identifier(source)))
        shutil.copytree(self._town.house.settings.home, self._homes / name)
        self.names.append(name)


def clock_to(town: Town, day: date) -> None:
    """Move the clock before anybody has done what is due then."""
    with town.house.database.worker() as conn:
        move_school_clock(conn, datetime.combine(day, MORNING, DUBLIN).astimezone(UTC))


def only(town: Town, *roles: str) -> Callable[[], None]:
    crew = [w for w in town.crew if w.name.partition("-")[0] in roles]

    def step() -> None:
        while sum(worker.step() for worker in crew):
            pass

    return step


def give_both_one_number(town: Town) -> None:
    """Let both parents have given one number, and hear the same words: look-ups must tell them."""
    house, guardians = town.house, [run.guardian_id for run in runs_of(town) if run.guardian_id]
    with house.database.worker() as conn:
        known = house.vault.get_many(conn, TENANT, guardians)
        for guardian in guardians:
            fields = {**known[guardian], **ONE_OF_BOTH}
            house.vault.put(conn, TENANT, guardian, "guardian", {guardian: fields})


@pytest.fixture(scope="module")
def stage(
    breakable: EmbeddedPostgres,
    breakable_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Stage]:
    """One town, and its snapshots: approved, letters asked for, texts due, mails due."""
    folder = tmp_path_factory.mktemp("sweep")
    server = breakable.url()
    homes = folder / "homes"
    with throw_away(server, breakable_template) as database:
        with town_on(database, folder / "town") as town:
            snapshots = Snapshots(server, town, homes)
            days = five_days_absent(town)
            approve_all(town)
            snapshots.take("approved")
            only(town, "project", "react")()
            snapshots.take("letters_wanted")
            town.settle()
            _, texts_on, *_, mails_on = town.days(days[-1], 9)
            give_both_one_number(town)
            clock_to(town, texts_on)
            snapshots.take("texts_due")
            town.settle()
            clock_to(town, mails_on)
            snapshots.take("mails_due")
        with Stage(server, folder, homes).open() as stage:
            yield stage


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_process_that_ends_at_any_place_comes_to_the_same_end(
    stage: Stage, scene: Scene, seed: int, report: Report
) -> None:
    began = clock.monotonic()
    found = sweep(stage, scene, seed)
    report.add(
        f"crash at every place: {scene.name}",
        **found.figures,
        seconds=round(clock.monotonic() - began, 1),
    )
    assert not found.wrong, "\n".join(found.wrong)
    assert found.figures["ended"] == found.figures["places"]


@pytest.mark.parametrize(
    ("scene", "sign"), [(RECKLESS, "sent twice"), (CARELESS, "became None")], ids=("send", "react")
)
def test_the_control_a_worker_that_says_so_first_or_last_is_found_by_the_sweep(
    stage: Stage, scene: Scene, sign: str, seed: int, report: Report
) -> None:
    """A sender that writes down at the end sends twice; a reactor that moves on first loses."""
    tried, places = found_by(stage, scene, sign, seed)
    report.add(f"control: the {scene.name} one", places=places, found_after=tried)
    assert tried

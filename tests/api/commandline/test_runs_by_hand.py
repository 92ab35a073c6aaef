"""`anseo runs` as a person and as a program meet it."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from typer.testing import CliRunner, Result

from api.commandline.main import app
from api.commandline.opening import DEFAULT_TENANT, opened, tenant_id
from domain.playbook.commands import ActivatePlaybook
from domain.playbook_run.commands import StartRun
from domain.shared.ids import RunId
from infrastructure.store.database import Database
from infrastructure.wiring import workers
from tests.support.examples import INTERVENTION, PLAYBOOK, PLAYBOOK_1, STEPS, but

pytestmark = pytest.mark.postgres
BY = ("--by", "staff:head")
FIRMER = msgspec.structs.replace(PLAYBOOK_1, name="Firmer", steps=STEPS[1:])


def anseo(*words: object, status: int = 0) -> Result:
    done = CliRunner().invoke(app, ["runs", *map(str, words)])
    assert done.exit_code == status, done.output
    return done


def last_json(done: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture
def runs(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[RunId]:
    """Two runs under the first version of a playbook, of which there is a second one by now."""
    monkeypatch.setenv("ANSEO_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database.url)
    started = [but(StartRun, run_id=RunId(uuid4()), guardian_id=uuid4()) for _ in range(2)]
    wishes = [ActivatePlaybook(PLAYBOOK_1), ActivatePlaybook(FIRMER), *started]
    with opened() as house:
        for wish in wishes:
            house.ledger.execute(wish, tenant=tenant_id(DEFAULT_TENANT), by="staff:office")
    fold()
    return [one.run_id for one in started]


def fold() -> None:
    with opened() as house:
        crew = workers.project(house)
        while sum(worker.step() for worker in crew):
            pass


def test_a_run_is_held_goes_on_and_is_stopped_in_a_persons_name(runs: list[RunId]) -> None:
    first, second = runs
    assert {row["run_id"] for row in last_json(anseo("list", "--json"))["items"]} == set(
        map(str, runs)
    )
    assert "on record" in anseo("pause", first, *BY).stdout
    assert "so already" in anseo("pause", first, *BY).stdout
    fold()
    assert f"{first}  PAUSED    After the first letter, version 1  MANUAL" in (
        anseo("list", "PAUSED").stdout
    )
    assert last_json(anseo("resume", first, *BY, "--json")) == {"run_id": str(first), "facts": 2}
    assert last_json(anseo("stop", second, *BY, "--json"))["facts"] == 1
    fold()
    (line,) = last_json(anseo("show", second, "--json"))["logs"]
    assert (line["status"], line["skip_reason"]) == ("SKIPPED", "STOP_CONDITION_MET")
    assert "STOP_CONDITION_MET" in anseo("show", second).stdout
    with opened() as house, house.database.worker() as conn:
        acted = {fact.actor for fact in house.ledger.history(conn, second)[2:]}
    assert acted == {"staff:head"}


def test_runs_are_moved_as_the_preview_said_and_not_otherwise(runs: list[RunId]) -> None:
    first, second = runs
    anseo("pause", first, *BY)
    fold()
    told = anseo("move", PLAYBOOK, 2, *BY)
    assert f"{first}  run-held" in told.stdout
    assert f"{second}  moves, drops sms, next email at" in told.stdout
    token = last_json(anseo("move", PLAYBOOK, 2, *BY, "--json"))["token"]
    assert f"1 runs would move, 1 stay; --token {token}" in told.stdout
    assert "estimate-moved" in anseo("move", PLAYBOOK, 2, *BY, "--token", "x", status=2).output
    assert "1 runs were moved" in anseo("move", PLAYBOOK, 2, *BY, "--token", token).stdout
    fold()
    shown = last_json(anseo("show", second, "--json"))["run"]
    assert (shown["playbook_version"], shown["playbook_name"]) == (2, "Firmer")


def test_what_is_not_there_is_said_in_words(runs: list[RunId]) -> None:
    """Bad ids, unknown runs, schools and versions, and nobody's name: all end with 2."""
    run = runs[0]
    for words, said in (
        (("pause", "it", *BY), "it is no id of a run"),
        (("pause", uuid4(), *BY), "run-unknown"),
        (("pause", PLAYBOOK, *BY), "run-unknown"),
        (("pause", run, "--by", "head"), "a person says this, as staff:NAME"),
        (("show", uuid4()), "there is no run"),
        (("list", "--school", "nowhere"), "no school nowhere"),
        (("list", "--student", "P1"), "P1 is no id of a pupil"),
        (("move", PLAYBOOK, 9, *BY), "playbook-version-unknown"),
        (("move", run, 1, *BY), "playbook-unknown"),
        (("start", PLAYBOOK, INTERVENTION, *BY), "intervention-unknown"),
        (("start", uuid4(), INTERVENTION, *BY), "playbook-unknown"),
    ):
        assert said in anseo(*words, status=2).output

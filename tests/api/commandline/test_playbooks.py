"""`anseo playbooks` as a person and as a program meet it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.commandline.main import app
from api.commandline.opening import DEFAULT_TENANT, opened, tenant_id
from infrastructure.store.database import Database
from infrastructure.wiring import workers
from infrastructure.wiring.imports import Importer

STEP = {"kind": "MESSAGE", "step_id": "sms-1", "order": 1, "offset": 1, "channel": "SMS"}
OURS = {
    "name": "Ours",
    "trigger": {"on": "MANUAL"},
    "purpose": "NUDGE",
    "steps": [{**STEP, "template_key": "ATTENDANCE_SMS"}],
}


def anseo(*words: object, status: int = 0) -> Result:
    done = CliRunner().invoke(app, ["playbooks", *map(str, words)])
    assert done.exit_code == status, done.output
    return done


def last_json(done: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_playbook_is_checked_in_words_and_ends_with_two(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(OURS))
    assert last_json(anseo("validate", file, "--json")) == {"valid": True, "errors": []}
    file.write_text(json.dumps([{**OURS, "name": ""}]))
    said = anseo("validate", file, status=2).stdout
    assert said == "$.name: a playbook has a name that people know it by [name-empty]\n"
    for text in ("{", json.dumps({**OURS, "purpose": "FUN"})):
        file.write_text(text)
        anseo("validate", file, status=2)
    anseo("validate", tmp_path / "nowhere.json", status=2)
    anseo("validate", "reference-1")
    anseo("show", "nobody", status=2)
    shown = json.loads(anseo("show", "reference-1").stdout)
    assert [step["offset"] for step in shown[0]["steps"]] == [1, 3, 7]


@pytest.fixture
def home(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANSEO_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database.url)
    return tmp_path


def fold(home: Path) -> None:
    """Import a school, and let the read models see what there is."""
    file = home / "school.csv"
    with opened() as house:
        importer = Importer(house, tenant_id(DEFAULT_TENANT), "staff:office")
        file.write_text("school,name,jurisdiction,zone\nS1,One,IE,Europe/Dublin\n")
        importer.schools(file)
        file.write_text("date,kind,until\n2025-09-01,TERM,2025-12-19\n2026-01-05,TERM,2026-06-26\n")
        importer.csv("calendar", file, "S1", today=date(2025, 9, 1))
        crew = workers.project(house)
        while sum(worker.step() for worker in crew):
            pass


@pytest.mark.postgres
def test_a_shipped_set_is_put_into_use_previewed_and_retired(home: Path) -> None:
    """000-002 The reference sequence through Christmas, in school days."""
    (first,) = last_json(anseo("activate", "reference-1", "--by", "head", "--json"))["items"]
    assert "is in use already" in anseo("activate", "reference-1").stdout
    fold(home)
    rows = last_json(anseo("list", "--json"))["items"]
    assert [row["playbook_id"] for row in rows] == [first["playbook_id"]]
    assert "ACTIVE   version 1, 3 steps  Reference sequence" in anseo("list").stdout
    book = first["playbook_id"]
    asked = ("preview", book, "--school", "S1", "--on", "2025-12-17T11:00")
    days = [step["local_at"][:10] for step in last_json(anseo(*asked, "--json"))["steps"]]
    assert days == ["2025-12-18", "2026-01-05", "2026-01-09"]
    assert "2026-01-05T09:00:00Z       whatsapp-3     SCHOOL_CLOSED" in anseo(*asked).stdout
    anseo("preview", book, "--school", "S1", "--on", "Christmas", status=2)
    anseo("preview", book, "--school", "nowhere", status=1)
    told = last_json(anseo("show", book, "--json"))
    assert (told["activated_by"], told["status"]) == ("staff:head", "ACTIVE")
    assert "version 1, ACTIVE" in anseo("show", book).stdout
    assert "no version" in anseo("show", book, "--version", 9, status=1).output
    assert "starts nothing" in anseo("retire", book).stdout
    assert last_json(anseo("retire", book, "--json"))["facts"] == 0


@pytest.mark.postgres
def test_a_playbook_without_words_is_not_put_into_use(home: Path) -> None:
    file = home / "spring.json"
    file.write_text(json.dumps({**OURS, "steps": [{**STEP, "template_key": "SPRING_SMS"}]}))
    anseo("validate", file)
    said = anseo("validate", file, "--texts", status=2).stdout
    assert said.startswith("$.steps[0].template_key: there is no approved text SPRING_SMS to say")
    assert "playbook-text-missing" in anseo("activate", file, status=2).output
    assert last_json(anseo("list", "--json"))["items"] == []


@pytest.mark.postgres
def test_runs_are_stopped_by_the_token_of_an_estimate_only(home: Path) -> None:
    fold(home)
    estimate = last_json(anseo("stop-runs", "--json"))
    assert (estimate["runs"], estimate["students"]) == (0, 0)
    assert f"--token {estimate['token']}" in anseo("stop-runs", "--school", "S1").stdout
    assert "0 runs were stopped" in anseo("stop-runs", "--token", estimate["token"]).stdout
    assert "estimate-moved" in anseo("stop-runs", "--token", "x", status=2).output

"""`anseo rules` as a person and as a program meet it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.commandline.main import app
from api.commandline.opening import opened
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.wiring import workers

OURS = {
    "id": "ours",
    "stages": [{"order": 1, "type": "LETTER_1", "trigger": {"metric": "ABSENT_DAYS", "value": 5}}],
}


def anseo(*words: object, status: int = 0) -> Result:
    done = CliRunner().invoke(app, ["rules", *map(str, words)])
    assert done.exit_code == status, done.output
    return done


def last_json(done: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_the_catalogue_names_unit_denominator_and_source_of_each_metric_and_window() -> None:
    known = last_json(anseo("catalogue", "--json"))
    assert all({"name", "unit", "denominator", "source"} <= set(one) for one in known["metrics"])
    assert all({"name", "unit", "from", "to", "source"} <= set(one) for one in known["windows"])
    said = anseo("catalogue").stdout
    assert "  NO_N_MARKS: " in said
    assert "ie-default-1" in said


def test_the_schema_is_printed_as_it_ships() -> None:
    assert json.loads(anseo("schema").stdout)["title"] == "RuleSet"


def test_a_good_rule_set_is_told_stage_by_stage(tmp_path: Path) -> None:
    said = anseo("validate", "us-ca-default-1").stdout
    assert "TRUANCY              SARB_REFERRAL                a person decides this stage" in said
    file = tmp_path / "ours.json"
    file.write_text(json.dumps(OURS))
    assert last_json(anseo("validate", file, "--json"))["valid"]


def test_a_bad_rule_set_ends_with_two_and_everything_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "ours.json"
    file.write_text(json.dumps({**OURS, "unit": "HOURS", "jurisdiction": "UK"}))
    said = anseo("validate", file, status=2).stdout
    assert "$.unit: HOURS is not known here; known here: SESSION, DAY, OCCASION" in said
    assert "[unknown-jurisdiction]" in said
    found = last_json(anseo("validate", file, "--json", status=2))
    assert [one["pointer"] for one in found["errors"]] == ["/unit", "/jurisdiction"]
    file.write_text("{")
    anseo("validate", file, status=2)
    anseo("validate", tmp_path / "nowhere.json", status=2)


def test_a_shipped_rule_set_is_shown_as_it_was_written() -> None:
    assert json.loads(anseo("show", "ie-default-1").stdout)["id"] == "ie-default-1"
    assert last_json(anseo("show", "ie-default-1", "--json"))["jurisdiction"] == "IE"
    anseo("show", "nobody", status=2)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ANSEO_HOME", str(tmp_path))
    keep = EmbeddedPostgres(tmp_path)
    keep.ensure()
    yield tmp_path
    keep.remove()


def fold() -> None:
    with opened() as house:
        crew = workers.project(house)
        while sum(worker.step() for worker in crew):
            pass


@pytest.mark.postgres
def test_what_is_put_into_use_is_listed_shown_replaced_and_retired(home: Path) -> None:
    first = last_json(anseo("activate", "ie-ladder-1", "--by", "head", "--json"))
    assert first["facts"] == 1
    assert "already" in anseo("activate", "ie-ladder-1").stdout
    fold()
    second = last_json(anseo("activate", "ie-default-1", "--json"))["rule_set_id"]
    fold()
    rows = {row["rule_set_id"]: row for row in last_json(anseo("list", "--json"))["items"]}
    assert rows[first["rule_set_id"]]["status"] == "RETIRED"
    assert rows[second]["is_active"]
    assert "ACTIVE   version 1  every school" in anseo("list").stdout
    told = last_json(anseo("show", first["rule_set_id"], "--json"))
    assert (told["activated_by"], told["status"]) == ("staff:head", "RETIRED")
    assert "version 1, ACTIVE" in anseo("show", second).stdout
    assert "no such version" in anseo("show", second, "--version", 9, status=1).output
    assert "decides nothing" in anseo("retire", second).stdout
    assert last_json(anseo("retire", second, "--json"))["facts"] == 0
    assert home.exists()

"""`anseo templates` as a person and as a program meet it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from api.commandline.main import app
from api.commandline.opening import opened
from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.wiring import workers

OURS = {
    "key": "ATTENDANCE_SMS",
    "kind": "SMS",
    "language": "en",
    "body": "{{ student_first_name }} was missed. Please ring us.",
    "merge_fields": {"student_first_name": "text"},
}


def anseo(*words: object, status: int = 0) -> Result:
    done = CliRunner().invoke(app, ["templates", *map(str, words)])
    assert done.exit_code == status, done.output
    return done


def last_json(done: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def file_of(folder: Path, **changes: Any) -> Path:
    file = folder / f"{uuid4()}.json"
    file.write_text(json.dumps({**OURS, **changes}))
    return file


def test_the_catalogue_names_fields_languages_and_shipped_texts() -> None:
    known = last_json(anseo("catalogue", "--json"))
    assert {"name", "kind", "tells", "for", "example"} <= set(known["fields"][0])
    assert "shipped: ATTENDANCE_SMS SMS ga" in anseo("catalogue").stdout


def test_a_text_is_checked_without_a_database(tmp_path: Path) -> None:
    said = anseo("validate", file_of(tmp_path), "--recipients", 240).stdout
    assert said.splitlines()[-1] == "1 parts of GSM-7, 240 families"
    bad = file_of(tmp_path, body="Dear ,\n{{ 1 + 1 }}")
    told = anseo("validate", bad, status=2).stdout
    assert "$.body line 1: the greeting names nobody" in told
    assert "$.body line 2: add is not allowed [syntax-forbidden]" in told
    assert not last_json(anseo("validate", bad, "--json", status=2))["valid"]
    assert "is no template" in anseo("validate", file_of(tmp_path, kind="FAX"), status=2).stderr
    assert "cannot be read" in anseo("validate", tmp_path / "none", status=2).stderr


def test_what_a_part_costs_is_told_with_the_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trap 48: parts times families times the price of a part, with and without a fada."""
    monkeypatch.setenv("SMS_PART_PRICE", "0.05")
    long = file_of(tmp_path, body="{{ student_first_name }} " + "a" * 140)
    said = anseo("validate", long, "--recipients", 200).stdout
    assert "10.00 EUR, 30.00 with a fada in each name" in said
    assert "a name with a fada makes it 3 parts instead of 1 [sms-fada]" in said


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


def refused(code: str, *words: object) -> bool:
    return f"{code}: " in anseo(*words, status=2).stderr


def test_a_text_goes_from_its_draft_to_its_end(tmp_path: Path, home: Path) -> None:
    """001-122, 001-123, 001-124: at a command line, with the same rules as at the door."""
    second, faulty = file_of(home, body="Please ring us."), file_of(home, body=" ")
    this = anseo("draft", file_of(tmp_path), "--by", "7").stdout.strip()
    assert refused("template-own-words", "approve", this, "--by", "7")
    assert anseo("approve", this, "--by", "1").stdout.strip() == this
    assert "it was so already" in anseo("approve", this, "--by", "1").stdout
    assert anseo("preview", this).stdout.startswith("Ella was missed.")
    assert last_json(anseo("show", this, "--json"))["approved_by"] == "staff:1"
    assert "version 1, APPROVED; approved by staff:1" in anseo("show", this).stdout
    assert last_json(anseo("revise", this, second, "--json"))["facts"] == 1
    assert refused("template-no-translation", "review", this, "--by", "1")
    assert refused("template-exists", "draft", file_of(home))
    assert refused("template-faulty", "revise", this, faulty)
    assert refused("template-unknown", "show", uuid4())
    assert last_json(anseo("preview", this, "--json"))["text"] == "Please ring us."
    assert "no pupil" in anseo("preview", this, "--student", uuid4(), status=2).stderr
    fold()
    assert f"{this}  APPROVED version 1  ATTENDANCE_SMS SMS en  every" in anseo("list").stdout
    assert last_json(anseo("list", "--json"))["items"][0]["draft_version"] == 2
    assert anseo("retire", this).stdout.strip() == this
    assert "no school" in anseo("draft", second, "--school", uuid4(), status=1).stderr

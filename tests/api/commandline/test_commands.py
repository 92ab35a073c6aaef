"""The command line as a newcomer meets it: a fresh home, real servers, real files."""

import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psycopg
import pytest

from infrastructure.embedded.broker import EmbeddedBroker
from infrastructure.embedded.postgres import EmbeddedPostgres
from tests.support import command
from tests.support.edfi import write_district

pytestmark = pytest.mark.postgres
TWELVE_DAYS = {
    "id": "my-rules",
    "jurisdiction": "US-TX",
    "unit": "DAY",
    "schoolYear": {"start": "08-01", "end": "07-31"},
    "stages": [
        {
            "order": 1,
            "type": "LETTER_1",
            "trigger": {
                "metric": "ABSENT_DAYS",
                "reasons": "UNEXCUSED",
                "op": ">=",
                "value": 2,
                "window": {"type": "SCHOOL_YEAR"},
            },
        },
        {
            "order": 2,
            "type": "CONFERENCE",
            "trigger": {
                "metric": "ABSENCE_RATE",
                "op": ">=",
                "value": "3/100",
                "window": {"type": "SCHOOL_YEAR"},
            },
        },
        {"order": 3, "type": "LATE", "trigger": {"metric": "OCCASIONS", "op": ">=", "value": 3}},
    ],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for this file: its server is started by the first command."""
    home = tmp_path_factory.mktemp("home")
    keep = EmbeddedPostgres(home)
    keep.ensure()
    yield home
    EmbeddedBroker(home).stop()
    keep.remove()


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("edfi")
    write_district(folder)
    return folder


def anseo(
    home: Path, *arguments: object, status: int = 0, **environment: str
) -> CompletedProcess[str]:
    """Run a command in the given home and check how it ended."""
    told = {**os.environ, "ANSEO_HOME": str(home), **environment}
    done = command.run(*arguments, environment=told)
    assert done.returncode == status, done.stdout + done.stderr
    return done


def last_json(done: CompletedProcess[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def imported(home: Path, district: Path) -> dict[str, Any]:
    return last_json(anseo(home, "import", "edfi", district, "--json"))


def test_a_district_is_imported_with_a_report_of_its_dirty_rows(
    imported: dict[str, Any],
) -> None:
    assert imported["imported"]
    assert {p["code"] for p in imported["problems"]} >= {"closed-day"}
    assert all(p["reason"] and p["what_to_do"] and p["file"] for p in imported["problems"])


def test_the_same_import_again_changes_nothing_and_says_so(
    home: Path, district: Path, imported: dict[str, Any]
) -> None:
    again = last_json(anseo(home, "import", "edfi", district, "--json"))
    assert again["already_imported"]
    assert again["batch"] == imported["batch"]


def test_an_evaluation_prints_who_and_by_which_numbers_on_the_last_line(
    home: Path, imported: dict[str, Any], tmp_path: Path
) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(TWELVE_DAYS))
    arguments = ("evaluate", "--school", "all", "--date", "2022-05-27", "--rule-set", rules)
    answer = last_json(anseo(home, *arguments, "--dry-run", "--json"))
    letter, conference, late = answer["stages"]
    assert letter["stage"] == "LETTER_1"
    assert letter["count"] == len(letter["pupils"]) > 0
    assert {"absent_days", "possible_days"} <= set(letter["pupils"][0]["numbers"])
    assert {p["numbers"]["possible_days"] for p in conference["pupils"]} == {169}
    assert answer["denominator"] == "DECLARED_DAYS"
    assert late["count"] is None
    assert late["not_computed"]


def test_a_dry_run_of_one_school_counts_only_its_pupils(
    home: Path, imported: dict[str, Any], tmp_path: Path
) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(TWELVE_DAYS))
    common = ("--date", "2022-05-27", "--rule-set", rules, "--dry-run", "--json")
    one = last_json(anseo(home, "evaluate", "--school", "255001", *common))
    every = last_json(anseo(home, "evaluate", "--school", "all", *common))
    assert 0 < one["pupils_looked_at"] < every["pupils_looked_at"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "rules.json"),
        ('{"id": "x", "jurisdiction": "IE", "stages": []}', "stages"),
        (
            json.dumps(
                {
                    "id": "x",
                    "jurisdiction": "IE",
                    "stages": [
                        {
                            "order": 1,
                            "type": "A",
                            "trigger": {"metric": "ABSENT_DAYS", "op": "<", "value": 1},
                        }
                    ],
                }
            ),
            "op",
        ),
    ],
)
def test_a_broken_rule_set_says_where(
    home: Path, imported: dict[str, Any], tmp_path: Path, text: str, expected: str
) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text(text)
    arguments = ("--date", "2022-05-27", "--rule-set", rules, "--dry-run")
    done = anseo(home, "evaluate", "--school", "all", *arguments, status=1)
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_school_is_named(home: Path, imported: dict[str, Any]) -> None:
    done = anseo(
        home, "evaluate", "--school", "nowhere", "--date", "2022-05-27", "--dry-run", status=1
    )
    assert "nowhere" in done.stderr


def test_a_folder_without_files_imports_nothing(home: Path, tmp_path: Path) -> None:
    done = anseo(home, "import", "edfi", tmp_path, "--json", status=2)
    answer = last_json(done)
    assert not answer["imported"]
    assert "file-missing" in {p["code"] for p in answer["problems"]}


def test_a_stream_is_replayed_with_its_state(home: Path, imported: dict[str, Any]) -> None:
    answer = last_json(anseo(home, "replay", imported["batch"], "--json"))
    (fact,) = answer["facts"]
    assert fact["name"] == "register.batch_recorded"
    assert answer["state"] == {"recorded": True}


def test_an_unknown_stream_is_said(home: Path) -> None:
    done = anseo(home, "replay", "00000000-0000-0000-0000-000000000000", status=2)
    assert "no stream" in done.stderr


def test_a_read_model_is_rebuilt_and_equals_the_live_one(
    home: Path, imported: dict[str, Any]
) -> None:
    answer = last_json(anseo(home, "rebuild", "queue", "--json"))
    assert answer["same"]


def test_an_unknown_read_model_lists_those_there_are(home: Path) -> None:
    assert "run_monitor" in anseo(home, "rebuild", "nothing", status=2).stderr


def test_followers_are_listed_with_their_lag(home: Path, imported: dict[str, Any]) -> None:
    answer = last_json(anseo(home, "followers", "--json"))
    assert set(answer) == {"head", "followers", "parked", "released"}


def test_settings_are_shown_with_secrets_hidden_and_bad_ones_named(home: Path) -> None:
    shown = last_json(anseo(home, "config", "--json", SMS_TOKEN="very-secret"))
    assert shown["SMS_TOKEN"] == "********"
    assert "ANSEO_POLL_MS" in anseo(home, "config", status=2, ANSEO_POLL_MS="soon").stderr


def test_the_doctor_names_each_thing_and_what_to_do(home: Path) -> None:
    anseo(home, "followers")  # brings the schema to this release, whichever test comes first
    answer = last_json(anseo(home, "doctor", "--json"))
    assert {"PostgreSQL", "Kafka"} <= {f["name"] for f in answer["findings"]}


def on_the_server(home: Path, statement: str) -> None:
    """Start the server where the last command stopped it, and do something behind its back."""
    with psycopg.connect(EmbeddedPostgres(home).ensure(), autocommit=True) as conn:
        conn.execute(statement)


def test_the_doctor_looks_at_the_store_and_its_exit_code_says_so(home: Path) -> None:
    anseo(home, "followers")  # brings the schema to this release
    on_the_server(home, "select 1")
    looked = last_json(anseo(home, "doctor", "--json"))
    assert {"primary", "ledger sequence", "readers move"} <= {f["name"] for f in looked["store"]}
    assert looked["ok"]
    on_the_server(home, "alter sequence ledger_notification_id_seq cache 20")
    told = anseo(home, "doctor", status=1).stdout
    refused = anseo(home, "followers", status=1).stderr
    on_the_server(home, "alter sequence ledger_notification_id_seq cache 1")
    assert "hazard   ledger sequence: CACHE, INCREMENT, CYCLE = 20, 1, False" in told
    assert "to do:   alter sequence ledger_notification_id_seq cache 1" in told
    assert "ledger sequence" in refused


def test_an_alarm_is_listed_and_settled_by_somebody_with_a_reason(home: Path) -> None:
    anseo(home, "followers")
    on_the_server(home, "insert into ledger_alarm (kind, position, detail) values ('late', 7, 'x')")
    assert "late at position 7" in anseo(home, "alarms").stdout
    assert "--because" in anseo(home, "alarms", "--settle", "--by", "anna", status=2).stderr
    settled = anseo(home, "alarms", "--settle", "--by", "anna", "--because", "rebuilt", "--json")
    assert last_json(settled)["settled"] == 1
    assert last_json(anseo(home, "alarms", "--json"))["alarms"] == []


def test_an_address_that_is_none_is_said_without_quoting_it(home: Path) -> None:
    done = anseo(home, "doctor", status=2, DATABASE_URL="secret-canary")
    assert "DATABASE_URL cannot be read" in done.stderr
    assert "canary" not in done.stderr


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        done = anseo(tmp_path, "up", status=1, ANSEO_PORT=str(sock.getsockname()[1]))
    assert "ANSEO_PORT" in done.stderr
    assert "serves" not in done.stdout


def test_production_refuses_the_embedded_server(home: Path) -> None:
    done = anseo(home, "followers", status=1, ANSEO_PROFILE="production")
    assert "DATABASE_URL" in done.stderr


def test_an_unknown_role_lists_those_there_are(home: Path) -> None:
    assert "project" in anseo(home, "run", "dance", status=2).stderr


def test_a_tenant_is_founded_once_and_a_person_gets_a_token(home: Path) -> None:
    anseo(home, "found", "--tenant", "town")
    head = last_json(anseo(home, "followers", "--json"))["head"]
    anseo(home, "found", "--tenant", "town")
    assert last_json(anseo(home, "followers", "--json"))["head"] == head
    made = anseo(home, "token", "principal", "--role", "principal", "--tenant", "town").stdout
    assert made.strip().count(".") == 2
    assert (
        "name"
        in anseo(home, "token", "Anna Murphy", "--role", "principal", status=2).stderr.casefold()
    )
    assert "officer" in anseo(home, "token", "7", "--role", "boss", status=2).stderr
    elsewhere = anseo(home, "token", "7", "--role", "officer", "--school", "NONE", status=2)
    assert "no school NONE" in elsewhere.stderr

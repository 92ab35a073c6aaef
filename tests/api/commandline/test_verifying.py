"""`anseo verify` as an operator and an auditor meet it: real processes, a real row changed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, LiteralString, NamedTuple

import psycopg
import pytest

from infrastructure.runtime.role import wait_until
from infrastructure.seal.keys import FILE_NAME
from tests.support import command, postgres

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).parents[3]
COMMAND = (sys.executable, "-m", "api.commandline.main")


class Place(NamedTuple):
    """A home and its database."""

    home: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        ours = {"ANSEO_HOME": str(self.home), "DATABASE_URL": self.url}
        return {**os.environ, **ours, "ANSEO_SEAL_ROOT_FACTS": "3"}


@pytest.fixture(scope="module")
def place(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    with postgres.throw_away(postgres_url, template) as database:
        yield Place(tmp_path_factory.mktemp("verify"), database.url)


def verify(place: Place, *arguments: object) -> CompletedProcess[str]:
    return command.run("verify", *arguments, environment=place.environment)


def told(place: Place, *arguments: object, status: int = 0) -> dict[str, Any]:
    done = verify(place, "--json", *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def sealed(place: Place) -> Place:
    """A tenant was founded, nothing was sealed, and then the role ran until all was."""
    settings = place.environment
    assert command.run("found", "--tenant", "town", environment=settings).returncode == 0
    before = verify(place)
    assert before.returncode == 1
    assert "nothing is sealed yet" in before.stderr
    assert not (place.home / FILE_NAME).exists()
    role = subprocess.Popen([*COMMAND, "run", "seal"], env=settings, cwd=ROOT)
    try:
        assert wait_until(lambda: bool(list(place.home.glob("anchors/*.jsonl"))), 60, 0.1)
    finally:
        role.terminate()
        assert role.wait(30) == 0
    return place


def tamper(place: Place, statement: LiteralString) -> None:
    """Change a row as the owner of the database."""
    with psycopg.connect(place.url) as conn:
        conn.execute(statement)


def test_a_sound_ledger_is_called_sound_with_figures(sealed: Place) -> None:
    answer = told(sealed)
    assert answer["ok"]
    assert answer["facts"] >= 3
    assert answer["anchors"] == answer["roots"] >= 1
    assert answer["seconds"] > 0
    assert "as it was written" in verify(sealed, "--tenant", "town").stdout


def test_a_changed_row_ends_with_4_and_says_what_where_and_what_to_do(sealed: Place) -> None:
    tamper(sealed, "update ledger set actor = actor || '?' where notification_id = 2")
    try:
        answer = told(sealed, status=4)
        shown = verify(sealed, "--tenant", "town")
    finally:
        tamper(sealed, "update ledger set actor = rtrim(actor, '?') where notification_id = 2")
    (finding,) = answer["findings"]
    assert (finding["code"], finding["first"], finding["last"]) == ("fact-changed", 2, 2)
    assert shown.returncode == 4
    assert "position 2" in shown.stdout
    assert "to do:" in shown.stdout
    assert "Traceback" not in shown.stderr


def test_an_auditor_checks_with_a_copy_of_the_folder_and_the_public_key(
    sealed: Place, tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    (sealed.home / "anchors").rename(copies)
    try:
        (key,) = copies.glob("*.pub")
        answer = told(sealed, "--anchors", copies, "--public-key", key)
        alone = told(sealed)
    finally:
        copies.rename(sealed.home / "anchors")
    assert (answer["ok"], answer["signatures_unchecked"]) == (True, 0)
    assert "no copies" in alone["notes"][0]


def test_a_fact_gets_a_proof_and_a_wrong_name_an_explanation(sealed: Place) -> None:
    found = json.loads(verify(sealed, "--fact", "town/2").stdout)
    assert found["position"] == 2
    assert len(found["leaf"]) == 64
    for wrong in ("town/x", "nobody/2"):
        done = verify(sealed, "--fact", wrong)
        assert done.returncode == 2
        assert wrong in done.stderr or "TENANT/POSITION" in done.stderr


def test_a_key_file_that_others_may_read_is_not_used(sealed: Place) -> None:
    (sealed.home / FILE_NAME).chmod(0o644)
    try:
        done = verify(sealed)
    finally:
        (sealed.home / FILE_NAME).chmod(0o600)
    assert done.returncode == 2
    assert "chmod 600" in done.stderr

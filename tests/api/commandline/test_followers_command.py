"""`anseo followers`: what is parked is listed, and passed over only by somebody who says why."""

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import psycopg
import pytest

from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import checkpoint_of
from infrastructure.runtime.reacting import Reactor
from infrastructure.store.database import Database
from infrastructure.store.recorder import newest
from processmanagers.all import PROCESS_MANAGERS
from projections.all import READ_MODELS
from tests.support import command
from tests.support.diary import run_of, say, starts
from tests.support.ledgers import ledger_on
from tests.support.rig import clean_environment

pytestmark = pytest.mark.postgres
Followers = Callable[..., CompletedProcess[str]]
WHY = ("--by", "staff:operator", "--reason", "Sent by hand on the phone.")


@pytest.fixture
def position(database: Database) -> int:
    """The position of a fact that nobody can read and every process manager has parked."""
    with ledger_on(database) as ledger:
        say(ledger, starts(0, 2))
        with psycopg.connect(database.url) as conn:
            row = conn.execute(
                "update ledger set topic = 'playbook_run.of_tomorrow' where originator_id = %s"
                " and originator_version = 2 returning notification_id",
                (run_of(0),),
            ).fetchone()
        with database.worker() as conn:
            names = [checkpoint_of(model) for model in READ_MODELS]
            ledger.recorder.track_all(conn, names, newest(conn))
        reactor = Reactor(database, ledger, PROCESS_MANAGERS, Bell())
        assert sum(iter(reactor.step, 0)) > 0
    assert row is not None
    return int(row[0])


@pytest.fixture
def followers(database: Database, tmp_path: Path) -> Followers:
    def said(*words: str, status: int = 0) -> CompletedProcess[str]:
        done = command.run(
            "followers",
            *words,
            environment={
                **clean_environment(),
                "ANSEO_HOME": str(tmp_path / "home"),
                "DATABASE_URL": database.url,
            },
        )
        assert done.returncode == status, done.stderr
        return done

    return said


def listed(followers: Followers, *words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(followers("--json", *words).stdout.splitlines()[-1])
    return answer


def test_what_is_passed_over_is_no_longer_parked_and_stays_written_down(
    followers: Followers, position: int
) -> None:
    before = {row["follower"] for row in listed(followers)["parked"]}
    assert before == {f"react:{manager.name}" for manager in PROCESS_MANAGERS}
    after = listed(followers, "--release", "run_stopper", "--position", str(position), *WHY)
    assert before - {row["follower"] for row in after["parked"]} == {"react:run_stopper"}
    assert after["released"] == [
        {
            "follower": "react:run_stopper",
            "stream": str(run_of(0)),
            "position": position,
            "by": "staff:operator",
            "reason": "Sent by hand on the phone.",
        }
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("run_stopper", "--by", "staff:operator"),
        ("run_stopper", "--reason", "Sent by hand."),
        ("queue", *WHY),
        ("tick", *WHY),
        ("run_stopper", *WHY),
    ],
    ids=["no reason", "nobody", "a read model", "the tick", "nothing is parked there"],
)
def test_nothing_is_passed_over_without_a_reason_or_where_it_is_no_remedy(
    database: Database, followers: Followers, position: int, words: tuple[str, ...]
) -> None:
    assert position > 1
    followers("--release", *words, "--position", "1", status=2)
    with database.worker() as conn:
        assert conn.execute("select count(*) from parked_release").fetchone() == (0,)


def test_what_was_written_down_cannot_be_changed(
    database: Database, followers: Followers, position: int
) -> None:
    followers("--release", "run_stopper", "--position", str(position), *WHY)
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database.worker() as conn,
    ):
        conn.execute("update parked_release set reason = 'other'")

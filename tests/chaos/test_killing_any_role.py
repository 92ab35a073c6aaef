"""kill -9 of any role at any moment, then start again: every step is done once, and it shows."""

from pathlib import Path
from typing import Final

import psycopg
import pytest

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.embedded.processes import free_port
from infrastructure.embedded.sandbox_log import read_taken
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.chaos.sizes import PART, WHOLE
from tests.chaos.staging import (
    TOGETHER,
    Blows,
    Stage,
    staged,
    strike,
)

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(900)]
FEWEST_KILLS: Final = 30
AROUND_THE_CALL: Final = {"send.after_attempt", "send.after_call", "send.after_outcome"}


def reached(stage: Stage) -> set[str]:
    return {how.partition(": ")[2] for how in stage.rig.deaths}


def test_killed_roles_lose_nothing_and_send_nothing_twice(
    broken_database: Database,
    breakable: EmbeddedPostgres,
    tmp_path: Path,
    seed: int,
    report: Report,
) -> None:
    """Texts: the gateway can be asked (class B). Mails: nobody can (class C)."""
    with staged(broken_database, tmp_path, seed, WHOLE) as stage:
        stage.live(Blows(stage, broken_database, breakable))
        found = stage.weigh()
        report.add("kill -9 of any role (SMS class B, SMTP class C)", **stage.figures(found))
        assert not found.faults, "\n".join([*found.faults, stage.rig.logs()])
        assert stage.rig.kills >= FEWEST_KILLS
        assert reached(stage) >= AROUND_THE_CALL
        assert found.figures["outcome unknown"] <= stage.rig.kills_of("send")


def everything_reported(stage: Stage) -> bool:
    """Say whether the gateway has told of every text what became of it."""
    with psycopg.connect(stage.house.database.url) as conn:
        row = conn.execute(
            "select count(*) from ledger where topic in ('message.delivered','message.undelivered')"
        ).fetchone()
    texts = [one for one in read_taken(stage.providers.log) if one.provider == "sms"]
    return row is not None and row[0] == len(texts)


def test_with_an_idempotency_key_and_lying_providers_nothing_is_sent_twice(
    broken_database: Database, tmp_path: Path, seed: int, report: Report
) -> None:
    """Class A, one request in twelve goes wrong, callbacks come twice and in any order."""
    lies = ("--seed", str(seed), "--share", "0.08", "--callbacks", "--muddle-callbacks")
    with staged(
        broken_database,
        tmp_path,
        seed,
        PART,
        roles={**TOGETHER, "api-0": ("api",)},
        module="tests.support.faults",
        sandbox=("--idempotent", *lies),
        SMS_RETRY_RULE="IDEMPOTENCY_KEY",
        ANSEO_PORT=str(free_port()),
    ) as stage:
        stage.live(lambda day: strike(stage.rig, "api" if day % 3 == 0 else "send"))
        assert wait_until(lambda: everything_reported(stage), 60, 0.1)
        stage.village.settle()
        found = stage.weigh()
        report.add("kill -9 of senders and API, lying gateway (class A)", **stage.figures(found))
        assert not found.faults, "\n".join([*found.faults, stage.rig.logs()])
        assert stage.rig.kills_of("send: send.") > 0


def test_the_control_a_sender_that_writes_down_at_the_end_sends_twice(
    broken_database: Database, tmp_path: Path, seed: int, report: Report
) -> None:
    """The same rig and the same evidence find the doubles of a wrong sender."""
    reckless = {**TOGETHER, "send-0": (), "send-1": ()}
    with staged(broken_database, tmp_path, seed, PART, roles=reckless) as stage:

        def blow(_: int) -> None:
            for name in stage.rig.names("send"):
                stage.rig.arm(name, f"send.after_call:{stage.rig.dice.randint(2, 5)}")
                stage.rig.kill(name)

        stage.live(blow)
        found = stage.weigh()
        report.add("control: send first, write down at the end", **stage.figures(found))
        assert found.figures["doubles"] > 0
        assert any(fault.startswith("sent twice") for fault in found.faults)

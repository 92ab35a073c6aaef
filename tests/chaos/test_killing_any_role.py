"""kill -9 of any role at any moment, then start again: every step is done once, and it shows."""

from pathlib import Path
from typing import Final

import pytest

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.chaos.staging import (
    TOGETHER,
    Blows,
    Stage,
    part,
    staged,
    strike,
    whole,
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
    with staged(broken_database, tmp_path, seed, whole()) as stage:
        for _ in stage.village.days(Blows(stage, broken_database, breakable)):
            pass
        stage.village.settle()
        found = stage.weigh()
        report.add("kill -9 of any role (SMS class B, SMTP class C)", **stage.figures(found))
        assert not found.faults, "\n".join([*found.faults, stage.rig.logs()])
        assert stage.rig.kills >= FEWEST_KILLS
        assert reached(stage) >= AROUND_THE_CALL
        assert found.figures["outcome unknown"] <= stage.rig.kills_of("send")


def test_with_an_idempotency_key_and_lying_providers_nothing_is_sent_twice(
    broken_database: Database, tmp_path: Path, seed: int, report: Report
) -> None:
    """Class A, and one request in twelve goes wrong: time-outs, cuts, errors after acceptance."""
    with staged(
        broken_database,
        tmp_path,
        seed,
        part(),
        roles=TOGETHER,
        module="tests.support.faults",
        sandbox=("--idempotent", "--seed", str(seed), "--share", "0.08"),
        SMS_RETRY_RULE="IDEMPOTENCY_KEY",
    ) as stage:
        for _ in stage.village.days(lambda day: strike(stage.rig, "send") if day > 6 else None):
            pass
        stage.village.settle()
        found = stage.weigh()
        report.add("kill -9 of senders, lying providers (SMS class A)", **stage.figures(found))
        assert not found.faults, "\n".join([*found.faults, stage.rig.logs()])
        assert stage.rig.kills_of("send: send.") > 0


def test_the_control_a_sender_that_writes_down_at_the_end_sends_twice(
    broken_database: Database, tmp_path: Path, seed: int, report: Report
) -> None:
    """The same rig and the same evidence find the doubles of a wrong sender."""
    reckless = {**TOGETHER, "send-0": (), "send-1": ()}
    with staged(broken_database, tmp_path, seed, part(), roles=reckless) as stage:

        def blow(_: int) -> None:
            for name in stage.rig.names("send"):
                stage.rig.arm(name, f"send.after_call:{stage.rig.dice.randint(2, 5)}")
                stage.rig.kill(name)

        for _ in stage.village.days(blow):
            pass
        found = stage.weigh()
        report.add("control: send first, write down at the end", **stage.figures(found))
        assert found.figures["doubles"] > 0
        assert any(fault.startswith("sent twice") for fault in found.faults)

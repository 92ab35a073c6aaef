"""R1: thousands of messages while senders and all who feed them are killed, paused and cut off."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.chaos.evidence import Evidence, weigh
from tests.chaos.flood import Storm, mornings, owed, start_runs
from tests.chaos.sizes import (
    CONTROL_FLOOD,
    CONTROL_PEOPLE,
    FLOOD,
    FLOOD_PEOPLE,
    KEYED_FLOOD,
    KEYED_PEOPLE,
    Flood,
    People,
)
from tests.chaos.staging import Stage, staged

pytestmark = [pytest.mark.chaos, pytest.mark.postgres, pytest.mark.timeout(7200)]
THREADS = 2
ROLES = {
    "project-0": ("project",),
    "project-1": ("project",),
    "react-0": ("react",),
    "tick-0": ("tick",),
    "evaluate-0": ("evaluate",),
    "send-0": ("send",),
    "send-1": ("send",),
}


LYING = ("--share", "0.03", "--mail-share", "0")
HONEST = "infrastructure.embedded.sandbox"


@contextmanager
def village_in_a_storm(
    database: Database,
    server: EmbeddedPostgres,
    folder: Path,
    seed: int,
    size: tuple[Flood, People],
    *,
    roles: Mapping[str, tuple[str, ...]] = ROLES,
    lies: Sequence[str] = LYING,
    rule: str = "LOOK_UP",
) -> Iterator[tuple[Stage, Storm]]:
    """Live through all mornings: one text in thirty goes wrong, the mail server is honest."""
    flood, people = size
    with staged(
        database,
        folder,
        seed,
        people,
        roles=roles,
        module="tests.support.faults" if lies else HONEST,
        sandbox=("--seed", str(seed), *lies) if lies else (),
        SMS_RETRY_RULE=rule,
    ) as stage:
        storm = Storm(stage.rig, server, flood, seed)
        stage.village.found()
        start_runs(stage.village)
        for _ in mornings(stage.village, storm, stage.providers.log):
            pass
        yield stage, storm


def most_unknown(stage: Stage, storm: Storm) -> int:
    """Return how many mails may have been under way whenever somebody was struck."""
    blows = stage.rig.kills_of("send") + storm.counts["pause send"] + 2 * storm.counts["stop"]
    return THREADS * blows


def weighed(stage: Stage, storm: Storm, report: Report, name: str) -> Evidence:
    """Look at everything, and at who died without being killed."""
    found = weigh(stage.house, stage.providers.log, owed(stage.village))
    found.faults += stage.rig.surprises
    bound = most_unknown(stage, storm)
    found.claim(found.figures["outcome unknown"] <= bound, f"more than {bound} are unknown")
    figures = stage.figures(found) | {"blows": dict(storm.counts), "unknown at most": bound}
    report.add(name, **figures)
    return found


def test_thousands_hear_once_although_everybody_is_struck_down_all_the_time(
    broken_database: Database,
    breakable: EmbeddedPostgres,
    tmp_path: Path,
    seed: int,
    report: Report,
) -> None:
    """R1. Texts: class B, the gateway can be asked. Mails: class C, nobody can."""
    size = (FLOOD, FLOOD_PEOPLE)
    with village_in_a_storm(broken_database, breakable, tmp_path, seed, size) as (stage, storm):
        name = "thousands of messages in a storm (SMS class B, SMTP class C)"
        found = weighed(stage, storm, report, name)
        assert not found.faults, "\n".join([*found.faults, stage.rig.logs()])
        assert stage.rig.kills >= FLOOD.kills


def test_a_gateway_that_knows_its_keys_takes_each_text_once_in_a_storm(
    broken_database: Database,
    breakable: EmbeddedPostgres,
    tmp_path: Path,
    seed: int,
    report: Report,
) -> None:
    """R1. Texts: class A, the same key is taken once. Mails: class C."""
    size = (KEYED_FLOOD, KEYED_PEOPLE)
    with village_in_a_storm(
        broken_database,
        breakable,
        tmp_path,
        seed,
        size,
        lies=("--idempotent", *LYING),
        rule="IDEMPOTENCY_KEY",
    ) as (stage, storm):
        name = "messages in a storm (SMS class A, SMTP class C)"
        found = weighed(stage, storm, report, name)
        assert not found.faults, "\n".join([*found.faults, stage.rig.logs()])
        assert stage.rig.kills >= KEYED_FLOOD.kills


def test_the_control_a_sender_of_batches_sends_twice_in_the_same_storm(
    broken_database: Database,
    breakable: EmbeddedPostgres,
    tmp_path: Path,
    seed: int,
    report: Report,
) -> None:
    """R1's control: what is written down at the end of a batch is sent again after each death."""
    reckless = {**ROLES, "send-0": (), "send-1": ()}
    size = (CONTROL_FLOOD, CONTROL_PEOPLE)
    with village_in_a_storm(
        broken_database, breakable, tmp_path, seed, size, roles=reckless, lies=()
    ) as (stage, storm):
        found = weigh(stage.house, stage.providers.log, owed(stage.village))
        figures = stage.figures(found) | {"blows": dict(storm.counts)}
        report.add("control: a sender of batches in a storm", **figures)
        assert found.figures["doubles"] > 0

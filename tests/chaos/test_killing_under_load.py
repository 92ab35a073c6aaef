"""R1: thousands of messages while senders and all who feed them are killed, paused and cut off."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infrastructure.embedded.postgres import EmbeddedPostgres
from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.chaos.evidence import weigh
from tests.chaos.flood import Storm, mornings, owed, start_runs
from tests.chaos.sizes import FLOOD, FLOOD_PEOPLE
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


@contextmanager
def village_in_a_storm(
    database: Database, server: EmbeddedPostgres, folder: Path, seed: int
) -> Iterator[tuple[Stage, Storm]]:
    """Live through all mornings: one text in thirty goes wrong, the mail server is honest."""
    lies = ("--seed", str(seed), "--share", "0.03", "--mail-share", "0")
    with staged(
        database,
        folder,
        seed,
        FLOOD_PEOPLE,
        roles=ROLES,
        module="tests.support.faults",
        sandbox=lies,
    ) as stage:
        storm = Storm(stage.rig, server, FLOOD, seed)
        stage.village.found()
        start_runs(stage.village)
        for _ in mornings(stage.village, storm, stage.providers.log):
            pass
        yield stage, storm


def most_unknown(stage: Stage, storm: Storm) -> int:
    """Return how many mails may have been under way whenever somebody was struck."""
    blows = stage.rig.kills_of("send") + storm.counts["pause send"] + 2 * storm.counts["stop"]
    return THREADS * blows


def test_thousands_hear_once_although_everybody_is_struck_down_all_the_time(
    broken_database: Database,
    breakable: EmbeddedPostgres,
    tmp_path: Path,
    seed: int,
    report: Report,
) -> None:
    """Texts: class B, the gateway can be asked. Mails: class C, nobody can."""
    with village_in_a_storm(broken_database, breakable, tmp_path, seed) as (stage, storm):
        found = weigh(stage.house, stage.providers.log, owed(stage.village))
        found.faults += stage.rig.surprises
        bound = most_unknown(stage, storm)
        figures = stage.figures(found) | {"blows": dict(storm.counts), "unknown at most": bound}
        report.add("thousands of messages in a storm (SMS class B, SMTP class C)", **figures)
        assert not found.faults, "\n".join([*found.faults, stage.rig.logs()])
        assert stage.rig.kills >= FLOOD.kills
        assert found.figures["outcome unknown"] <= bound

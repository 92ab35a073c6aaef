"""R4: the relay is killed and held still, its broker restarted and cut off; nothing is lost.

Each fact lies on its topic at least once, the first times of a stream's facts come in their order,
and a consumer that goes by the rules applies each of them once. The embedded broker forgets
everything each time it is restarted, Apache Kafka nothing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.chaos.relay_stage import HASTY, Dose, Node, staged
from tests.chaos.sizes import size
from tests.support.apache_kafka import VERSION, ApacheKafka, missing
from tests.support.broker import ForgetfulNode

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.postgres,
    pytest.mark.kafka,
    pytest.mark.timeout(7_200),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
DOSES: Final = {
    "ci": Dose(50_400, kills=7, pauses=2, restarts=2, partitions=3, longest=10.0),
    "release": Dose(1_000_320, kills=100, pauses=20, restarts=20, partitions=20, longest=60.0),
}
KILLS_ONLY: Final = Dose(5_000, kills=8, pauses=0, restarts=0, partitions=0, longest=0.0)
RECOVERY_SECONDS: Final = 30.0


def assert_nothing_is_lost(
    name: str,
    database: Database,
    folder: Path,
    seed: int,
    report: Report,
    make: Callable[[Path], Node],
) -> None:
    with staged(database, folder, seed, make) as stage:
        stage.go_through(DOSES[size()])
        seen = stage.look()
        report.add(f"relay, {name}", seed=seed, **stage.figures(seen))
        assert (seen.lost, seen.strange, seen.out_of_order) == (0, 0, 0), stage.rig.logs()
        assert stage.rig.surprises == [], stage.rig.logs()
        assert max(stage.recoveries)[0] <= RECOVERY_SECONDS, stage.recoveries


def test_nothing_is_lost_on_the_way_to_a_broker_that_forgets(
    database: Database, tmp_path: Path, seed: int, report: Report
) -> None:
    assert_nothing_is_lost("embedded broker", database, tmp_path, seed, report, ForgetfulNode)


def test_nothing_is_lost_on_the_way_to_apache_kafka(
    database: Database, tmp_path: Path, seed: int, report: Report
) -> None:
    if why := missing():
        pytest.skip(why)
    assert_nothing_is_lost(f"Apache Kafka {VERSION}", database, tmp_path, seed, report, ApacheKafka)


def test_the_control_a_relay_that_stores_its_position_first_loses_facts(
    database: Database, tmp_path: Path, seed: int, report: Report
) -> None:
    with staged(database, tmp_path, seed, ForgetfulNode, *HASTY) as stage:
        stage.rig.arm("relay-0", *["relay.after_position:2"] * 4)
        stage.go_through(KILLS_ONLY, complete=False)
        seen = stage.look()
        report.add("relay, control: position first", seed=seed, **stage.figures(seen))
    assert stage.rig.surprises == [], stage.rig.logs()
    assert seen.lost

"""Gateway, mail server and broker are out of reach for a while: the ladder goes on."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg
import pytest

from domain.kernel.facts import name_of
from infrastructure.embedded.broker import EmbeddedBroker
from infrastructure.relay import wire
from infrastructure.relay.reference_consumer import ReferenceConsumer
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Database
from tests.chaos.conftest import Report
from tests.chaos.sizes import People
from tests.chaos.staging import TOGETHER, Stage, staged
from tests.support import broker

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.postgres,
    pytest.mark.kafka,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
# The tries of one message: at once, after 1 s, after 4 s, after 24 s. The outage ends before that.
WAITS: Final = "[1, 3, 20]"
NEVER: Final = 1_000_000
PREFIX: Final = "chaos"


@pytest.fixture
def own() -> Iterator[EmbeddedBroker]:
    with broker.own_broker() as one:
        yield one


def counted(stage: Stage) -> Counter[str]:
    """Count the facts by name."""
    with psycopg.connect(stage.house.database.url) as conn:
        rows = conn.execute("select topic, count(*) from ledger group by topic").fetchall()
    return Counter(dict(rows))


class Outage:
    """Cuts both providers and kills the broker on one day, and brings all back on the next.

    The day is the second one after the first approval: some texts are due, others were approved
    the evening before, and more are approved while nobody can be reached.
    """

    def __init__(self, stage: Stage, own: EmbeddedBroker) -> None:
        self._stage, self._broker = stage, own
        self._begins = NEVER
        self.before: Counter[str] = Counter()
        self.during: Counter[str] = Counter()

    def __call__(self, day: int) -> None:
        if self._stage.village.approved and self._begins == NEVER:
            self._begins = day + 1
        elif day == self._begins:
            self.before = counted(self._stage)
            broker.kill(self._broker)
            for line in self._stage.lines:
                line.shut()
        elif day == self._begins + 1:
            assert wait_until(self._a_letter_was_printed, 30, 0.05)
            for line in self._stage.lines:
                line.reopen()
            broker.address(self._broker)
        elif day == self._begins + 3:
            self._stage.rig.arm("relay-0", "relay.after_publish:1", "relay.after_position:1")
            self._stage.rig.kill("relay-0")

    def _a_letter_was_printed(self) -> bool:
        self.during = counted(self._stage) - self.before
        return self.during["letter.rendered"] > 0


def published(stage: Stage, bootstrap: str) -> tuple[int, int]:
    """Read the topics until every public fact is there; return how many, and how many twice."""
    names = counted(stage)
    public = sum(names[name_of(cls)] for cls in wire.PUBLIC)
    with ReferenceConsumer(bootstrap, PREFIX) as consumer:

        def everything() -> bool:
            consumer.catch_up()
            return consumer.received - consumer.repeated >= public

        assert wait_until(everything, 60, 0.1), f"{public} public facts, {consumer.received} read"
        assert consumer.received - consumer.repeated == public
        return public, consumer.repeated


def test_the_ladder_goes_on_and_everything_arrives_when_they_are_back(
    broken_database: Database, own: EmbeddedBroker, tmp_path: Path, seed: int, report: Report
) -> None:
    bootstrap = broker.address(own)
    with staged(
        broken_database,
        tmp_path,
        seed,
        People(30, 4),
        roles={**TOGETHER, "relay-0": ("relay",)},
        with_lines=True,
        ANSEO_RETRY_WAITS_SECONDS=WAITS,
        KAFKA_BOOTSTRAP=bootstrap,
        KAFKA_TOPIC_PREFIX=PREFIX,
        KAFKA_FORGETS="1",
    ) as stage:
        outage = Outage(stage, own)
        stage.live(outage)
        found = stage.weigh()
        public, twice = published(stage, bootstrap)
        report.add(
            "providers and broker away for a day",
            during=dict(outage.during),
            published=public,
            published_again=twice,
            **stage.figures(found),
        )
        assert not found.faults, "\n".join([*found.faults, stage.rig.logs()])
        waiting = outage.during["message.requested"] - outage.during["message.skipped"]
        assert outage.during["message.deferred"] >= waiting > 0
        assert not outage.during["message.accepted"]
        assert outage.during["evaluation.completed"]
        assert not counted(stage)["message.failed"]

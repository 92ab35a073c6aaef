"""Words for the tests of the relay: facts to publish, and what lies on the topics."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from domain.kernel.facts import Event
from domain.playbook_run import events as run_e
from domain.shared.ids import derived_id
from infrastructure.relay import wire
from infrastructure.relay.broker import ends_of, reader, topics_at
from infrastructure.relay.client import TopicPartition
from infrastructure.relay.outbound import Relay
from infrastructure.store.database import Database
from infrastructure.store.recorder import COLUMNS, Fresh, LedgerRecorder
from tests.support.examples import TENANT, TRIGGERED_AT, example

WALK = (run_e.RunStarted, run_e.StepScheduled, run_e.StepRequested, run_e.StepSent)


class Came(NamedTuple):
    """A record as it comes from a topic, of whatever type."""

    value: bytes
    headers: wire.Headers


class MovedClock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


def stream(number: int) -> UUID:
    """Return the id of a made-up stream."""
    return derived_id("relayed", number)


def fresh(number: int, version: int, event: Event) -> Fresh:
    """Return a fact of a made-up stream, about to be stored."""
    return Fresh(
        tenant=TENANT,
        stream=stream(number),
        version=version,
        event=event,
        occurred_at=TRIGGERED_AT,
        actor="staff:7",
        command_id=derived_id("command", number, version),
        cause=None,
        correlation=derived_id("correlation", number),
    )


def store(database: Database, recorder: LedgerRecorder, facts: Sequence[Fresh]) -> list[int]:
    """Append facts and return their positions."""
    with database.worker() as conn:
        return recorder.append(conn, facts)


def walks(runs: Iterable[int], versions: Iterable[int] = (1, 2, 3, 4)) -> list[Fresh]:
    """Return runs that go their way beside each other: all first facts, then all second ones."""
    numbers = tuple(runs)
    return [fresh(n, v, example(WALK[(v - 1) % len(WALK)])) for v in versions for n in numbers]


def store_many(database: Database, recorder: LedgerRecorder, count: int) -> int:
    """Append this many facts, copied inside PostgreSQL from a few, and return the last position.

    As with real ones four follow each other in a stream, and streams go their way beside others.
    """
    few = min(count, 4_000)
    store(database, recorder, walks(range(few // len(WALK))))
    columns = COLUMNS.replace("originator_id, ", "").replace("notification_id, ", "")
    with database.owner() as conn:
        conn.execute(
            f"insert into ledger (originator_id, {columns})"
            f" select md5(originator_id::text || copy)::uuid, {columns}"
            " from ledger, generate_series(2, %s) as copy order by copy, notification_id",
            (count // few,),
        )
        conn.execute("analyze ledger")
        row = conn.execute("select count(*), max(notification_id) from ledger").fetchone()
    assert row is not None
    assert row[0] == count
    return int(row[1])


def publish_all(relay: Relay) -> int:
    """Step until nothing is left and return how many facts were handled."""
    total = 0
    while done := relay.step():
        total += done
    return total


def position(database: Database, recorder: LedgerRecorder) -> int | None:
    """Return how far the relay has come by its own stored account."""
    with database.worker() as conn:
        return recorder.position_of(conn, "relay")


def parked(database: Database) -> list[tuple[UUID, int, str]]:
    """Return what is parked: stream, position, error."""
    with database.worker() as conn:
        return conn.execute(
            "select stream, position, error from parked_fact where follower = 'relay'"
            " order by position"
        ).fetchall()


def on_topics(bootstrap: str, prefix: str) -> list[Any]:
    """Return every record of a test's topics, each partition in order."""
    found = topics_at(bootstrap, wire.topics(prefix))
    ends = ends_of(bootstrap, {name: topic.partitions for name, topic in found.items()})
    wanted = {
        TopicPartition(name, n): end for name, each in ends.items() for n, end in enumerate(each)
    }
    consumer = reader(bootstrap)
    consumer.assign(list(wanted))
    records: list[Any] = []
    while any(consumer.position(place) < end for place, end in wanted.items() if end):
        for some in consumer.poll(timeout_ms=200).values():
            records += some
    consumer.close()
    return records


def told(record: Any, name: str) -> str:
    """Return a header of a record."""
    return str(dict(record.headers)[name], "ascii")

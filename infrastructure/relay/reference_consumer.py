"""How to read the topics: the example for downstream systems, and the relay's own witness.

It reads from the first record, remembers the ids it has seen (a relay publishes at least once),
passes over types it does not know, and takes the facts of one stream in the order of their
versions. Nothing is assumed about the order between streams.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Self
from uuid import UUID

from domain.kernel.recorded import Recorded
from infrastructure.relay import wire
from infrastructure.relay.broker import ends_of, reader, topics_at
from infrastructure.relay.client import TopicPartition
from infrastructure.relay.publishing import BrokerAway
from projections.kit import ReadModel, Row

_POLL_MS: Final = 200


class ReferenceConsumer:
    """Reads topics from zero into memory, and folds read models from what it read."""

    def __init__(self, bootstrap: str, prefix: str, aggregates: Sequence[str] = ()) -> None:
        """Read the topics of some aggregates, of all when none is named."""
        self._bootstrap = bootstrap
        self._names = [f"{prefix}.{one}" for one in aggregates or wire.AGGREGATES]
        self._consumer = reader(bootstrap)
        self._inbox: set[str] = set()
        self._streams: dict[UUID, list[Recorded]] = {}
        self.received = 0
        self.repeated = 0
        self.passed_over = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()

    def catch_up(self, seconds: float = 30.0) -> int:
        """Read to where the topics end now and return how many facts were new.

        Raises:
            BrokerAway: the end was not reached in time.
        """
        found = topics_at(self._bootstrap, self._names)
        ends = ends_of(self._bootstrap, {name: one.partitions for name, one in found.items()})
        wanted = {
            TopicPartition(name, n): end
            for name, each in ends.items()
            for n, end in enumerate(each)
        }
        self._assign(wanted)
        before = len(self._inbox)
        deadline = time.monotonic() + seconds
        while any(self._consumer.position(place) < end for place, end in wanted.items() if end):
            if time.monotonic() > deadline:
                raise BrokerAway("the topics' end was not reached in time")
            for records in self._consumer.poll(timeout_ms=_POLL_MS).values():
                for record in records:
                    self.take(record)
        return len(self._inbox) - before

    def _assign(self, ends: Mapping[Any, int]) -> None:
        # Assigned, not subscribed: a group's first assignment costs seconds and gives nothing to
        # a reader of everything. Positions of places that stay are kept by the client.
        if ends.keys() != self._consumer.assignment():
            self._consumer.assign(sorted(ends))
        for place, end in ends.items():
            if self._consumer.position(place) > end:  # the broker has forgotten and begun anew
                self._consumer.seek(place, 0)

    def take(self, record: wire.Received) -> None:
        """Take in one record, once."""
        self.received += 1
        name = wire.id_of(record)
        if name in self._inbox:
            self.repeated += 1
            return
        self._inbox.add(name)
        try:
            fact = wire.from_wire(record)
        except wire.Unopened:
            self.passed_over += 1
            return
        self._streams.setdefault(fact.stream, []).append(fact)

    def facts(self) -> Iterator[Recorded]:
        """Return what was read, stream by stream, each in order."""
        for stream in self._streams.values():
            yield from sorted(stream, key=lambda fact: fact.version)

    def rows(self, model: ReadModel[Any]) -> dict[tuple[UUID, str], Row]:
        """Fold a read model from nothing."""
        rows: dict[tuple[UUID, str], Row | None] = {}
        for fact in self.facts():
            for key in model.keys(fact):
                place = (fact.tenant, key)
                rows[place] = model.evolve(rows.get(place), fact, key)
        return {place: row for place, row in rows.items() if row is not None}


def count_published(bootstrap: str, prefix: str) -> int:
    """Return how many records the topics hold, counted by the broker's own offsets."""
    found = topics_at(bootstrap, wire.topics(prefix))
    ends = ends_of(bootstrap, {name: one.partitions for name, one in found.items()})
    return sum(sum(each) for each in ends.values())

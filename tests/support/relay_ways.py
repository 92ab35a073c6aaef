"""Ways from the ledger to the broker, each in a process of its own; prints its seconds.

`relay` is ours. `plain` is what one would write with kafka-python alone and no crc32c package,
`librdkafka` the same with that client: the same facts, the same records, acks=all and idempotent,
the position stored once every record of a page is acknowledged. `ready` is librdkafka too, with all
records made before the clock runs and no position stored: as fast as this broker takes them.

    python -m tests.support.relay_ways WAY DATABASE_URL BOOTSTRAP PREFIX
"""

import importlib
import json
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

if sys.argv[1:2] == ["plain"]:
    sys.modules["crc32c"] = None  # type: ignore[assignment]  # so that its import fails

from infrastructure.relay import wire
from infrastructure.relay.broker import Session
from infrastructure.relay.client import KafkaProducer
from infrastructure.relay.outbound import Relay
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder, open_row, read_after

PAGE: Final = 2_000
PATIENCE: Final = 60


class Way:
    """A ledger, a broker, and the seconds between the first read and the last position."""

    def __init__(self, url: str, bootstrap: str, prefix: str) -> None:
        self.database = Database(url)
        self.recorder = LedgerRecorder(url)
        self.bootstrap = bootstrap
        self.prefix = prefix
        session = Session(bootstrap)
        session.create(wire.topics(prefix), 6)
        session.close()

    def relay(self) -> float:
        relay = Relay(self.database, self.recorder, self.bootstrap, self.prefix)
        began = time.perf_counter()
        while relay.step():
            pass
        took = time.perf_counter() - began
        relay.close()
        return took

    def plain(self) -> float:
        producer = KafkaProducer(
            bootstrap_servers=self.bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=5,
            batch_size=65_536,
        )
        began = time.perf_counter()
        for last, records in self._pages():
            sent = [
                producer.send(r.topic, key=r.key, value=r.value, headers=r.headers) for r in records
            ]
            producer.flush()
            for one in sent:
                one.get(PATIENCE)
            with self.database.worker() as conn:
                self.recorder.track(conn, "relay", last)
        took = time.perf_counter() - began
        producer.close()
        return took

    def librdkafka(self) -> float:
        began = time.perf_counter()
        with _producing() as produce:
            for last, records in self._pages():
                produce(records)
                with self.database.worker() as conn:
                    self.recorder.track(conn, "relay", last)
        return time.perf_counter() - began

    def ready(self) -> float:
        records = [record for _, page in self._pages() for record in page]
        began = time.perf_counter()
        with _producing() as produce:
            produce(records)
        return time.perf_counter() - began

    def _pages(self) -> Iterator[tuple[int, list[wire.WireRecord]]]:
        last = 0
        while True:
            with self.database.worker() as conn:
                rows = read_after(conn, last, PAGE)
            if not rows:
                return
            last = rows[-1][3]
            made = (wire.to_wire(open_row(row), self.prefix) for row in rows)
            yield last, [record for record in made if record is not None]


@contextmanager
def _producing() -> Iterator[Callable[[Sequence[wire.WireRecord]], None]]:
    confluent = importlib.import_module("confluent_kafka")  # only the benchmarks have it
    failed: list[Any] = []
    producer = confluent.Producer(
        {
            "bootstrap.servers": sys.argv[3],
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 5,
            "queue.buffering.max.messages": 10_000_000,
            "queue.buffering.max.kbytes": 2_000_000,
        }
    )

    def told(error: Any, _: Any) -> None:
        if error is not None:
            failed.append(error)

    def produce(records: Sequence[wire.WireRecord]) -> None:
        for number, r in enumerate(records):
            producer.produce(r.topic, r.value, r.key, headers=r.headers, on_delivery=told)
            if number % PAGE == 0:
                producer.poll(0)
        assert not producer.flush(PATIENCE)
        assert not failed

    yield produce


def main() -> None:
    """Go one way and say how long it took, and how much memory at most."""
    way = Way(*sys.argv[2:5])
    go: Callable[[], float] = getattr(way, sys.argv[1])
    seconds = go()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": peak}) + "\n")
    way.recorder.datastore.close()
    way.database.close()


if __name__ == "__main__":
    main()

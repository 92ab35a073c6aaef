"""The eventsourcing library's own appends and its own subscription, with and without its lock."""

import random
from dataclasses import dataclass
from multiprocessing.queues import Queue
from threading import Thread
from typing import Final
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from infrastructure.runtime.role import wait_until
from tests.support.tailing import SPAWN

SCHEMA: Final = "stock"
STATE: Final = b"x" * 150


def stock_recorder(
    url: str, *, db_functions: bool = False, pool_size: int = 2
) -> PostgresApplicationRecorder:
    """Return the library's recorder over a table of its own, made where missing."""
    parts = conninfo_to_dict(url)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"create schema if not exists {SCHEMA}")
    datastore = PostgresDatastore(
        dbname=str(parts["dbname"]),
        host=str(parts["host"]),
        port=str(parts["port"]),
        user=str(parts["user"]),
        password=str(parts["password"]),
        schema=SCHEMA,
        pool_size=pool_size,
        max_overflow=4,
        enable_db_functions=db_functions,
    )
    return PostgresApplicationRecorder(datastore)


@dataclass(frozen=True, slots=True)
class Lost:
    """What one run of the library came to."""

    events: int
    lost: int


def append(url: str, db_functions: bool, commits: int, seed: int, out: "Queue[int]") -> None:
    """Append as an application of the library does."""
    recorder = stock_recorder(url, db_functions=db_functions)
    dice = random.Random(seed)
    for _ in range(commits):
        stream = UUID(int=dice.getrandbits(128), version=4)
        count = dice.choice((1, 3, 3))
        recorder.insert_events(
            [StoredEvent(stream, version, "t", STATE) for version in range(1, count + 1)]
        )
    recorder.datastore.close()
    out.put(commits)


def dawdle_at_commit(url: str, seconds: float) -> None:
    """Let each commit take up to some time after its insert, as real transactions do."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(
            f"create function {SCHEMA}.dawdle() returns trigger language plpgsql as"
            f" $$begin perform pg_sleep(random() * {seconds}); return null; end$$"
        )
        conn.execute(
            f"create constraint trigger dawdle after insert on {SCHEMA}.stored_events deferrable"
            " initially deferred for each row when (new.originator_version = 1)"
            f" execute function {SCHEMA}.dawdle()"
        )


def subscribed(
    url: str, *, db_functions: bool, dawdles_for: float, writers: int, commits: int, seed: int
) -> Lost:
    """Let writers append beside the library's subscription, and count what it never gave out."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f"drop schema if exists {SCHEMA} cascade")
    recorder = stock_recorder(url, db_functions=db_functions)
    recorder.create_table()
    dawdle_at_commit(url, dawdles_for)
    out: Queue[int] = SPAWN.Queue()
    processes = [
        SPAWN.Process(target=append, args=(url, db_functions, commits, seed + n, out))
        for n in range(writers)
    ]
    seen: set[int] = set()
    subscription = recorder.subscribe(gt=0)
    thread = Thread(target=lambda: seen.update(event.id for event in subscription), daemon=True)
    with subscription:
        thread.start()
        for process in processes:
            process.start()
        for process in processes:
            out.get(timeout=200)
            process.join(30)
        there = _positions(url)
        # What is missed lies below what was seen: the last one ends the wait.
        assert wait_until(lambda: max(there) in seen, 60)
        subscription.stop()
    thread.join(10)
    recorder.datastore.close()
    return Lost(len(there), len(there - seen))


def _positions(url: str) -> set[int]:
    with psycopg.connect(url) as conn:
        rows = conn.execute(f"select notification_id from {SCHEMA}.stored_events").fetchall()
    return {row[0] for row in rows}

"""A ring reaches other processes after the commit, and nothing depends on it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from infrastructure.runtime.hints import CHANNEL, Hints
from infrastructure.runtime.pace import Bell
from infrastructure.runtime.role import wait_until
from infrastructure.store.database import Database

pytestmark = pytest.mark.postgres


@contextmanager
def process(database: Database, *roles: str) -> Iterator[Bell]:
    """Give the bell of one process with its hints."""
    bell = Bell()
    hints = Hints(database, bell, roles)
    hints.start()
    try:
        yield bell
    finally:
        hints.stop()


def rung(bell: Bell, role: str) -> bool:
    return bell.wait(role, 0, 0.0) > 0


def listening(database: Database) -> bool:
    mine = "select 1 from pg_stat_activity where query = %s and datname = current_database()"
    with database.owner() as conn:
        return bool(conn.execute(mine, (f"listen {CHANNEL}",)).fetchall())


def test_a_ring_wakes_the_role_in_another_process(database: Database) -> None:
    with process(database, "project") as followers, process(database) as api:
        assert wait_until(lambda: listening(database), 10)

        def woken() -> bool:
            api.ring("project")
            return rung(followers, "project")

        assert wait_until(woken, 10)
        assert not rung(followers, "react")


def test_a_role_of_the_same_process_is_woken_without_a_word_to_others(database: Database) -> None:
    with (
        process(database, "project") as followers,
        psycopg.connect(database.url, autocommit=True) as other,
    ):
        other.execute(f"listen {CHANNEL}")
        followers.ring("project")
        followers.ring("send")
        (note,) = other.notifies(timeout=10, stop_after=1)
    assert rung(followers, "project")
    assert note.payload == "send"


def test_many_rings_are_few_words(database: Database) -> None:
    with (
        process(database) as api,
        psycopg.connect(database.url, autocommit=True) as other,
    ):
        other.execute(f"listen {CHANNEL}")
        for _ in range(1_000):
            api.ring("project")
        api.ring("last")
        heard = []
        for note in other.notifies(timeout=10):
            heard.append(note.payload)
            if "last" in note.payload:
                break
    assert len(heard) < 100


def test_hints_come_back_after_their_sessions_were_ended(database: Database) -> None:
    with process(database, "project") as followers, process(database) as api:
        assert wait_until(lambda: listening(database), 10)
        with database.owner() as conn:
            conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )

        def woken() -> bool:
            api.ring("project")
            return rung(followers, "project")

        assert wait_until(woken, 20)

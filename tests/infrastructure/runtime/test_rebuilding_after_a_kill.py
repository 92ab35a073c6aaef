"""R5: a rebuild gives what live gives, wherever it is killed, and nobody sees half of it."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pytest

from infrastructure.runtime.pace import Bell
from infrastructure.runtime.projecting import Projector
from infrastructure.runtime.rebuilding import RebuildRunning, Rebuilt, rebuild
from infrastructure.store import tables
from infrastructure.store.database import Database
from infrastructure.store.recorder import LedgerRecorder
from projections.automation_metrics import AUTOMATION_METRICS
from projections.execution_log import EXECUTION_LOG
from projections.kit import ReadModel
from projections.run_monitor import RUN_MONITOR
from tests.support.long_ledger import FactRow, append_rows, fact_rows
from tests.support.rig import ROOT, clean_environment

pytestmark = pytest.mark.postgres
SIZE: Final = 100_000
# The helper dies where its parent does, so that the parent surely comes to the same place.
KILLS: Final = (
    ("rebuild.before_commit:2", ()),
    ("rebuild.after_commit:2", ("--resume",)),
    ("rebuild.after_index:2", ("--resume",)),
    ("rebuild.before_swap", ()),
)
MONITOR: Final = RUN_MONITOR.table
KEEPS_OFF: Final = "ShareUpdateExclusiveLock"
COLUMNS: Final = (
    "select attname, atttypid, attnotnull from pg_attribute"
    " where attrelid = '{}'::regclass and attnum > 0 order by attnum"
)


class Killed(Exception):
    """Stands for a kill where the test goes on in the same process."""


class World:
    """A long ledger, a read model that has seen it, and what is asked about them."""

    def __init__(self, database: Database, model: ReadModel[Any]) -> None:
        self.database = database
        self.recorder = LedgerRecorder(database.url)
        with database.worker() as conn:
            tables.ensure(conn, (model,))
        self.projector = Projector(database, self.recorder, (model,), Bell())

    def follow(self) -> None:
        """Let the read model see everything."""
        while self.projector.step():
            pass

    def append(self, rows: Iterator[FactRow], count: int) -> None:
        """Append facts and let live follow."""
        append_rows(self.database, islice(rows, count))
        self.follow()

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return what a worker sees."""
        with self.database.worker() as conn:
            return conn.execute(query).fetchall()

    def rows(self, table: str = MONITOR) -> tuple[Any, ...]:
        """Return the number and the hash of a table's rows, counted another way than ours."""
        return self.ask(
            f"select count(*), md5(string_agg(t::text, '' order by key)) from {table} t"
        )[0]

    def rebuild(self, model: ReadModel[Any] = RUN_MONITOR, **how: Any) -> Rebuilt:
        """Rebuild in this process."""
        return rebuild(self.database, self.recorder, model, **how)


@contextmanager
def world_of(
    database: Database,
    model: ReadModel[Any] = RUN_MONITOR,
    *,
    size: int = SIZE,
    rows: Iterator[FactRow] | None = None,
) -> Iterator[World]:
    append_rows(database, fact_rows(size) if rows is None else rows)
    world = World(database, model)
    world.follow()
    try:
        yield world
    finally:
        world.recorder.datastore.close()


def command(world: World, home: Path, *arguments: str, crash_at: str = "") -> int:
    """Rebuild as an operator does and return how it ended."""
    settings = {"DATABASE_URL": world.database.url, "ANSEO_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "api.commandline.main", "rebuild", "run_monitor", *arguments],
        cwd=ROOT,
        env=clean_environment() | settings | {"ANSEO_CRASH_AT": crash_at},
        capture_output=True,
        check=False,
    ).returncode


def test_killed_anywhere_it_harms_nobody_and_is_resumed_or_begun_anew(
    database: Database, tmp_path: Path
) -> None:
    with world_of(database) as world:
        live = world.rows()
        for point, how in KILLS:
            assert command(world, tmp_path, *how, crash_at=point) == 137, point
            assert world.rows() == live
            assert len(world.ask("select 1 from parked_fact")) == 0
        assert command(world, tmp_path, crash_at="rebuild.after_swap") == 137
        assert world.rows() == live
        assert command(world, tmp_path, "--resume") == 0
        assert world.rows() == live
        left = world.ask("select tablename from pg_tables where tablename like '%rebuild%'")
    assert left == []


def test_resumed_it_reads_only_what_is_left(database: Database) -> None:
    told: list[int] = []

    def stop_at_the_second(done: int, head: int) -> None:
        told.append(done)
        if len(told) == 2:
            raise Killed

    with world_of(database) as world:
        live = world.rows()
        with pytest.raises(Killed):
            world.rebuild(progress=stop_at_the_second)
        before = world.ask(f"select count(facts), count(*) from {MONITOR}_rebuild_stretch")[0]
        again: list[int] = []
        found = world.rebuild(progress=lambda done, _: again.append(done), resume=True)
        assert world.rows() == live
    assert 2 <= before[0] < before[1]
    assert len(again) <= before[1] - before[0]
    assert (found.same, found.facts) == (True, SIZE)


def test_another_release_does_not_go_on_with_rows_of_this_one(database: Database) -> None:
    def stop(done: int, head: int) -> None:
        raise Killed

    with world_of(database, size=20_000) as world:
        with pytest.raises(Killed):
            world.rebuild(progress=stop)
        with database.worker() as conn:
            conn.execute(f"update {MONITOR}_rebuild set doc = '{{}}'")
            conn.execute(f"update {MONITOR}_rebuild_stretch set code = 'of yesterday'")
        found = world.rebuild(resume=True)
    assert found.same


@pytest.mark.parametrize(
    "wrong",
    [
        "update {} set doc = replace(doc, 'COMPLETED', 'STOPPED') where key = {}",
        "update {} set status = 'STOPPED' where key = {}",
        "delete from {} where key = {}",
        "insert into {0} (tenant, key, doc) select tenant, 'x', doc from {0} where key = {1}",
    ],
)
def test_the_control_one_wrong_row_of_many_is_found_and_set_right(
    database: Database, wrong: str
) -> None:
    with world_of(database, size=20_000) as world:
        right = world.rows()
        with database.worker() as conn:
            conn.execute(wrong.format(MONITOR, f"(select max(key) from {MONITOR})"))
        assert world.rows() != right
        assert not world.rebuild().same
        assert world.rows() == right
        assert world.rebuild().same


@pytest.mark.parametrize(
    "model", [RUN_MONITOR, EXECUTION_LOG, AUTOMATION_METRICS], ids=lambda m: str(m.name)
)
def test_live_goes_on_meanwhile_and_both_have_everything(
    database: Database, model: ReadModel[Any]
) -> None:
    more = fact_rows(40_000)
    with world_of(database, model, rows=islice(more, 20_000)) as world:

        def meanwhile(done: int, head: int) -> None:
            world.append(more, 300)
            assert world.rows(model.table)[0] > 0

        found = world.rebuild(model, progress=meanwhile)
        world.append(more, 300)
        assert world.rebuild(model).same
    assert found.same
    assert found.position > 20_000


def test_what_live_has_parked_is_parked_after_a_rebuild(database: Database) -> None:
    parked = "select stream, position from parked_fact where follower = 'project:{}' order by 2"
    append_rows(database, fact_rows(20_000))
    with database.owner() as conn:
        conn.execute("update ledger set event_version = 99 where notification_id = 5000")
        conn.execute("update ledger set state = '{\"order\": 1}' where notification_id = 9000")
    world = World(database, RUN_MONITOR)
    world.follow()
    waiting, live = world.ask(parked.format(MONITOR)), world.rows()
    found = world.rebuild()
    assert found.same
    assert world.rows() == live
    assert world.ask(parked.format(MONITOR)) == waiting
    assert len({stream for stream, _ in waiting}) == 2 < len(waiting)
    world.recorder.datastore.close()


def test_the_new_table_is_protected_and_indexed_as_the_old_one_was(database: Database) -> None:
    looks = [
        f"select * from pg_policies where tablename = '{MONITOR}' order by policyname",
        f"select relrowsecurity, relacl::text, relowner from pg_class where relname = '{MONITOR}'",
        f"select relforcerowsecurity, reloptions from pg_class where relname = '{MONITOR}'",
        f"select indexname, indexdef from pg_indexes where tablename = '{MONITOR}' order by 1",
        COLUMNS.format(MONITOR),
    ]
    with world_of(database, size=1_000) as world:
        before = [world.ask(look) for look in looks]
        world.rebuild()
        assert [world.ask(look) for look in looks] == before
        assert all(before)


def test_nobody_but_its_maker_sees_the_table_that_is_built(database: Database) -> None:
    seen: list[bool] = []

    def look(done: int, head: int) -> None:
        rights = f"select has_table_privilege('anseo_app', '{MONITOR}_rebuild', 'select')"
        seen.extend(row[0] for row in world.ask(rights))

    with world_of(database, size=20_000) as world:
        world.rebuild(progress=look)
    assert seen
    assert not any(seen)


def test_a_second_rebuild_at_once_is_refused(database: Database) -> None:
    def another(done: int, head: int) -> None:
        with pytest.raises(RebuildRunning):
            world.rebuild()

    with world_of(database, size=1_000) as world:
        assert world.rebuild(progress=another).same


def test_who_reads_for_long_is_let_go_on_and_the_swap_tried_again(database: Database) -> None:
    """Once the tables could not change places in time the whole rebuild was lost."""
    waiting = (
        "select virtualtransaction from pg_locks where not granted and relation = %s::regclass"
    )
    tries: set[str] = set()
    with world_of(database, size=1_000) as world, ThreadPoolExecutor(1) as pool:
        with database.owner() as reader:
            reader.execute(f"select count(*) from {MONITOR}")
            found = pool.submit(world.rebuild)
            while len(tries) < 2 and not found.done():
                tries |= {row[0] for row in reader.execute(waiting, (MONITOR,)).fetchall()}
        assert found.result().same
    assert len(tries) == 2


def test_autovacuum_is_kept_from_both_tables_until_they_have_changed_places(
    database: Database,
) -> None:
    """It would hold them for the second after which PostgreSQL sends it away, once for each."""
    kept = f"select 1 from pg_locks where relation = '{MONITOR}'::regclass and mode = '{KEEPS_OFF}'"
    off = f"select reloptions from pg_class where relname = '{MONITOR}_rebuild'"
    seen: list[Any] = []

    def look(done: int, head: int) -> None:
        while not world.ask(kept):
            pass
        seen.append(world.ask(off)[0][0])

    with world_of(database, size=1_000) as world:
        assert world.rebuild(progress=look).same
        assert world.ask(kept) == []
    assert seen
    assert all("autovacuum_enabled=off" in options for options in seen)

